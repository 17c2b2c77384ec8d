import { readlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createProcessTable, type ProcessEntry, signalProcess } from "@wiggum/runner-process/sessions";
import {
  type AgentHandle,
  type AgentRunner,
  isWorkflowError,
  type StopReport,
  sessionMark,
} from "@wiggum/workflow";
import { abortSessions } from "./abort-sessions.js";
import { CallFailed } from "./connection.js";
import { findConnection } from "./find-connection.js";
import { findServer } from "./server/keep-server.js";
import { serverPaths } from "./server/server-order.js";
import { forgetUse, readUses } from "./server/server-use.js";
import { type AttendantPlan, sessionFiles } from "./session-files.js";
import { writeWhole } from "./write-whole.js";

interface Runners {
  /** Of attendants and what bears their marker: the commands that OpenCode runs for them, too. */
  readonly inner: AgentRunner;
  readonly servers: AgentRunner;
}

const pollMs = 100;

/**
 * Ends an agent: its session stops, then its attendant and every command that ran for it are ended, and the server with its last agent. The
 * other agents of a shared server go on.
 */
export async function stopSession(
  handle: AgentHandle,
  plan: AttendantPlan,
  runners: Runners,
): Promise<StopReport> {
  const { inner, servers } = runners;
  // The folder belongs to a later session of the same agent: what its server does there is that one's.
  if (await isReplaced(handle, inner)) return inner.stop(handle);
  await writeWhole(sessionFiles(plan.stateDirectory).stopping, "");
  const connection = await findConnection(plan, servers);
  if (connection !== undefined) await ifThere(abortSessions(connection));
  const report = await inner.stop(handle);
  // Its attendant is gone, and with it who could have prompted again; what began meanwhile is ended as well.
  if (connection !== undefined) {
    await ifThere(abortSessions(connection));
    if (plan.server.kind === "kept") await ifThere(connection.dispose());
  }
  if (plan.server.kind === "foreign") return report;
  const { order } = plan.server;
  const strays = await endStrays(plan.directory, await serverToken(plan, servers));
  await forgetUse(order.directory, plan.directory, handle);
  const { folder } = serverPaths(order);
  if (!(await isUsed(order.directory, folder, inner))) await endServersIn(folder, servers);
  return {
    ...report,
    stopped: report.stopped && strays.left.length === 0,
    survivors: [...report.survivors, ...strays.left],
    signalled: report.signalled + strays.signalled,
  };
}

async function isReplaced(handle: AgentHandle, inner: AgentRunner): Promise<boolean> {
  return inner.observe(handle).then(
    () => false,
    (error: unknown) => isWorkflowError(error, "STALE_HANDLE"),
  );
}

/** Ends all servers that are kept in that folder. */
export async function endServersIn(folder: string, servers: AgentRunner): Promise<void> {
  for (const handle of await servers.discover({ stateRoot: folder })) await servers.stop(handle);
}

/** A server that is gone does nothing any more. */
async function ifThere(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof CallFailed)) throw error;
  });
}

/** Does an agent of that server live? One that cannot be looked at counts: its server is not taken away from it. */
async function isUsed(directory: string, server: string, inner: AgentRunner): Promise<boolean> {
  for (const { handle, server: used } of await readUses(directory)) {
    if (used !== server) continue;
    const kind = await inner.observe(handle).then(
      (evidence) => evidence[0]?.fact.kind,
      (error: unknown) => (isWorkflowError(error, "STALE_HANDLE") ? ("lost" as const) : ("unknown" as const)),
    );
    if (kind !== "exited" && kind !== "lost") return true;
  }
  return false;
}

async function serverToken(plan: AttendantPlan, servers: AgentRunner): Promise<string | undefined> {
  if (plan.server.kind === "foreign") return undefined;
  const server = await findServer(plan.server.order, servers);
  const token = server?.handle.data["token"];
  return typeof token === "string" ? token : undefined;
}

/**
 * A command that cleared its environment says no longer whose it is, and what the server itself starts for a folder (language servers) says
 * that it is the server's. What bears the server's marker and works in the agent's folder was started for this agent.
 */
async function endStrays(worktree: string, token: string | undefined) {
  const left: { readonly pid: number; readonly command: string }[] = [];
  let signalled = 0;
  if (token === undefined) return { left, signalled };
  const processes = createProcessTable();
  const mark = sessionMark(token);
  for (let round = 0; round < 20; round += 1) {
    left.length = 0;
    for (const entry of await processes.list()) {
      if (entry.mark === undefined || entry.mark !== mark || entry.token !== undefined || entry.isOfHook)
        continue;
      if (!(await worksIn(entry, worktree))) continue;
      if ((await signalProcess(processes, entry, round < 5 ? "SIGTERM" : "SIGKILL")) === "sent")
        signalled += 1;
      left.push({ pid: entry.pid, command: entry.command.slice(0, 200) });
    }
    if (left.length === 0) break;
    await sleep(pollMs);
  }
  return { left, signalled };
}

/** Only where the system shows it (Linux). */
async function worksIn({ pid }: ProcessEntry, worktree: string): Promise<boolean> {
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  return folder === worktree || folder.startsWith(`${worktree}/`);
}
