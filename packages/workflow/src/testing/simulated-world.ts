import type { TicketId } from "@wiggum/ticket-core";
import type { Clock } from "../ports.js";
import type { ActionOutcome, SupervisorEvent, SupervisorPorts } from "../supervisor.js";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "../supervisor-facts.js";

/** Chances in percent, drawn by a seeded generator: the same seed gives the same run. */
export interface WorldOptions {
  readonly seed: number;
  readonly tickets: number;
  readonly maxAgents: number;
  readonly crashPercent: number;
  readonly rejectPercent: number;
  readonly lostHookPercent: number;
  readonly spawnFailurePercent: number;
  readonly conflictPercent: number;
  readonly maxAttempts?: number;
  readonly maxRounds?: number;
  readonly mergeBatch?: number;
}

interface WorldTicket {
  readonly id: TicketId;
  readonly priority: number;
  readonly dependsOn: readonly TicketId[];
  state: "ready" | "in-progress" | "review" | "qa" | "done";
  assigned?: string | undefined;
  failed: Record<string, number>;
  lastFailureMs?: number | undefined;
  rounds: number;
  needsPerson: boolean;
  merged: boolean;
}

interface WorldAgent {
  readonly agentId: string;
  readonly role: string;
  readonly ticketId: TicketId;
  isLive: boolean;
  isEnded: boolean;
  endsAtMs: number;
}

const roleOf = {
  ready: undefined,
  "in-progress": "worker",
  review: "reviewer",
  qa: "qa",
  done: undefined,
} as const;

/** A project without git, processes or time: what a supervisor sees and does, with faults. */
export class SimulatedWorld {
  readonly tickets = new Map<TicketId, WorldTicket>();
  readonly agents: WorldAgent[] = [];
  readonly events: SupervisorEvent[] = [];
  readonly violations: string[] = [];
  private nowMs = 0;
  private state: number;
  private counter = 0;
  private pendingHooks: { ticketId: TicketId; role: string }[] = [];
  private readonly options: WorldOptions;

  constructor(options: WorldOptions) {
    this.options = options;
    this.state = options.seed >>> 0 || 1;
    for (let index = 0; index < options.tickets; index += 1) {
      const id = `tk-${index.toString(16).padStart(4, "0")}`;
      const earlier = [...this.tickets.keys()];
      const dependsOn = earlier.filter(() => this.chance(15)).slice(0, 3);
      this.tickets.set(id, {
        id,
        priority: this.draw(5),
        dependsOn,
        state: "ready",
        failed: {},
        rounds: 0,
        needsPerson: false,
        merged: false,
      });
    }
  }

  get ports(): SupervisorPorts {
    return {
      clock: this.clock,
      recover: async () => this.settle(),
      drainHooks: async () => this.drainHooks(),
      facts: async () => this.facts(),
      spawn: async (role, ticketId) => this.spawn(role, ticketId),
      retire: async (agentId) => this.retire(agentId),
      expire: async (agentId) => this.retire(agentId),
      escalate: async (ticketId) => this.escalate(ticketId),
      merge: async (ticketId) => this.merge(ticketId),
      mergeBatch: async (ticketIds) => this.mergeBatch(ticketIds),
      changed: async (timeoutMs) => this.advance(timeoutMs),
      report: (event) => {
        this.events.push(event);
      },
    };
  }

  private readonly clock: Clock = {
    now: () => new Date(this.nowMs),
    monotonicMs: () => this.nowMs,
    sleep: async (durationMs) => this.advance(durationMs),
  };

  private draw(below: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }

  private chance(percent: number): boolean {
    return this.draw(100) < percent;
  }

  private ticket(id: TicketId): WorldTicket {
    const ticket = this.tickets.get(id);
    if (ticket === undefined) throw new Error(`no ticket ${id}`);
    return ticket;
  }

  private isWorkable(ticket: WorldTicket): boolean {
    return (
      ticket.state === "ready" &&
      !ticket.needsPerson &&
      ticket.dependsOn.every((id) => this.ticket(id).state === "done")
    );
  }

  private usesSlot(agent: WorldAgent): boolean {
    return agent.isLive && !agent.isEnded && roleOf[this.ticket(agent.ticketId).state] === agent.role;
  }

  /** Agents whose time has come do what agents do: hand in, approve, reject, or die. */
  private advance(durationMs: number): void {
    this.nowMs += Math.max(1, durationMs);
    for (const agent of this.agents) {
      if (!agent.isLive || agent.isEnded || agent.endsAtMs > this.nowMs) continue;
      agent.isEnded = true;
      const ticket = this.ticket(agent.ticketId);
      if (roleOf[ticket.state] !== agent.role) continue;
      if (this.chance(this.options.crashPercent)) {
        ticket.failed[agent.role] = (ticket.failed[agent.role] ?? 0) + 1;
        ticket.lastFailureMs = this.nowMs;
        continue;
      }
      this.moveOn(ticket, agent.role);
    }
  }

  private moveOn(ticket: WorldTicket, role: string): void {
    ticket.failed = {};
    ticket.lastFailureMs = undefined;
    if (role === "worker") this.enter(ticket, "review", "reviewer");
    else if (this.chance(this.options.rejectPercent)) {
      ticket.rounds += 1;
      ticket.state = "in-progress";
    } else if (role === "reviewer") this.enter(ticket, "qa", "qa");
    else ticket.state = "done";
  }

  private enter(ticket: WorldTicket, state: "review" | "qa", role: string): void {
    ticket.state = state;
    if (!this.chance(this.options.lostHookPercent)) this.pendingHooks.push({ ticketId: ticket.id, role });
  }

