// What spawning and ending agents needs from outside: the code repository with its worktrees, and the writer of orders.
import type { Ticket, TicketId, TicketRecord, Tickets, WriteContext } from "@wiggum/ticket-core";
import type { Clock } from "./ports.js";
import type { AgentFacts, AgentRegistry } from "./registry.js";
import type { AgentId, AgentOrder, AgentRunner } from "./runner.js";

/** What the code repository says about a ticket's branches. */
export interface CodeFacts {
  /** Branch that finished work goes to; absent = the repository has no branch with a commit to start from. */
  readonly baseBranch?: string | undefined;
  /** `false` = a repository without any commit. */
  readonly hasCommits: boolean;
  /** `feature/<ticket>`, and whether it exists. */
  readonly feature: { readonly branch: string; readonly exists: boolean };
  /** Feature branches of the ticket's delivered dependencies whose work the base branch lacks. */
  readonly unmergedDependencies: readonly string[];
  /** Of the ticket's assignee, as far as it is an agent. */
  readonly holder?:
    | {
        readonly branch?: string | undefined;
        /** Its branch has all that the feature branch has. */
        readonly containsFeature: boolean;
        /** Its worktree, when that still exists and is on its branch. */
        readonly worktree?: string | undefined;
      }
    | undefined;
}

/** A worktree to be made for an agent, with its branch. Paths are absolute. */
export interface NewAgentWorktree {
  readonly agentId: AgentId;
  readonly worktree: string;
  readonly branch: string;
  /** Commit id that the new branch starts at; absent = a repository without any commit. */
  readonly startAt?: string | undefined;
}

/** What became of an agent's worktree and branch. */
export interface ClearedWorkspace {
  /** Name of the salvage point that was made. */
  readonly salvaged?: string | undefined;
  readonly keptWorktree?: string | undefined;
  readonly keptBranch?: string | undefined;
  /** What stays, each with its reason. */
  readonly warnings: readonly string[];
  /** Those of the warnings that are about what was to go and could not: a process is in the worktree, or a salvage was not possible. */
  readonly unfinished: readonly string[];
}

/** Worktrees and branches of agents. Nothing here removes work that is not safe elsewhere. */
export interface AgentWorkspaces {
  /** Only looks. `holder` = the ticket's assignee as the registry knows it. */
  look(ticket: Ticket | undefined, holder: AgentFacts | undefined): Promise<CodeFacts>;
  /** Names that a branch or folder bears already. */
  takenNames(): Promise<(agentId: AgentId) => boolean>;
  place(agentId: AgentId): { readonly worktree: string; readonly branch: string };
  /**
   * Commit that a new feature branch starts at: base with these branches merged in. No ref moves.
   * @throws MERGE_CONFLICT they do not go together
   */
  combine(base: string, branches: readonly string[]): Promise<string>;
  /** Makes the branch unless somebody made it in between. */
  createFeature(branch: string, commit: string): Promise<void>;
  /** Deletes the branch if it is still at that commit and nobody is on it. */
  removeFeature(branch: string, commit: string): Promise<void>;
  /** Commit of a branch, or of HEAD where none is named; `undefined` = no commit yet. @throws BRANCH_MISSING */
  startCommit(branch: string | undefined): Promise<string | undefined>;
  create(worktree: NewAgentWorktree): Promise<void>;
  /** Undo of `create`: the worktree if it is safe to remove (after a salvage point if need be), the branch if nothing is only on it. */
  discard(worktree: NewAgentWorktree): Promise<ClearedWorkspace>;
  /** A salvage point of a worktree that stays, if there is work in it that is in no commit. `reason` in words; default: its agent goes on. */
  salvage(
    agentId: AgentId,
    worktree: string,
    reason?: string,
  ): Promise<{ readonly name?: string | undefined; readonly warnings: readonly string[] }>;
  /** Has the agent's branch a commit that it did not start with? */
  hasNewCommits(branch: string, startAt: string | undefined): Promise<boolean>;
  /** Is there a worktree, a branch or both under the agent's name? */
  remains(
    agentId: AgentId,
    facts: AgentFacts | undefined,
  ): Promise<{ readonly worktree?: string | undefined; readonly branch?: string | undefined }>;
  /** Removes what is safe to remove; the rest stays, with a warning each. `isForced` salvages first, then removes. */
  clear(
    agentId: AgentId,
    remains: { readonly worktree?: string | undefined; readonly branch?: string | undefined },
    isForced: boolean,
  ): Promise<ClearedWorkspace>;
}

