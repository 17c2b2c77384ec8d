// Agents of a project as data: how they are started and ended, and what they are at.
import type { AgentFacts, AgentHandle, AgentId, RequestKind, StopReport } from "@wiggum/workflow";
import type { KeptMessage } from "./project-messages.js";

/** How `project.spawn` starts an agent. `promptPath` is a prompt file for this once; `isSupervised` marks agents that the supervisor started. */
export interface SpawnOptions {
  readonly promptPath?: string | undefined;
  /** Over the limit of agents. */
  readonly force?: boolean | undefined;
  readonly isSupervised?: boolean | undefined;
}

/** The session that was started. `worktree` is an absolute path, `branch` a short name; `warnings` are sentences for people. */
export interface SpawnOutcome {
  readonly agentId: AgentId;
  readonly generation: number;
  readonly worktree: string;
  readonly branch: string;
  /** The former session of this agent had ended; it goes on in its worktree. */
  readonly isResumed: boolean;
  readonly warnings: readonly string[];
}

/** How `project.kill` ends an agent. `release` gives its tickets back; `force` removes its worktree even so, after what is in it was saved. */
export interface KillOptions {
  readonly release?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/**
 * What became of an agent that was ended. `salvaged` is the name of the salvage point that was made of its work; `keptWorktree` is an absolute path.
 */
export interface KillOutcome {
  readonly agentId: AgentId;
  readonly stop: StopReport | undefined;
  /** Tickets that were given back, also where its worktree had to stay. */
  readonly released: readonly string[];
  readonly salvaged?: string | undefined;
  readonly keptWorktree?: string | undefined;
  readonly keptBranch?: string | undefined;
  /** What stays, each with its reason. */
  readonly warnings: readonly string[];
  /**
   * Those of the warnings that are about what was to go and could not: a process that is not the agent's is in the worktree, or `force` was
   * asked for and something cannot be saved. Empty = all that was asked for is done.
   */
  readonly unfinished: readonly string[];
  /** Messages that had not arrived, or of which nobody knows; the oldest first. Nobody is given them any more. */
  readonly forgottenMessages?: readonly KeptMessage[] | undefined;
}

/** An agent as people see it. */
export interface AgentStatus {
  readonly facts: AgentFacts;
  /** `starting busy idle waiting_input blocked retrying running exited lost unknown`, with the evidence in words. */
  readonly state: string;
  readonly why: string;
  /** Its own words: what it asks (`waiting_input`) or why it cannot go on (`blocked`), where it says so. */
  readonly says?: string | undefined;
  /** What it waits with (`waiting_input`), where `answer` can name it. */
  readonly request?: { readonly id: string; readonly asks?: RequestKind | undefined } | undefined;
  readonly handle?: AgentHandle | undefined;
  readonly ticketId?: string | undefined;
  readonly ticketState?: string | undefined;
  readonly usesSlot: boolean;
  readonly uptimeMs: number;
}