  private settle(): readonly string[] {
    for (const agent of this.agents) if (agent.isEnded) agent.isLive = false;
    return [];
  }

  private async drainHooks() {
    let ran = 0;
    const waiting: typeof this.pendingHooks = [];
    for (const hook of this.pendingHooks) {
      const outcome = this.spawn(hook.role, hook.ticketId);
      if (outcome.status === "postponed") waiting.push(hook);
      else ran += 1;
    }
    this.pendingHooks = waiting;
    return { ran, waiting: waiting.length };
  }

  private spawn(role: string, ticketId: TicketId): ActionOutcome {
    const ticket = this.ticket(ticketId);
    if (this.agents.some((agent) => agent.isLive && agent.ticketId === ticketId && agent.role === role)) {
      return { status: "failed", reason: "a live agent has that role" };
    }
    if (this.agents.filter((agent) => this.usesSlot(agent)).length >= this.options.maxAgents) {
      return { status: "postponed", reason: "no capacity" };
    }
    if (this.chance(this.options.spawnFailurePercent)) {
      ticket.failed[role] = (ticket.failed[role] ?? 0) + 1;
      ticket.lastFailureMs = this.nowMs;
      return { status: "failed", reason: "set-up failed" };
    }
    if (ticket.state === "ready") {
      if (!this.isWorkable(ticket))
        this.violations.push(`${ticketId} was dispatched though it is not workable`);
      ticket.state = "in-progress";
      ticket.failed = {};
    }
    const agent: WorldAgent = {
      agentId: `${role}-${this.counter++}`,
      role,
      ticketId,
      isLive: true,
      isEnded: false,
      endsAtMs: this.nowMs + 1 + this.draw(5_000),
    };
    if (role === "worker") ticket.assigned = agent.agentId;
    this.agents.push(agent);
    this.check();
    return { status: "done" };
  }

  private check(): void {
    const used = this.agents.filter((agent) => this.usesSlot(agent)).length;
    if (used > this.options.maxAgents)
      this.violations.push(`${used} slots of ${this.options.maxAgents} are used`);
    const places = this.agents
      .filter((agent) => agent.isLive)
      .map((agent) => `${agent.ticketId}/${agent.role}`);
    if (new Set(places).size !== places.length) this.violations.push("two live agents in one place");
  }

  private retire(agentId: string): ActionOutcome {
    const index = this.agents.findIndex((agent) => agent.agentId === agentId);
    const agent = this.agents[index];
    if (agent === undefined) return { status: "failed", reason: "no such agent" };
    if (this.usesSlot(agent)) this.violations.push(`${agentId} was retired at work`);
    this.agents.splice(index, 1);
    return { status: "done" };
  }

  private escalate(ticketId: TicketId): ActionOutcome {
    this.ticket(ticketId).needsPerson = true;
    return { status: "done" };
  }

  private merge(ticketId: TicketId): ActionOutcome {
    const ticket = this.ticket(ticketId);
    if (ticket.state !== "done" || ticket.merged) this.violations.push(`${ticketId} was merged wrongly`);
    if (this.chance(this.options.conflictPercent)) {
      ticket.state = "in-progress";
      ticket.rounds += 1;
      return { status: "done", detail: "conflict: sent back" };
    }
    ticket.merged = true;
    return { status: "done" };
  }

  /** Those that are built on one that is sent back are left as they are. */
  private mergeBatch(ticketIds: readonly TicketId[]): ActionOutcome {
    for (const id of ticketIds) {
      const lacks = this.ticket(id).dependsOn.filter((on) => !this.ticket(on).merged);
      if (lacks.some((on) => !ticketIds.includes(on)))
        this.violations.push(`${id} was merged before ${lacks}`);
      if (lacks.length === 0) this.merge(id);
    }
    return { status: "done" };
  }

  private facts(): SupervisorFacts {
    const tickets = [...this.tickets.values()];
    return {
      tickets: tickets.map((ticket): SupervisedTicket => {
        const role = roleOf[ticket.state];
        return {
          id: ticket.id,
          state: ticket.state,
          priority: ticket.priority,
          isFinal: ticket.state === "done",
          isWorkable: this.isWorkable(ticket),
          needsPerson: ticket.needsPerson,
          roles: role === undefined ? [] : [role],
          claimRole: "worker",
          assignedAgentId: ticket.assigned,
          failedSessions: { ...ticket.failed },
          lastFailureMs: ticket.lastFailureMs,
          rounds: ticket.rounds,
          dependsOn: ticket.dependsOn,
        };
      }),
      agents: this.agents.map(
        (agent): SupervisedAgent => ({
          agentId: agent.agentId,
          role: agent.role,
          ticketId: agent.ticketId,
          isLive: agent.isLive,
          isEnded: agent.isEnded,
          usesSlot: this.usesSlot(agent),
          isLeaseExpired: false,
          generation: 1,
        }),
      ),
      ticketsWithPendingHooks: this.pendingHooks.map((hook) => hook.ticketId),
      unmerged: tickets
        .filter((ticket) => ticket.state === "done" && !ticket.merged)
        .map((ticket) => ticket.id),
      maxAgents: this.options.maxAgents,
      isAutoMerge: true,
      mergeBatch: this.options.mergeBatch,
      maxAttempts: this.options.maxAttempts ?? 3,
      maxRounds: this.options.maxRounds ?? 8,
      nowMs: this.nowMs,
    };
  }
}
