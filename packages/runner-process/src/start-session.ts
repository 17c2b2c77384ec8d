import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AgentOrder,
  isWorkflowError,
  sessionMark,
  type sessionVariables,
  WorkflowError,
} from "@wiggum/workflow";
import { printable, runnerFailed, runnerName, staleHandle, systemCode } from "./failures.js";
import { findProgram } from "./find-program.js";
import { keeperArguments, keeperCameSecond } from "./keeper.js";
import {
  claimSession,
  findGenerations,
  readKeeper,
  readSession,
  recordReplacement,
  type Session,
  sessionPaths,
} from "./session-files.js";

const pollMs = 5;
/** So long another keeper may take between making its file and writing its number into it. */
const otherKeeperMs = 5_000;

export interface StartPorts {
  /** Absolute path of a POSIX shell. */
  readonly shell: string;
  /** Ends whatever may have been started of that session. */
  readonly undo: (session: Session) => Promise<unknown>;
}

/**
 * Starts the order's session, or finds it started. Safe at any number of places at once, and after a SIGKILL at any point: the
 * session's name is claimed first, then the keeper starts the agent unless another keeper has.
 */
export async function startSession(order: AgentOrder, ports: StartPorts): Promise<Session> {
  try {
    return await findOrStart(order, ports);
  } catch (error) {
    if (isWorkflowError(error)) throw error;
    throw runnerFailed(`${printable(order.agentId)} could not be started: ${describeFailure(error)}`, {
      cause: error,
    });
  }
}

async function findOrStart(order: AgentOrder, ports: StartPorts): Promise<Session> {
  await checkOrder(order);
  const begun = await readSession(order.stateDirectory);
  if (begun !== undefined) requireSame(order, begun);
  if (begun !== undefined && (await readKeeper(order.stateDirectory)) !== undefined) return begun;

  const program = await findProgram(order);
  await requireFolder(order.cwd);
  await refuseIfReplaced(order);
  const session = await claimSession({
    agentId: order.agentId,
    generation: order.generation,
    stateDirectory: order.stateDirectory,
    inboxFile: order.inboxFile,
  });
  requireSame(order, session);
  const older = await refuseIfReplaced(order);
  for (const one of older) await recordReplacement(one, order.generation);
  if ((await readKeeper(order.stateDirectory)) !== undefined) return session;
  await startKeeper(order, program, session, ports);
  return session;
}

async function checkOrder(order: AgentOrder): Promise<void> {
  if (order.resume !== undefined) {
    throw new WorkflowError(
      "RUNNER_UNSUPPORTED",
      `The runner "${runnerName}" cannot go on with an old session`,
      { runner: runnerName, method: "start with resume" },
      { hint: "Start a new session without `resume`." },
    );
  }
  for (const path of [order.cwd, order.stateDirectory, order.inboxFile]) {
    if (!isAbsolute(path)) throw runnerFailed(`"${printable(path)}" is no absolute path`);
  }
}

/** Gives the older generations. @throws STALE_HANDLE a later one was started */
async function refuseIfReplaced(order: AgentOrder): Promise<readonly Session[]> {
  const { newer, older } = await findGenerations(order);
  if (newer !== undefined) throw staleHandle(order, newer);
  return older;
}

function requireSame(order: AgentOrder, session: Session): void {
  if (session.agentId === order.agentId && session.generation === order.generation) return;
  throw runnerFailed(
    `${printable(order.stateDirectory)} belongs to ${printable(session.agentId)}, generation ${session.generation}, not to ` +
      `${printable(order.agentId)}, generation ${order.generation}`,
    { hint: "Every agent and generation needs a state directory of its own." },
  );
}

async function requireFolder(cwd: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw runnerFailed(`The agent's folder ${printable(cwd)} is not there`);
}

async function startKeeper(
  order: AgentOrder,
  program: string,
  session: Session,
  ports: StartPorts,
): Promise<void> {
  const paths = sessionPaths(order.stateDirectory);
  const output = openSync(paths.output, "a", 0o600);
  const words = keeperArguments(order, program, paths, sessionMark(session.token) ?? "");
  let failure: string | undefined;
  try {
    const keeper = spawn(ports.shell, [...words], {
      cwd: order.cwd,
      env: environmentOf(order, session),
      // A session of its own: no terminal, and no signal meant for us reaches it.
      detached: true,
      stdio: ["ignore", output, output],
    });
    keeper.once("error", (error) => {
      failure = describeFailure(error);
    });
    keeper.once("exit", (code, signal) => {
      if (code !== keeperCameSecond) failure ??= `its keeper ended at once (${signal ?? code})`;
      // The other keeper's file is there; its content must follow, unless it could not be written.
      else setTimeout(() => (failure ??= "its state directory cannot be written"), otherKeeperMs).unref();
    });
    keeper.unref();
    await waitUntilStarted(order, session, ports, keeper, () => failure);
  } finally {
    closeSync(output);
  }
}

async function waitUntilStarted(
  order: AgentOrder,
  session: Session,
  ports: StartPorts,
  keeper: ChildProcess,
  failure: () => string | undefined,
): Promise<void> {
  const giveUpAtMs = performance.now() + order.startTimeoutMs;
  while ((await readKeeper(order.stateDirectory)) === undefined) {
    // A keeper that has ended may have written between our look and its end.
    const reason = failure();
    if (reason !== undefined && (await readKeeper(order.stateDirectory)) === undefined) {
      throw runnerFailed(`${printable(order.agentId)} could not be started: ${reason}`);
    }
    if (performance.now() > giveUpAtMs) {
      await ports.undo(session);
      throw runnerFailed(
        `${printable(order.agentId)} was not started within ${order.startTimeoutMs} ms (keeper ${keeper.pid ?? "none"})`,
        { hint: "The machine may be overloaded: try again, or raise the start time limit." },
      );
    }
    await sleep(pollMs);
  }
}

function environmentOf(order: AgentOrder, session: Session): Record<string, string> {
  const marker: Record<(typeof sessionVariables)[number], string> = {
    WIGGUM_AGENT_ID: session.agentId,
    WIGGUM_GENERATION: String(session.generation),
    WIGGUM_SESSION_TOKEN: session.token,
    WIGGUM_SESSION_DIRECTORY: session.stateDirectory,
    WIGGUM_INBOX: session.inboxFile,
  };
  return { ...order.environment, ...marker };
}

function describeFailure(error: unknown): string {
  if (systemCode(error) === "E2BIG") return "its arguments and environment together are too long";
  return printable(error instanceof Error ? error.message : String(error));
}
