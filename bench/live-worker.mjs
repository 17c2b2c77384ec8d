// A process that has a store open, as an agent host has: at each line on its standard input it does that, and tells how long it took. `move` and
// `comment` change a ticket; `write` changes it without having the index open, so that whoever reads next has to bring it up to date; `look` asks the
// index for where the store stands.
// Words: path of `tickets.git`, a ticket that is in progress.
import { createInterface } from "node:readline";
import { createGitBackend } from "../packages/ticket-backend-git/dist/index.js";
import { builtinTypes, createJudge, createTickets } from "../packages/ticket-core/dist/index.js";

const [root, ticket] = process.argv.slice(2);
const now = () => new Date();
const backend = createGitBackend({ root, judge: createJudge(builtinTypes), now });
let drawn = 0;
const newId = () => {
  drawn += 1;
  return `0L1VE${String(process.pid).padStart(10, "0")}${String(drawn).padStart(11, "0")}`;
};
const random = (below) => Math.floor(Math.random() * below);
const tickets = createTickets({ backend, types: builtinTypes, now, newId, random });

let record = await tickets.show(ticket);
let { state } = record.ticket;

/** As a host does that only writes: from what its last write answered. */
async function write() {
  await backend.close();
  const { ticket: base, revision } = record;
  const next = { ...base, priority: (base.priority + 1) % 5 };
  const { records } = await backend.commit({
    operationId: newId(),
    actor: { kind: "person", id: "manual" },
    subject: `Ticket update: ${ticket}`,
    at: now().toISOString(),
    changes: [{ id: ticket, expected: revision, next }],
  });
  record = records[0];
}

console.log("ready");
for await (const order of createInterface({ input: process.stdin })) {
  const operationId = newId();
  const context = { actor: { kind: "person", id: "manual" }, operationId, unguarded: true };
  const to = state === "review" ? "in-progress" : "review";
  const start = performance.now();
  if (order === "write") await write();
  else if (order === "look") await backend.summaries({ ids: [ticket] });
  else if (order === "move") await tickets.transition(ticket, to, context);
  else await tickets.addEvent(ticket, { kind: "comment", source: "bench", text: operationId }, context);
  const ms = performance.now() - start;
  if (order === "move") state = to;
  console.log(String(ms));
}
