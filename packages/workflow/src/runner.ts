import type { TicketId } from "@wiggum/ticket-core";
import type { AnswerRules, SessionProfile } from "./agent-profile.js";

/** `<role>-<n>`, for example `worker-0`. A number is never given twice in a project. */
export type AgentId = string;

/** What a runner is able to do beyond the required methods. The conformance kit reads this. */
export interface AgentRunnerSupports {
  readonly attach: boolean;
  /** Gives each agent a terminal of its own; default: where it can be attached to. */
  readonly terminal?: boolean | undefined;
  readonly resume: boolean;
  /** Reports busy, idle, waiting by itself, not only running and exited. */
  readonly structuredState: boolean;
  readonly ask: boolean;
  readonly cost: boolean;
  readonly permissions: boolean;
}

/** All that is needed to start one session of one agent. JSON-safe. */
export interface AgentOrder {
  readonly agentId: AgentId;
  /** 1 for the first session of this agent, one more for each further one. */
  readonly generation: number;
  readonly role: string;
  readonly ticketId?: TicketId | undefined;
  /** Absolute path of the agent's worktree. */
  readonly cwd: string;
  /** Program and arguments; never passed through a shell. `{prompt_file}` and `{prompt_line}` in an argument are replaced. */
  readonly command: readonly string[];
  /** Absolute path of the rendered prompt. */
  readonly promptFile: string;
  /** One line that tells the agent to read the prompt file; the last argument where the command names no placeholder. */
  readonly promptLine: string;
  /**
   * The whole environment of the agent: nothing is inherited, a runner adds `sessionVariables` only, and one that gives its agents a
   * terminal (`supports.terminal`) its `terminalVariables`. Names that are no shell identifiers (exported bash functions, `a.b`) may be left
   * out, because no shell passes them on.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Absolute path of a folder that belongs to this agent and generation: log, exit status. Outlives the worktree. The folders of
   * one agent's generations lie side by side, so that a runner can tell which of them was replaced.
   */
  readonly stateDirectory: string;
  /** Absolute path of the file that messages for the agent are appended to, one JSON object `{id, at, from, text}` a line. */
  readonly inboxFile: string;
  /** Go on with an old session instead of a new one; opaque, from the former handle. RUNNER_UNSUPPORTED without `supports.resume`. */
  readonly resume?: string | undefined;
  readonly startTimeoutMs: number;
  /** Text of the agent's standard input (`{prompt_file}` and `{prompt_line}` replaced); then the prompt line is not added to its arguments. */
  readonly standardInput?: string | undefined;
  /** How to read this program's output, reports and screen; absent = nothing is known of it. */
  readonly profile?: SessionProfile | undefined;
}

