import type { TicketId } from "@wiggum/ticket-core";
import type { AnswerRules, SessionProfile } from "./agent-profile.js";

/** `<role>-<n>`, for example `worker-0`. A number is never given twice in a project. */
export type AgentId = string;

/** What a runner is able to do beyond the required methods. The conformance kit reads this. */
export interface AgentRunnerSupports {
  /** `attach` is there. */
  readonly attach: boolean;
  /** Gives each agent a terminal of its own; default: where it can be attached to. */
  readonly terminal?: boolean | undefined;
  /** `AgentOrder.resume` goes on with an old session. */
  readonly resume: boolean;
  /** Reports busy, idle, waiting by itself, not only running and exited. */
  readonly structuredState: boolean;
  /** `ask` is there. */
  readonly ask: boolean;
  /**
   * `cost` tells what its programs say of it: as the order's `profile.records.cost` says where they do, or in ways that the runner itself knows.
   * Without it `cost` may be there and know nothing. What holds of `cost` holds of `tokens`, if that is there.
   */
  readonly cost: boolean;
  /** `answer` is there: requests for permission are told as `waiting`, with their id. */
  readonly permissions: boolean;
}

/** All that is needed to start one session of one agent. JSON-safe. */
export interface AgentOrder {
  /** Whose session it is. */
  readonly agentId: AgentId;
  /** 1 for the first session of this agent, one more for each further one. */
  readonly generation: number;
  /** Of the agent: `worker`, `reviewer`, … */
  readonly role: string;
  /** What it works on; absent = no ticket. */
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
  /**
   * Absolute path of the file that messages for the agent are appended to, one JSON object `{id, at, from, text}` a line: id, sender and text of the
   * message as they are, and when it was sent (ISO 8601, UTC). A runner that has another way to its agents need not write it.
   */
  readonly inboxFile: string;
  /** Go on with an old session instead of a new one; opaque, from the former handle. RUNNER_UNSUPPORTED without `supports.resume`. */
  readonly resume?: string | undefined;
  /** Longest wait for the session to be there, milliseconds; then RUNNER_FAILED. */
  readonly startTimeoutMs: number;
  /** Text of the agent's standard input (`{prompt_file}` and `{prompt_line}` replaced); then the prompt line is not added to its arguments. */
  readonly standardInput?: string | undefined;
  /** How to read this program's output, reports and screen; absent = nothing is known of it. */
  readonly profile?: SessionProfile | undefined;
}

/** Names a session. JSON-safe, storable, of use to any process of this host. */
export interface AgentHandle {
  /** Name of the runner that started it. */
  readonly runner: string;
  /** That of the order. */
  readonly agentId: AgentId;
  /** That of the order. */
  readonly generation: number;
  /** What the runner needs to find it again; nobody else reads it. */
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
  /** By whom it was said, and so how much it counts. */
  readonly source: EvidenceSource;
  /** What was seen. */
  readonly fact: EvidenceFact;
  /** Monotonic clock of the observing process, milliseconds. */
  readonly atMs: number;
  /** Of the session that it is about. */
  readonly generation: number;
  /** For people: in which words it was said. */
  readonly detail?: string | undefined;
}

/** A text for an agent. The same `id` is never delivered twice. */
export interface Message {
  /** Names the message, for ever. */
  readonly id: string;
  /** Who says it: `person`, or the id of an agent. For the agent to see wherever it is handed more than a line that is typed. */
  readonly from: string;
  /** Lines as they are, with whatever is in them. */
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
  /** Number of the process. */
  readonly pid: number;
  /** Its command line, cut short. */
  readonly command: string;
}

/** Whether an agent's processes are gone, proved by looking. */
export interface StopReport {
  /** Nothing that carries this agent's marker and generation is left. (The calling process itself is never signalled, but reported.) */
  readonly stopped: boolean;
  /** What is left, where something is. */
  readonly survivors: readonly ProcessSummary[];
  /** How many processes were signalled. */
  readonly signalled: number;
  /** Of the program, where it ended with one. */
  readonly exitCode?: number | undefined;
}

/** As much of an order as says whether its program is there. */
export type CommandOrder = Pick<AgentOrder, "command" | "environment"> & Partial<Pick<AgentOrder, "cwd">>;

/** One question to a program that starts for it and ends with it. `timeoutMs` is the longest wait; then all of it is ended. */
export interface AskOrder {
  /** Program and arguments; `{prompt}` in an argument is replaced, else the prompt is its standard input. */
  readonly command: readonly string[];
  /** Absolute path of the folder that it is started in. */
  readonly cwd: string;
  /** The question. */
  readonly prompt: string;
  /** Longest wait for the answer, milliseconds. */
  readonly timeoutMs: number;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the answer stands in what it prints; absent = all of its standard output. */
  readonly answer?: AnswerRules | undefined;
}

