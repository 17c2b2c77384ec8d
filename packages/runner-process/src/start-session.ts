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
import { describeFailure, printable, runnerFailed, staleHandle } from "./failures.js";
import { findProgram } from "./find-program.js";
import { keeperParameters, keeperScript } from "./keeper.js";
import {
  claimSession,
  findGenerations,
  readKeeper,
  readSession,
  recordReplacement,
  type Session,
  sessionPaths,
} from "./session-files.js";
import { keepProfile } from "./told-evidence.js";

const pollMs = 5;

/** A keeper to be started. */
export interface KeeperLaunch {
  readonly order: AgentOrder;
  readonly session: Session;
  readonly keeper: {
    /** Absolute path of a POSIX shell. */
    readonly shell: string;
    /** For its `-c`. Text put behind it runs after the agent's end is written down, with its exit status in `$status`. */
    readonly script: string;
    /** From `$0` on. */
    readonly parameters: readonly string[];
    /** The whole environment: the agent's. */
    readonly environment: Readonly<Record<string, string>>;
  };
}

/** A keeper that was started, perhaps. Its file `started` says for sure; this says why it will not come. */
export interface LaunchedKeeper {
  /** For a message: `process 4711`. */
  readonly name: string;
  /** Why it will never start the agent; absent as long as it may. */
  failure(): Promise<string | undefined>;
}

/**
 * Starts a keeper in the order's folder with exactly that environment, so that it outlives the calling process. May start it although
 * another one of the same session runs: it notices that and ends. The agent's output belongs into the file `output`.
 */
export type LaunchKeeper = (launch: KeeperLaunch) => Promise<LaunchedKeeper>;

export interface StartPorts {
  /** The runner's name. */
  readonly runner: string;
  /** Does the keeper lead the session of a terminal? */
  readonly hasTerminal: boolean;
  readonly launchKeeper: LaunchKeeper;
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
    throw runnerFailed(
      ports.runner,
      `${printable(order.agentId)} could not be started: ${describeFailure(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function findOrStart(order: AgentOrder, ports: StartPorts): Promise<Session> {
  const { runner } = ports;
  await checkOrder(order, runner);
  const place = { stateDirectory: order.stateDirectory, runner };
  const begun = await readSession(place);
  if (begun !== undefined) requireSame(order, begun);
  if (begun !== undefined && (await readKeeper(place)) !== undefined) return begun;

  const program = await findProgram(order);
  await requireFolder(order.cwd, runner);
  await refuseIfReplaced(order, runner);
  const session = await claimSession({
    runner,
    agentId: order.agentId,
    generation: order.generation,
    stateDirectory: order.stateDirectory,
    inboxFile: order.inboxFile,
  });
  requireSame(order, session);
  const older = await refuseIfReplaced(order, runner);
  for (const one of older) await recordReplacement(one, order.generation);
  if ((await readKeeper(place)) !== undefined) return session;
  if (order.profile !== undefined) await keepProfile(order.stateDirectory, order.profile);
  await startKeeper(order, program, session, ports);
  return session;
}

async function checkOrder(order: AgentOrder, runner: string): Promise<void> {
  if (order.resume !== undefined) {
    throw new WorkflowError(
      "RUNNER_UNSUPPORTED",
      `The runner "${runner}" cannot go on with an old session`,
      { runner, method: "start with resume" },
      { hint: "Start a new session without `resume`." },
    );
  }
  for (const path of [order.cwd, order.stateDirectory, order.inboxFile]) {
    if (!isAbsolute(path)) throw runnerFailed(runner, `"${printable(path)}" is no absolute path`);
  }
}

/** Gives the older generations. @throws STALE_HANDLE a later one was started */
async function refuseIfReplaced(order: AgentOrder, runner: string): Promise<readonly Session[]> {
  const { newer, older } = await findGenerations({ ...order, runner });
  if (newer !== undefined) throw staleHandle(order, newer);
  return older;
}

function requireSame(order: AgentOrder, session: Session): void {
  if (session.agentId === order.agentId && session.generation === order.generation) return;
  throw runnerFailed(
    session.runner,
    `${printable(order.stateDirectory)} belongs to ${printable(session.agentId)}, generation ${session.generation}, not to ` +
      `${printable(order.agentId)}, generation ${order.generation}`,
    { hint: "Every agent and generation needs a state directory of its own." },
  );
}

async function requireFolder(cwd: string, runner: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw runnerFailed(runner, `The agent's folder ${printable(cwd)} is not there`);
}

async function startKeeper(
  order: AgentOrder,
  program: string,
  session: Session,
  ports: StartPorts,
): Promise<void> {
  const { runner, hasTerminal, shell, launchKeeper, undo } = ports;
  const giveUpAtMs = performance.now() + order.startTimeoutMs;
  const launched = await launchKeeper({
    order,
    session,
    keeper: {
      shell,
      script: keeperScript(hasTerminal),
      parameters: keeperParameters(
        order,
        program,
        sessionPaths(order.stateDirectory),
        sessionMark(session.token) ?? "",
      ),
      environment: environmentOf(order, session),
    },
  });
  while ((await readKeeper(session)) === undefined) {
    // A keeper that has ended may have written between our look and its end.
    const reason = await launched.failure();
    if (reason !== undefined && (await readKeeper(session)) === undefined) {
      throw runnerFailed(runner, `${printable(order.agentId)} could not be started: ${reason}`);
    }
    if (performance.now() > giveUpAtMs) {
      await undo(session);
      throw runnerFailed(
        runner,
        `${printable(order.agentId)} was not started within ${order.startTimeoutMs} ms (keeper: ${launched.name})`,
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
    WIGGUM_SESSION_RUNNER: session.runner,
    WIGGUM_INBOX: session.inboxFile,
  };
  return { ...order.environment, ...marker };
}
