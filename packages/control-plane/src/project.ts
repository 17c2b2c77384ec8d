// What openProject() gives: the seam between the control plane and everything that is built on it (the command line first).
import type { Git } from "@wiggum/git";
import type { RelayoutPlan, StoreLayout } from "@wiggum/ticket-backend-git";
import type {
  Actor,
  Cursor,
  DoctorFinding,
  Fence,
  NewTicket,
  SyncDirection,
  Ticket,
  TicketId,
  TicketRecord,
  Tickets,
  TicketTypes,
  WriteContext,
} from "@wiggum/ticket-core";
import type {
  AgentFacts,
  AgentId,
  AgentRegistry,
  AgentRunner,
  Clock,
  HookResult,
  OutboxRow,
  TestOutcome,
} from "@wiggum/workflow";
import type { AgentChanges } from "./agent-changes.js";
import type { CombinationTest } from "./merge-combination.js";
import type { MergeQueueStatus } from "./merge-note.js";
import type { PaneSessions } from "./pane-sessions.js";
import type { PoolState } from "./pool-state.js";
import type { AskOptions } from "./project-ask.js";
import type { AgentAnswer, ProjectMessages, SentAnswer, SentMessage } from "./project-messages.js";
import type { ProjectPaths } from "./project-paths.js";
import type { ProjectReport } from "./project-report.js";
import type {
  AgentStatus,
  KillOptions,
  KillOutcome,
  SpawnOptions,
  SpawnOutcome,
} from "./project-sessions.js";
import type { ProjectTool, ToolCall } from "./project-tools.js";
import type { ProjectUpstream } from "./project-upstream.js";
import type { Scheduler } from "./scheduler-note.js";
import type { Settings } from "./settings.js";

/** Who is calling, from `agent.json` found upwards from the working directory; never guessed. */
export interface Caller {
  /** Folder that the caller stands in belongs to this root: the main root or an agent's worktree. */
  readonly contextRoot: string;
  /** The view of that root, which shows tickets to the caller. */
  readonly viewFolder: string;
  /** Absent = a person (or a hook) in the main project. */
  readonly agent?:
    | {
        readonly agentId: AgentId;
        readonly role: string;
        readonly generation: number;
        readonly ticketId?: string | undefined;
        readonly epoch?: number | undefined;
        readonly isSupervised: boolean;
      }
    | undefined;
  readonly actor: Actor;
  /** An agent's own claim, to be shown on every write. */
  readonly fence?: Fence | undefined;
  /** How many hooks deep the caller runs (`WIGGUM_HOOK_DEPTH`). */
  readonly hookDepth: number;
  /** `target`, `any` or `none`: whose change makes a write return early. */
  readonly onChange: "target" | "any" | "none";
}

/**
 * How `project.transition` is made. `noHooks` skips hooks but never the merge; the same `operationId` twice is one effect; `cause` is kept in the
 * history.
 */
export interface TransitionOptions {
  readonly noHooks?: boolean | undefined;
  readonly operationId?: string | undefined;
  /** Give it to this agent in the same step (the edge's effect must be `claim`). */
  readonly claimFor?: AgentId | undefined;
  readonly cause?: string | undefined;
}

/** A transition that was made. `already`: this operation had been committed before, nothing was done now. */
export interface TransitionOutcome {
  readonly record: TicketRecord;
  readonly from: string;
  readonly to: string;
  readonly operationId: string;
  readonly already: boolean;
  readonly merge?: { readonly status: string; readonly commit?: string | undefined } | undefined;
}

/** A branch of the project, and what it is for. `branch` is a short name; `ticketId` is absent for branches of no ticket. */
export interface BranchRow {
  readonly branch: string;
  readonly ticketId?: string | undefined;
  readonly type: "feature" | "worker" | "reviewer" | "qa" | "other";
}

/** What became of a rebase. `target` is the branch that it went onto, `files` are those in conflict. */
export interface RebaseOutcome {
  readonly status: "rebased" | "up-to-date" | "conflict";
  readonly target: string;
  readonly files: readonly string[];
  /** Where it was left open, only in an agent's own worktree; absent = aborted. */
  readonly leftOpenIn?: string | undefined;
  /** Commands that go on and give up. */
  readonly commands?: { readonly continue: string; readonly abort: string } | undefined;
}

