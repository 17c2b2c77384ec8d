import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionRunnerSettings } from "@wiggum/runner-process/sessions";
import type { Clock } from "@wiggum/workflow";
import type { PermissionRule } from "./permissions.js";
import type { AttendantLimits } from "./session-files.js";

/** Which server has the sessions of agents. */
export type ServerChoice =
  /** One for all agents of the project, started with the first and ended with the last of them. */
  | "shared"
  /** One for each agent: four take 2.5 GB of memory, and seconds each to start. */
  | "own"
  /** One that somebody else started, and ends. Its configuration and environment are theirs. */
  | { readonly url: string; readonly password: string };

/** What the runner may be told. Times are milliseconds. */
export interface OpenCodeRunnerOptions {
  /** Absolute path of a folder for servers, sessions and logs of OpenCode; made when it is needed. */
  readonly directory: string;
  /** Default: `shared`. */
  readonly server?: ServerChoice | undefined;
  /** OpenCode's configuration for servers of the project's own, merged over the person's: models, providers, agents. */
  readonly configuration?: Readonly<Record<string, unknown>> | undefined;
  /** How requests for a permission are answered that OpenCode's own rules leave open; the last rule that fits decides, else a person. */
  readonly policy?: readonly PermissionRule[] | undefined;
  /** Names under which people send messages: what one of them says while a question waits is the answer to it. Never to a permission. */
  readonly people?: readonly string[] | undefined;
  readonly limits?: Partial<AttendantLimits> | undefined;
  /** How long `send` waits for the proof that a message was taken; default 5000. Later it is delivered all the same. */
  readonly deliveryWaitMs?: number | undefined;
  /** For a server to start and listen; default 60000. */
  readonly serverStartMs?: number | undefined;
  /** Program and arguments of the process that attends a session; default: this package's, run by this Node. */
  readonly attendant?: readonly string[] | undefined;
  readonly clock?: Pick<Clock, "now" | "monotonicMs"> | undefined;
  /** As of `createProcessRunner`. */
  readonly terminateWaitMs?: number | undefined;
  readonly killWaitMs?: number | undefined;
  readonly followPollMs?: number | undefined;
  readonly processes?: SessionRunnerSettings["processes"];
}

export const defaultLimits: AttendantLimits = {
  askDeadlineMs: 15 * 60_000,
  retryLimitMs: 10 * 60_000,
  idleLimitMs: 10 * 60_000,
  readAgainMs: 5_000,
};

export function parseOptions(options: OpenCodeRunnerOptions) {
  const {
    directory,
    server = "shared",
    configuration = {},
    policy = [],
    people = [],
    limits = {},
    deliveryWaitMs = 5_000,
    serverStartMs = 60_000,
    attendant = [process.execPath, fileURLToPath(new URL("./attendant.js", import.meta.url))],
    clock = { now: () => new Date(), monotonicMs: () => performance.now() },
    terminateWaitMs,
    killWaitMs,
    followPollMs,
    processes,
    ...unknown
  } = options;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new TypeError(`The runner "opencode" knows no option "${stray}"`);
  if (!isAbsolute(directory)) throw new TypeError("directory must be an absolute path");
  const allLimits: AttendantLimits = { ...defaultLimits, ...limits };
  for (const [name, value] of Object.entries({ ...allLimits, deliveryWaitMs, serverStartMs })) {
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`${name} must be a number from 0 on`);
  }
  // As the runner of kept sessions takes them: what is not said is its own default.
  const waits: SessionRunnerSettings = {
    ...(terminateWaitMs === undefined ? {} : { terminateWaitMs }),
    ...(killWaitMs === undefined ? {} : { killWaitMs }),
    ...(followPollMs === undefined ? {} : { followPollMs }),
    ...(processes === undefined ? {} : { processes }),
  };
  return {
    directory,
    server,
    configuration,
    policy,
    people,
    limits: allLimits,
    deliveryWaitMs,
    serverStartMs,
    attendant,
    clock,
    waits,
  };
}

export type Settings = ReturnType<typeof parseOptions>;