/** What the order for an agent is made from: who it is, where it works, what it is told. `promptPath` is a prompt file for this once. */
export interface OrderRequest {
  readonly agentId: AgentId;
  readonly generation: number;
  readonly role: string;
  readonly record?: TicketRecord | undefined;
  /** Epoch of the claim that the agent works under; shown as its fence on every write. */
  readonly epoch?: number | undefined;
  readonly worktree: string;
  readonly branch: string;
  readonly isSupervised: boolean;
  /** It goes on in a worktree that it knows. */
  readonly isResumed: boolean;
  /** The ticket became its own after the worktree was set up: what the view shows is from before that. */
  readonly isClaimed: boolean;
  readonly promptPath?: string | undefined;
}

/** Whether the agent command can be started and may write where it must. */
export interface CommandFacts {
  /** First word of the command. */
  readonly word: string;
  /** Why it cannot be started, as a sentence; absent = it can. */
  readonly fault?: string | undefined;
  /** Where the role names a command of its own; absent = it is the project's. */
  readonly namedIn?: string | undefined;
  /** Its own sandbox keeps it from folders that it must write into. */
  readonly closed?: { readonly folders: readonly string[]; readonly output: string } | undefined;
}

/** Prepares the folder and says how to start the agent. */
export interface AgentOrders {
  /** What is known of the role's agent command before anything is made. */
  command(role: string, promptPath?: string): Promise<CommandFacts>;
  /** Is this a role that an agent may have (its name becomes a branch and a folder)? */
  isRole(role: string): boolean;
  /** Ticket view, copied and linked files, set-up program; repeatable. @throws SETUP_FAILED */
  setUp(request: OrderRequest): Promise<void>;
  /** Ends what the set-up program of this session left running. @throws AGENT_SURVIVES */
  stopSetUp(agentId: AgentId, generation: number): Promise<void>;
  /** Prompt file and agent file in the worktree, and the order; warnings in words. */
  write(request: OrderRequest): Promise<{ readonly order: AgentOrder; readonly warnings: readonly string[] }>;
  /** State directories of all agents lie below this folder. */
  readonly stateRoot: string;
}

/** The guarded claim: guards and pre-hooks of the edge, then state, assignee and a new epoch in one compare-and-swap. */
export type ClaimTicket = (claim: {
  readonly ticketId: TicketId;
  readonly to: string;
  readonly agentId: AgentId;
  readonly operationId: string;
}) => Promise<TicketRecord>;

/** What `spawnAgent` works with. */
export interface SpawnPorts {
  readonly tickets: Tickets;
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly workspaces: AgentWorkspaces;
  readonly orders: AgentOrders;
  readonly claim: ClaimTicket;
  /** On whose behalf the ticket is written. */
  readonly writeContext: () => WriteContext;
  readonly settings: SpawnSettings;
  /** Told what stays behind when a failed spawn is undone. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Asked when the name is reserved, which others see, and before each further step. @throws why nothing may be started any more */
  readonly mayGoOn?: (() => Promise<void>) | undefined;
}

/** Limits and waits of a spawn. */
export interface SpawnSettings {
  readonly maxAgents: number;
  /** How long to wait for a sign that the agent is ready, milliseconds. Later than that is a warning. */
  readonly startTimeoutMs: number;
  /** How long a session of a runner that only knows "running" must live to count as started, milliseconds. */
  readonly settleMs: number;
}

/** What `killAgent` works with. */
export type KillPorts = Pick<
  SpawnPorts,
  "tickets" | "registry" | "runner" | "clock" | "workspaces" | "writeContext" | "orders"
> & {
  /** Finishes or undoes spawns of dead processes: what is half made is not ended but undone. */
  readonly recover: () => Promise<unknown>;
};