/**
 * Work that was saved before its worktree was removed. `name` is `<agent>/<ulid>`, `at` when it was saved (ISO 8601), `files` lie from the top of the
 * worktree.
 */
export interface SalvageEntry {
  readonly name: string;
  readonly ref: string;
  readonly commit: string;
  readonly agentId: AgentId;
  readonly at: string;
  /** From then on `run` and `doctor --fix` drop it. ISO 8601. */
  readonly keptUntil: string;
  readonly files: readonly string[];
}

/** What `project.syncView` brings up to date, and whether it writes. */
export interface ViewSyncOptions {
  /** `pull` brings unedited files to the newest state, `push` submits edits, `both` does both. */
  readonly direction: SyncDirection;
  /** Nothing is written; `waiting` names what would be submitted. */
  readonly isDryRun?: boolean | undefined;
  /** Only these tickets are submitted (full ids). */
  readonly ids?: readonly TicketId[] | undefined;
  /** Subject of the commits, for example `Ticket update`. Default `Manual sync`. */
  readonly subject?: string | undefined;
}

/** What became of the files of a view: pulled, submitted, refused. */
export interface ViewSyncReport {
  readonly asOf: Cursor;
  /** Files that now show a newer state. */
  readonly pulled: readonly TicketId[];
  /** Edits that are in the store now; with a state change its hooks ran. */
  readonly submitted: readonly {
    readonly id: TicketId;
    readonly transition?: { readonly from: string; readonly to: string } | undefined;
  }[];
  /** Edits that were refused: the file stays as the person left it. */
  readonly refused: readonly {
    readonly id: TicketId;
    readonly path: string;
    readonly code: string;
    readonly message: string;
    readonly hint?: string | undefined;
    /** Of FIELD_CONFLICT: the value that both had, the person's, and the one that is stored now. Absent = not there. */
    readonly fields?:
      | readonly {
          readonly name: string;
          readonly base?: unknown;
          readonly mine?: unknown;
          readonly theirs?: unknown;
        }[]
      | undefined;
  }[];
  /** Edits that nobody submitted (`pull`, dry run, or not among `ids`). */
  readonly waiting: readonly { readonly id: TicketId; readonly path: string }[];
}

/** An opened project: tickets the guarded way, with hooks, branches and agents. Close it at the end. */
export interface Project {
  readonly paths: ProjectPaths;
  readonly settings: Settings;
  readonly types: TicketTypes;
  readonly tickets: Tickets;
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
  /** Where agents run in panes: what shows them. Absent where the runner that was handed in has none. */
  readonly panes?: PaneSessions | undefined;
  readonly caller: Caller;
  readonly clock: Clock;
  /** Variables of the caller: what programs that are started for it inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly git: Git;
  /** Actor and fence for one write of the caller; inside an after-hook its operation id, too: the hook may be run again. */
  writeContext(): WriteContext;

  /**
   * Runs a write for the caller: refreshes the view, returns early with TICKET_CHANGED when somebody else changed the ticket since the caller
   * saw it, writes, refreshes the view again, moves the seen mark, wakes the outbox.
   */
  write<Result>(
    ticketId: string | undefined,
    action: (context: WriteContext) => Promise<Result>,
  ): Promise<Result>;
  /** Refreshes the caller's view and returns lines about tickets that others changed since the caller last looked. */
  read(): Promise<readonly string[]>;

