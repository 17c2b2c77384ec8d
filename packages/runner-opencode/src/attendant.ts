// The process of one agent: attends its session on an OpenCode server. Started by the runner; its one argument is the folder of the agent's state.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isWorkflowError, sessionVariables } from "@wiggum/workflow";
import { createAttendant } from "./attendant/attend.js";
import { createInbox } from "./attendant/inbox.js";
import { createReports } from "./attendant/reports.js";
import { serverPaths } from "./server/server-order.js";
import { recordUse } from "./server/server-use.js";
import { agentFolder, isStopping, readDeliveries, readPlan } from "./session-files.js";

/** So long the session may take to stop its tools when the agent is ended. */
const abortWaitMs = 5_000;
/** As of a program that SIGTERM ended. */
const terminated = 143;

const stateDirectory = process.argv.at(-1) ?? "";
const plan = await readPlan(stateDirectory);
if (plan === undefined) {
  console.error(`[error] ${stateDirectory} holds no plan for an agent`);
  process.exit(2);
}
const own = Object.fromEntries(sessionVariables.map((name) => [name, process.env[name] ?? ""]));
if (plan.server.kind === "kept") {
  await recordUse(plan.server.order.directory, plan.directory, {
    server: serverPaths(plan.server.order).folder,
    handle: {
      runner: own["WIGGUM_SESSION_RUNNER"] ?? "",
      agentId: own["WIGGUM_AGENT_ID"] ?? "",
      generation: Number(own["WIGGUM_GENERATION"]),
      data: {
        stateDirectory,
        token: own["WIGGUM_SESSION_TOKEN"] ?? "",
        inboxFile: own["WIGGUM_INBOX"] ?? "",
      },
    },
    environment: { ...plan.environment, ...own },
  });
}

const earlier = (await readdir(agentFolder(stateDirectory))).map((name) =>
  join(agentFolder(stateDirectory), name),
);
const ending = new AbortController();
const reports = createReports(plan, (text) => process.stdout.write(text));
const attendant = createAttendant(plan, {
  nowMs: () => performance.now(),
  reports,
  inbox: createInbox(plan.inboxFile),
  taken: (await readDeliveries(stateDirectory, earlier)).map(({ id }) => id),
  ending: ending.signal,
});
process.on("SIGINT", () => void attendant.interrupt());
for (const signal of ["SIGTERM", "SIGHUP"]) process.once(signal, () => void end());

async function end(): Promise<never> {
  const limit = new Promise((resolve) => setTimeout(resolve, abortWaitMs).unref());
  await Promise.race([attendant.interrupt(), limit]);
  ending.abort();
  await reports.flush();
  process.exit(terminated);
}

try {
  await attendant.attend();
} catch (error) {
  if (ending.signal.aborted || (await isStopping(stateDirectory))) process.exit(terminated);
  console.error(`[error] ${error instanceof Error ? error.message : String(error)}`);
  if (isWorkflowError(error) && error.hint !== undefined) console.error(`        next: ${error.hint}`);
  await reports.flush();
  process.exit(1);
}
