// Drains an outbox whose rows are there already, in a process of its own: arguments are the project root and the lease of patience.
import type { TicketBackend, Tickets } from "@wiggum/ticket-core";
import { builtinTypes } from "@wiggum/ticket-core";
import { drainOutbox } from "@wiggum/workflow";
import { createHookRunner } from "../hook-runner.js";
import { createOutbox } from "../outbox-store.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "../project-paths.js";
import { systemClock } from "../system-clock.js";
import { exitCodes, record } from "./hook-fixture.js";

const [root = "", patience = "0"] = process.argv.slice(2);
const paths = projectPaths(root as ProjectRoot);

/** Nothing is new in the history: the rows are what there is. */
const backend = {
  list: async () => ({ tickets: [], problems: [], asOf: "c0", cursor: "c0" }),
  watch: async function* () {},
} as unknown as TicketBackend;

const outbox = createOutbox({ path: paths.outboxDatabase, ownersDirectory: paths.ownersDirectory });
const report = await drainOutbox(
  {
    tickets: { backend, types: builtinTypes } as Tickets,
    outbox,
    clock: systemClock,
    hooks: createHookRunner({
      paths,
      defaultsDirectory: "/nowhere",
      contextRoot: root,
      viewFolder: worktreePaths(root).ticketView,
      session: "test",
      wiggumProgram: "/nowhere/wiggum",
      exitCodes,
      environment: process.env,
      readTicket: async () => record(),
      ticketPath: (view, id) => `${view}/${id}.md`,
    }),
  },
  { patienceMs: Number(patience) },
);
await outbox.close();
console.log(JSON.stringify(report));