  /**
   * Submits the edits of the caller's view, each merged by field from what its file was made from; a change of state goes the guarded
   * way. A refused edit stays as it is and is named.
   */
  syncView(options: ViewSyncOptions): Promise<ViewSyncReport>;
  /** Changes only the file in the caller's view (`--no-sync`), from what it shows now; `syncView` submits it later. */
  writeViewOnly(
    ticketId: string,
    change: (ticket: Ticket) => Ticket,
  ): Promise<{ readonly id: TicketId; readonly path: string; readonly ticket: Ticket }>;
  /**
   * A transition in the file alone. `syncView` takes the edge from the stored state, conditions and hooks included.
   * @throws STATE_UNKNOWN TRANSITION_NOT_ALLOWED no edge leads there from the stored state, so that it could never be submitted
   */
  moveViewOnly(
    ticketId: string,
    to: string,
  ): Promise<{ readonly id: TicketId; readonly path: string; readonly ticket: Ticket }>;
  /** A new ticket as a file in the caller's view; `syncView` creates it in the store. */
  createViewOnly(
    input: NewTicket,
  ): Promise<{ readonly id: TicketId; readonly path: string; readonly ticket: Ticket }>;
  /** The ticket's file in the caller's view, up to date unless it was edited: for an editor, then `syncView` with its id. */
  editableFile(ticketId: string): Promise<{ readonly id: TicketId; readonly path: string }>;

  /** The guarded way: guards, pre-hooks, merge, compare-and-swap, post-hooks. */
  transition(ticketId: string, to: string, options?: TransitionOptions): Promise<TransitionOutcome>;
  /**
   * The plan of a transition in words, nothing done. @throws whatever would refuse it, hooks apart; what others changed is told by `read()`,
   * and stops nobody here
   */
  explainTransition(ticketId: string, to: string, options?: TransitionOptions): Promise<readonly string[]>;
  spawn(role: string, ticketId?: string, options?: SpawnOptions): Promise<SpawnOutcome>;
  /** The plan of a spawn in words, nothing done. */
  explainSpawn(role: string, ticketId?: string, options?: SpawnOptions): Promise<readonly string[]>;
  kill(agentId: AgentId, options?: KillOptions): Promise<KillOutcome>;
  agents(): Promise<readonly AgentStatus[]>;
  /**
   * Settles what a dead process or session left: unfinished spawns are completed or undone, ended sessions give their places back.
   * Repeatable; called at each tick of the supervisor. In words what was done (empty = nothing).
   */
  recover(): Promise<readonly string[]>;
  /** Stops the agent's session; identity, worktree and claim stay, so that `spawn` can go on with it. In words. */
  endSession(agentId: AgentId, reason: string): Promise<string>;
  /** `undefined` where no agent of that name was ever known. */
  agent(agentId: AgentId): Promise<AgentStatus | undefined>;
  logs(agentId: AgentId, lastLines: number): Promise<string>;
  /** Sends a message; one that cannot be given to its agent now is kept until it can (`pending`). */
  ping(agentId: AgentId, text: string): Promise<SentMessage>;
  /**
   * Answers an agent that waits for a person; the answer stands on its ticket, too. One that cannot be given now is kept until it can (`pending`).
   * @throws NOTHING_ASKED it asks nothing; ANSWER_UNSUITABLE a permission wants yes or no of a person, a question words
   */
  answer(agentId: AgentId, answer: AgentAnswer): Promise<SentAnswer>;
  readonly messages: ProjectMessages;
  /**
   * One question to the project's agent program, hidden and without tools.
   * @throws RUNNER_UNSUPPORTED RUNNER_FAILED AGENT_COMMAND_MISSING
   */
  ask(prompt: string, options?: AskOptions): Promise<string>;
  /** What the agent's branch and worktree have that the base branch has not; of an agent without either, nothing. */
  changesOf(agent: Pick<AgentFacts, "worktree" | "branch">): Promise<AgentChanges>;
  /** What was done from that moment on, by whom: from ticket history, commits and sessions. */
  report(since: Date): Promise<ProjectReport>;
  /** Who runs `wiggum run` here at the moment, as far as its note tells; absent = nobody. For people: that nobody else does is said by a lock. */
  scheduler(): Promise<Scheduler | undefined>;
  /** Programs of the person's own that look at something and print what they found. */
  readonly tools: {
    list(): Promise<readonly ProjectTool[]>;
    /** What it printed. @throws TOOL_NOT_FOUND TOOL_FAILED */
    run(call: ToolCall): Promise<string>;
  };
  capacity(): Promise<{ readonly used: number; readonly maxAgents: number }>;
  /** What holds all agents up: a limit of the provider, budgets that run out. */
  pool(): Promise<PoolState>;

