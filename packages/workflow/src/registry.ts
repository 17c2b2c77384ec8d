import type { TicketId } from "@wiggum/ticket-core";
import type { AgentHandle, AgentId } from "./runner.js";

/** One session of an agent: one start to one end. */
export interface SessionFacts {
  readonly generation: number;
  readonly runner: string;
  /** Absent until the runner has answered. */
  readonly handle?: AgentHandle | undefined;
  /** Epoch of the ticket's claim that this session was started under. */
  readonly epoch?: number | undefined;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly exitCode?: number | undefined;
  /** Why it ended, in words: `exited`, `killed`, `lost`, `spawn failed`, … */
  readonly endReason?: string | undefined;
}

/** What the registry stores of an agent: facts only, states are derived. */
export interface AgentFacts {
  readonly agentId: AgentId;
  readonly role: string;
  readonly number: number;
  /** The ticket that it was spawned for; who works on a ticket is said by the ticket. */
  readonly ticketId?: TicketId | undefined;
  readonly createdAt: string;
  /** Set by `kill`: this identity never works again. */
  readonly retiredAt?: string | undefined;
  readonly worktree?: string | undefined;
  readonly branch?: string | undefined;
  /** Started by `wiggum run`: stricter guards apply to its hand-in. */
  readonly isSupervised: boolean;
  /** The newest session. */
  readonly session?: SessionFacts | undefined;
  /** It holds the only live place for its (ticket, role). */
  readonly isLive: boolean;
}

/** For which agent a place in the registry is wanted. */
export interface ReservationRequest {
  readonly role: string;
  readonly ticketId?: TicketId | undefined;
  /** Slots in all; `undefined` = no limit (`--force`, supervisors). */
  readonly maxAgents?: number | undefined;
  /** Does this live agent use a slot now? (Its ticket is in a state that its role works in.) */
  readonly usesSlot: (agent: AgentFacts) => boolean;
  /** Numbers that may not be given because a branch or folder of that name exists. */
  readonly isTaken: (agentId: AgentId) => boolean;
  /** Start this existing agent again (next generation) instead of making a new one. */
  readonly resume?: AgentId | undefined;
  readonly isSupervised: boolean;
  /** Name of the runner that the session will use. */
  readonly runner?: string | undefined;
}

/** A place in the registry that was taken for a session about to start. */
export interface Reservation {
  readonly agentId: AgentId;
  readonly generation: number;
  /** Steps of this spawn are recorded under this id. */
  readonly spawnId: string;
}

/** One step of a spawn, recorded before it runs, so that whoever finds it unfinished can undo it. */
export interface SpawnStepRecord {
  readonly step: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** A spawn whose process died in the middle: the steps that it had recorded. */
export interface UnfinishedSpawn {
  readonly spawnId: string;
  readonly agentId: AgentId;
  readonly generation: number;
  readonly steps: readonly SpawnStepRecord[];
}

/** An attempt of the supervisor to start an agent that came to nothing. */
export interface FailedSpawn {
  readonly ticketId: TicketId;
  readonly role: string;
  /** State of the ticket at that moment. */
  readonly state: string;
  /** When the ticket came into that state, milliseconds since 1970. */
  readonly enteredAtMs: number;
  /** When it failed, milliseconds since 1970. */
  readonly atMs: number;
  /** Why, in words. */
  readonly reason: string;
  /** What to type against it, in this order; absent = to start an agent again is all that can be tried. */
  readonly commands?: readonly [string, ...string[]] | undefined;
  /** There was a session, which `sessionsOf` tells of, too. */
  readonly hasSession: boolean;
}

/** Who exists, who runs, who may start. One transaction per change; usable from any process of the host. */
export interface AgentRegistry {
  /** All that were not retired; `includeRetired` gives all. Ordered by role, then number. */
  list(options?: { readonly includeRetired?: boolean }): Promise<readonly AgentFacts[]>;
  read(agentId: AgentId): Promise<AgentFacts | undefined>;
  /** All sessions of all agents that worked on the ticket, spawns that failed included, oldest first. */
  sessionsOf(
    ticketId: TicketId,
  ): Promise<readonly (SessionFacts & { readonly agentId: AgentId; readonly role: string })[]>;
  /** Keeps what came to nothing, so that a new supervisor counts on. Forgets what failed before the ticket came into its state. */
  recordFailedSpawn(failed: FailedSpawn): Promise<void>;
  /** What was kept of this ticket, or of all, oldest first. */
  failedSpawns(ticketId?: TicketId): Promise<readonly FailedSpawn[]>;
  /** An agent of that role runs for the ticket: what failed before it says nothing any more. */
  forgetFailedSpawns(ticketId: TicketId, role: string): Promise<void>;
  /** Was an agent ever started here? */
  hasSession(): Promise<boolean>;
  /**
   * Number, slot and the (ticket, role) row in one transaction.
   * @throws NO_CAPACITY no slot; AGENT_LIVE another live agent has that role on that ticket, `data.agentId`
   */
  reserve(request: ReservationRequest): Promise<Reservation>;
  recordStep(spawnId: string, step: SpawnStepRecord): Promise<void>;
  recordWorktree(agentId: AgentId, worktree: string, branch: string): Promise<void>;
  recordStart(
    spawnId: string,
    session: { readonly runner: string; readonly handle: AgentHandle; readonly epoch?: number | undefined },
  ): Promise<void>;
  /** The spawn is complete. */
  finishSpawn(spawnId: string): Promise<void>;
  /** The spawn failed and was undone: the row and slot are free; a new identity is retired. */
  abandonSpawn(spawnId: string, reason: string): Promise<void>;
  /**
   * Spawns whose owner process is gone. They belong to this process from now on (so that two do not recover the same one), until
   * `finishSpawn`, `abandonSpawn` or `leaveSpawn`.
   */
  unfinishedSpawns(): Promise<readonly UnfinishedSpawn[]>;
  /** This process cannot finish or undo the spawn now; whoever recovers next may take it. */
  leaveSpawn(spawnId: string): Promise<void>;
  /** Is a process that lives starting this agent at the moment? */
  isStarting(agentId: AgentId): Promise<boolean>;
  /**
   * A TCP port that no other live agent holds, none of `tried` (in use by something else); it is held until the session ends.
   * The same generation asks again and gets the same one unless it was tried.
   */
  leasePort(agentId: AgentId, generation: number, tried: readonly number[]): Promise<number>;
  /** The session of that generation is over: frees the (ticket, role) row. Idempotent; an older generation is ignored. */
  recordEnd(
    agentId: AgentId,
    generation: number,
    end: { readonly reason: string; readonly exitCode?: number | undefined },
  ): Promise<void>;
  retire(agentId: AgentId): Promise<void>;
  close(): Promise<void>;
}