/** Names a session. JSON-safe, storable, of use to any process of this host. */
export interface AgentHandle {
  readonly runner: string;
  readonly agentId: AgentId;
  readonly generation: number;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** Where a runner looks for sessions. */
export interface RunnerScope {
  /** State directories of all agents lie below this folder. */
  readonly stateRoot: string;
}

/** Ranks 5 to 1; a lower one never overrides a fresh higher one. */
export type EvidenceSource = "protocol" | "hook" | "self-report" | "screen" | "timer";

/** What an agent waits for a person with. */
export type RequestKind = "permission" | "question";

/** What was seen of an agent. */
export type EvidenceFact =
  /** Its process is there. Says nothing about what it does. */
  | { readonly kind: "running" }
  /** `signal` (`SIGKILL`) when one ended it; `code` is then absent or 128 + its number, as shells show it. */
  | { readonly kind: "exited"; readonly code?: number | undefined; readonly signal?: string | undefined }
  /** Positive evidence of absence: no process of that generation exists and no exit status was left. */
  | { readonly kind: "lost" }
  | { readonly kind: "busy" }
  | { readonly kind: "idle" }
  | {
      readonly kind: "waiting";
      readonly requestId?: string | undefined;
      readonly question?: string | undefined;
      /** What it is that waits: a permission is given or refused, a question is answered in words. Absent = not known. */
      readonly asks?: RequestKind | undefined;
    }
  | { readonly kind: "blocked"; readonly reason: string }
  | { readonly kind: "retrying"; readonly reason: string }
  | { readonly kind: "silent"; readonly forMs: number };

/** A fact with its source, never a verdict. */
export interface Evidence {
  readonly source: EvidenceSource;
  readonly fact: EvidenceFact;
  /** Monotonic clock of the observing process, milliseconds. */
  readonly atMs: number;
  readonly generation: number;
  readonly detail?: string | undefined;
}

/** A text for an agent. The same `id` is never delivered twice. */
export interface Message {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

/** Never just "ok": `delivered` needs proof, else the message is still pending and visible. */
export type Delivery =
  | { readonly status: "delivered"; readonly messageId: string; readonly proof: string }
  | {
      readonly status: "queued";
      readonly messageId: string;
      readonly where: string;
      /** It lies in a file that the agent may read or not: nobody is told when. */
      readonly isUnread?: boolean | undefined;
    }
  | {
      readonly status: "refused";
      readonly messageId: string;
      readonly reason: string;
      /** Nothing of it was sent, and what the reason names may pass: the same message may be sent again. */
      readonly isPassing?: boolean | undefined;
      /** Nothing of it was sent, because the session has ended: another session of the same agent may be given it. */
      readonly hasEnded?: boolean | undefined;
    }
  | { readonly status: "unknown"; readonly messageId: string; readonly detail: string };

/** A process of the host, for people: `command` is its command line, cut short. */
export interface ProcessSummary {
  readonly pid: number;
  readonly command: string;
}

/** Whether an agent's processes are gone, proved by looking. */
export interface StopReport {
  /** Nothing that carries this agent's marker and generation is left. (The calling process itself is never signalled, but reported.) */
  readonly stopped: boolean;
  readonly survivors: readonly ProcessSummary[];
  /** How many processes were signalled. */
  readonly signalled: number;
  readonly exitCode?: number | undefined;
}

/** As much of an order as says whether its program is there. */
export type CommandOrder = Pick<AgentOrder, "command" | "environment"> & Partial<Pick<AgentOrder, "cwd">>;

/** One question to a program that starts for it and ends with it. `timeoutMs` is the longest wait; then all of it is ended. */
export interface AskOrder {
  /** Program and arguments; `{prompt}` in an argument is replaced, else the prompt is its standard input. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly prompt: string;
  readonly timeoutMs: number;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the answer stands in what it prints; absent = all of its standard output. */
  readonly answer?: AnswerRules | undefined;
}

/** What an agent program answered to one hidden question. */
export interface AskAnswer {
  readonly text: string;
}

/** The answer to a permission request of an agent. */
export interface Reply {
  readonly allow: boolean;
  readonly text?: string | undefined;
}

/** Where an agent runs. A missing method is a missing ability; nothing pretends. */
export interface AgentRunner {
  readonly contract: 1;
  readonly name: string;
  /** Names of other runners whose sessions it finds and goes on with, too. Its own are started under `name`. Default: none. */
  readonly goesOnWith?: readonly string[] | undefined;
  readonly supports: AgentRunnerSupports;
  /**
   * Idempotent by (agent, generation): a second call, also at the same time or from another process, gives the same session.
   * @throws AGENT_COMMAND_MISSING nothing was left behind; RUNNER_FAILED; STALE_HANDLE a later generation was started
   */
  start(order: AgentOrder): Promise<AgentHandle>;
  /** What of ours still runs, whoever started it. @throws RUNNER_FAILED when it cannot look; an empty answer means that nothing runs */
  discover(scope: RunnerScope): Promise<readonly AgentHandle[]>;
  /** Facts; a probe that fails adds none. @throws STALE_HANDLE for a generation that a later one replaced. */
  observe(handle: AgentHandle): Promise<readonly Evidence[]>;
  /** Idempotent by message id. An ended session refuses. @throws STALE_HANDLE */
  send(handle: AgentHandle, message: Message): Promise<Delivery>;
  /**
   * The last `lastLines` lines of what the agent printed, without the line end after the last; also after its end, and of a
   * replaced generation. At most a few megabytes, however much was printed.
   */
  output(handle: AgentHandle, lastLines: number): Promise<string>;
  /** As Ctrl-C would; a session that has ended is left alone. @throws STALE_HANDLE */
  interrupt(handle: AgentHandle): Promise<void>;
  /** Idempotent; the whole process tree, proved gone. Also ends what a replaced generation left. @throws RUNNER_FAILED when it cannot look */
  stop(handle: AgentHandle): Promise<StopReport>;
  /** Can the program be started at all? To be asked before anything is claimed. @throws AGENT_COMMAND_MISSING */
  checkCommand?(order: CommandOrder): Promise<void>;
  events?(handle: AgentHandle, signal: AbortSignal): AsyncIterable<Evidence>;
  /**
   * Starts the program for one question and gives its answer; nothing of it is left afterwards.
   * @throws AGENT_COMMAND_MISSING; RUNNER_FAILED it failed, took longer than `timeoutMs` or gave no answer
   */
  /** `signal` breaks it off: everything of it is ended before the promise is rejected. */
  ask?(order: AskOrder, signal?: AbortSignal): Promise<AskAnswer>;
  /**
   * Gives a person's answer to what the session waits with. Resolves when the session has taken it.
   * @throws REQUEST_GONE nothing waits for that answer (any more); RUNNER_FAILED it could not be given, and may be tried again; STALE_HANDLE
   */
  answer?(handle: AgentHandle, requestId: string, reply: Reply): Promise<void>;
  /** Program and arguments that show the agent on a person's terminal. */
  attach?(handle: AgentHandle): Promise<readonly string[]>;
  /** What its program says that the session has cost so far, US dollars; undefined = it says nothing. Also after its end. */
  cost?(handle: AgentHandle): Promise<number | undefined>;
  /** What its program says of the tokens that the session has used so far; undefined = it says nothing. Also after its end. */
  tokens?(handle: AgentHandle): Promise<number | undefined>;
  follow?(handle: AgentHandle, signal: AbortSignal): AsyncIterable<string>;
  keys?(handle: AgentHandle, keys: readonly string[]): Promise<void>;
}