/** What an agent program answered to one hidden question. */
export interface AskAnswer {
  /** What it answered, alone: what else it printed is left out. */
  readonly text: string;
}

/** The answer to a permission request of an agent. */
export interface Reply {
  /** `false` = it may not. */
  readonly allow: boolean;
  /** What is said to the agent with it. */
  readonly text?: string | undefined;
}

/** Where an agent runs. A missing method is a missing ability; nothing pretends. */
export interface AgentRunner {
  /** Version of the contract, and of the conformance kit, that this was written against. */
  readonly contract: 1;
  /** Short word for messages, and in the handles of its sessions: `process`, `tmux`. */
  readonly name: string;
  /** Names of other runners whose sessions it finds and goes on with, too. Its own are started under `name`. Default: none. */
  readonly goesOnWith?: readonly string[] | undefined;
  /** What it can do; the members below are there accordingly. */
  readonly supports: AgentRunnerSupports;
  /**
   * Idempotent by (agent, generation): a second call, also at the same time or from another process, gives the same session.
   * @throws AGENT_COMMAND_MISSING nothing was left behind; RUNNER_FAILED; STALE_HANDLE a later generation was started
   */
  start(order: AgentOrder): Promise<AgentHandle>;
  /** All of ours that still runs, however many there are and whoever started it. @throws RUNNER_FAILED when it cannot look; an empty answer means that nothing runs */
  discover(scope: RunnerScope): Promise<readonly AgentHandle[]>;
  /** Facts; a probe that fails adds none. @throws STALE_HANDLE for a generation that a later one replaced. */
  observe(handle: AgentHandle): Promise<readonly Evidence[]>;
  /**
   * A cheap look, for which no program is started: as long as it gives the same text, `observe` and `output` tell the same as before, but for
   * what time alone changes (silence). `undefined` = it cannot say: look properly.
   */
  glance?(handle: AgentHandle): Promise<string | undefined>;
  /** Idempotent by message id. An ended session refuses. @throws STALE_HANDLE */
  send(handle: AgentHandle, message: Message): Promise<Delivery>;
  /**
   * The last `lastLines` lines of what the agent printed, without the line end after the last; also after its end, and of a
   * replaced generation. All of them, unless that is more than a few hundred kilobytes (a runner may give more, at most a few megabytes): then
   * the beginning is left out.
   */
  output(handle: AgentHandle, lastLines: number): Promise<string>;
  /** As Ctrl-C would; a session that has ended is left alone. @throws STALE_HANDLE */
  interrupt(handle: AgentHandle): Promise<void>;
  /** Idempotent; the whole process tree, proved gone. Also ends what a replaced generation left. @throws RUNNER_FAILED when it cannot look */
  stop(handle: AgentHandle): Promise<StopReport>;
  /** Can the program be started at all? To be asked before anything is claimed. @throws AGENT_COMMAND_MISSING */
  checkCommand?(order: CommandOrder): Promise<void>;
  /** Facts as they come, from now on, until the session ends or `signal` aborts. */
  events?(handle: AgentHandle, signal: AbortSignal): AsyncIterable<Evidence>;
  /**
   * Starts the program for one question and gives its answer; nothing of it is left afterwards. `signal` breaks it off: everything of it is ended
   * before the promise is rejected.
   * @throws AGENT_COMMAND_MISSING; RUNNER_FAILED it failed, took longer than `timeoutMs` or gave no answer
   */
  ask?(order: AskOrder, signal?: AbortSignal): Promise<AskAnswer>;
  /**
   * Gives a person's answer to what the session waits with. Resolves when the session has taken it.
   * @throws REQUEST_GONE nothing waits for that answer (any more); RUNNER_FAILED it could not be given, and may be tried again; STALE_HANDLE
   */
  answer?(handle: AgentHandle, requestId: string, reply: Reply): Promise<void>;
  /** Program and arguments that show the agent on a person's terminal. */
  attach?(handle: AgentHandle): Promise<readonly string[]>;
  /** What its program says that the session has cost so far, US dollars; undefined = it says nothing, which is not 0. Also after its end. */
  cost?(handle: AgentHandle): Promise<number | undefined>;
  /** What its program says of the tokens that the session has used so far; undefined = it says nothing, which is not 0. Also after its end. */
  tokens?(handle: AgentHandle): Promise<number | undefined>;
  /** What is printed from now on, in pieces that cut no character, until the session ends or `signal` aborts: without an error. */
  follow?(handle: AgentHandle, signal: AbortSignal): AsyncIterable<string>;
  /** Presses keys in its terminal, in tmux's names for them (`Enter`, `C-c`, `Escape`); other words are typed as they are. */
  keys?(handle: AgentHandle, keys: readonly string[]): Promise<void>;
}