  readonly hooks: {
    list(): Promise<{
      readonly project: readonly { name: string; isActive: boolean }[];
      readonly defaults: readonly string[];
    }>;
    run(name: string, ticketId: string): Promise<HookResult>;
    pending(ticketId?: string): Promise<readonly OutboxRow[]>;
    resolve(eventId: string, hook: string, decision: "retry" | "drop"): Promise<void>;
    /**
     * Runs what is due in this process, until nothing is left that may run now. `patienceMs`: how long to stay for hooks that are to be
     * tried again; default 0. `limit`: runs at most so many; 0 only takes in what was committed, so that `pending` tells of it.
     */
    drain(options?: {
      readonly patienceMs?: number;
      readonly limit?: number;
    }): Promise<{ readonly ran: number; readonly waiting: number }>;
    /** Starts a drain in a process of its own, outside every agent's marker and group. */
    wake(): Promise<void>;
  };
  readonly branches: {
    list(filter?: string): Promise<readonly BranchRow[]>;
    cleanup(ticketId: string): Promise<{
      readonly deleted: readonly string[];
      readonly kept: readonly { branch: string; reason: string }[];
    }>;
    /** Moves the base branch to a tested merge. @throws MERGE_CONFLICT CHECKOUT_OVERLAP BRANCH_MISSING CHECKS_FAILED */
    merge(
      ticketId: string,
    ): Promise<{ readonly status: "merged" | "up-to-date"; readonly into: string; readonly commit: string }>;
    /**
     * Tests the work of several tickets on top of the base branch, and moves it there if all checks pass. The step of the merge queue.
     * @throws BRANCH_MISSING MERGE_BUSY CHECKOUT_BUSY
     */
    testTogether(test: CombinationTest): Promise<TestOutcome>;
    /** What the merge queue of a `wiggum run` tests at this moment; absent = nothing. For people. */
    queue(): Promise<MergeQueueStatus | undefined>;
    /** Done tickets whose feature branch the base branch lacks. */
    unmerged(): Promise<readonly string[]>;
    rebase(ticketId?: string): Promise<RebaseOutcome>;
  };
  readonly salvage: {
    list(): Promise<readonly SalvageEntry[]>;
    /** The same by what their names tell alone, for looks that are taken all the time: one call of git, however many there are. Oldest first. */
    points(): Promise<readonly Pick<SalvageEntry, "name" | "agentId" | "at" | "keptUntil">[]>;
    show(name: string): Promise<string>;
    restore(
      name: string,
      into?: string,
    ): Promise<{ readonly folder: string; readonly files: readonly string[] }>;
    /** Only by its whole name. @throws SALVAGE_NOT_FOUND */
    drop(name: string): Promise<void>;
    /** Drops what was kept for its 30 days; gives what was dropped. */
    dropExpired(): Promise<readonly { readonly name: string; readonly commit: string }[]>;
  };
  readonly maintenance: {
    /**
     * Packs the ticket store where that is due, and says so. Blocks for as long as git takes: for a process of its own, as `wiggum hook drain`
     * is. That it failed is told by `doctor`.
     */
    run(): Promise<string | undefined>;
    /** Has that done by a process of its own where it is due; looks at most once a minute. */
    wake(): Promise<void>;
  };
  /** The repository that other hosts exchange tickets with this one through; absent = none is set. */
  readonly upstream?: ProjectUpstream | undefined;
  /** What a move of all tickets to another layout of the store would do; absent = to the one that suits their number. Only reads. */
  planRelayout(to?: StoreLayout): Promise<RelayoutPlan>;
  /** Only reads. */
  doctor(): Promise<readonly ProjectFinding[]>;
  close(): Promise<void>;
}

/** A finding, and what `doctor --fix` would do about it. */
export interface ProjectFinding extends Omit<DoctorFinding, "severity"> {
  /** `note`: nothing is wrong, but good to know. */
  readonly severity: DoctorFinding["severity"] | "note";
  readonly area: "project" | "settings" | "tickets" | "agents" | "worktrees" | "hooks" | "views";
  readonly fix?: { readonly plan: string; apply(): Promise<void> } | undefined;
}
