import { isAbsolute } from "node:path";
import type { SessionRunnerSettings } from "@wiggum/runner-process/sessions";
import { printable } from "@wiggum/runner-process/sessions";
import type { AgentHandle, AgentOrder, AgentStateName } from "@wiggum/workflow";
import { checkProfile, inboxProfile, type PaneProfile } from "./profile.js";
import { type TypingWaits, usualWaits } from "./type-into-pane.js";

/** What an agent does, for a decision to type; `why` is shown to people. */
export interface KnownState {
  readonly state: AgentStateName;
  readonly why: string;
}

/** Which session of which server agents run in, and what is known of their programs. */
export interface TmuxRunnerOptions extends Omit<SessionRunnerSettings, "shell"> {
  /** Absolute path of the project: its private server is named after it, and its session is found by it. */
  readonly root: string;
  /** Absolute path of a folder for this runner's own files (locks, configuration of the server); made if missing. */
  readonly directory: string;
  /** As a person calls the session; another one of that name is left alone. */
  readonly sessionName: string;
  /** `private`: a server of the project's own, with nothing of the person's configuration. `default`: the person's server. Default `private`. */
  readonly server?: "private" | "default" | undefined;
  /** tmux commands for a new session (`.wiggum/tmux.conf`); a missing file is none. */
  readonly configFile?: string | undefined;
  /** A layout of tmux, given again to the window whenever a pane comes or goes; default `tiled`. */
  readonly layout?: string | undefined;
  /** What is known of the program that an order starts; default: nothing, messages go to the inbox file. */
  readonly profile?: PaneProfile | ((order: AgentOrder) => PaneProfile) | undefined;
  /** What an agent does, from everything that is known; default: what its screen says by its profile. */
  readonly stateOf?: ((handle: AgentHandle) => Promise<KnownState>) | undefined;
  /** Of the caller: where tmux is found, and whether its terminal is in a tmux already. Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Name or path of tmux; default `tmux`. */
  readonly program?: string | undefined;
  /** Told what did not work and does not matter enough to fail: a layout that tmux does not know. */
  readonly warn?: ((text: string) => void) | undefined;
  readonly waits?: Partial<TypingWaits> | undefined;
  /** How long to wait for other processes that open a pane or type into the same one, milliseconds; default 60000. */
  readonly lockPatienceMs?: number | undefined;
  /** How long tmux may take to answer, milliseconds; default 10000. */
  readonly answerMs?: number | undefined;
}

/** @throws TypeError an option is unknown or cannot be used */
export function parseOptions(options: TmuxRunnerOptions) {
  const {
    root,
    directory,
    sessionName,
    server = "private",
    configFile,
    layout = "tiled",
    profile = inboxProfile,
    stateOf,
    environment = process.env,
    program = "tmux",
    warn = () => undefined,
    waits,
    lockPatienceMs = 60_000,
    answerMs = 10_000,
    clock = { now: () => new Date(), monotonicMs: () => performance.now() },
    maxOutputBytes = 1024 * 1024,
    followPollMs = 200,
    ...sessions
  } = options;
  for (const [name, path] of Object.entries({ root, directory })) {
    if (!isAbsolute(path)) throw new TypeError(`${name} must be an absolute path, not "${printable(path)}"`);
  }
  if (server !== "private" && server !== "default")
    throw new TypeError("server must be `private` or `default`");
  for (const [name, value] of Object.entries({ lockPatienceMs, answerMs, ...waits })) {
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`${name} must be a number from 0 on`);
  }
  const profileOf = typeof profile === "function" ? profile : always(checkProfile(profile));
  /** For the runner of kept sessions, which refuses what it does not know. */
  const sessionSettings: SessionRunnerSettings = { ...sessions, clock, maxOutputBytes, followPollMs };
  return {
    root,
    directory,
    sessionName,
    server,
    configFile,
    layout,
    profileOf,
    stateOf,
    environment,
    program,
    warn,
    waits: { ...usualWaits, ...withoutAbsent(waits) },
    lockPatienceMs,
    answerMs,
    clock,
    maxOutputBytes,
    followPollMs,
    sessionSettings,
  };
}

function always<Value>(value: Value): () => Value {
  return () => value;
}

function withoutAbsent(waits: Partial<TypingWaits> = {}): Partial<TypingWaits> {
  return Object.fromEntries(Object.entries(waits).filter(([, value]) => value !== undefined));
}
