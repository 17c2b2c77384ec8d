import {
  type Actor,
  builtinTypes,
  createJudge,
  createMemoryBackend,
  createTickets,
  type MemoryBackend,
  type Ticket,
  type TicketChange,
  type Tickets,
  type TicketTypes,
  type WriteContext,
} from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import type { Clock, HandInFacts, HandInResult, HookCall, HookResult, WorkflowPorts } from "../ports.js";
import { createMemoryOutbox } from "./memory-outbox.js";

const person: Actor = { kind: "person", id: "manual" };
export const asPerson: WriteContext = { actor: person };

/** As the agent that holds a ticket in this epoch. */
export function asAgent(id: string, ticketId: string, epoch: number): WriteContext {
  return { actor: { kind: "agent", id }, fence: { id: ticketId, epoch } };
}

export interface MemoryProjectOptions {
  readonly types?: TicketTypes;
  readonly tickets?: readonly Ticket[];
  /** What a hook of that name does; default: it is not there. */
  readonly hooks?: Readonly<Record<string, (call: HookCall) => HookResult | Promise<HookResult>>>;
  readonly facts?: Partial<HandInFacts>;
  readonly handIn?: (ticket: Ticket) => HandInResult | Promise<HandInResult>;
}

export interface MemoryProject extends WorkflowPorts {
  readonly backend: MemoryBackend;
  readonly tickets: Tickets;
  readonly outbox: ReturnType<typeof createMemoryOutbox>;
  readonly clock: Clock & { nowMs: number };
  /** Names of what was done, in order: `hook:<name>`, `facts`, `merge`, `commit` (seen by its subject). */
  readonly events: string[];
  readonly calls: HookCall[];
  changes(): Promise<readonly TicketChange[]>;
}

export { sampleTicket };

/** A whole project without git, processes or real time. */
export function memoryProject(options: MemoryProjectOptions = {}): MemoryProject {
  const { types = builtinTypes, hooks = {} } = options;
  const events: string[] = [];
  const calls: HookCall[] = [];
  let ids = 0;
  const newId = () => `op-${String(++ids).padStart(4, "0")}`;
  const clock: MemoryProject["clock"] = {
    nowMs: Date.parse("2026-01-02T04:00:00Z"),
    now: () => new Date(clock.nowMs),
    monotonicMs: () => clock.nowMs,
    sleep: async (durationMs) => {
      clock.nowMs += durationMs;
    },
  };
  const backend = createMemoryBackend({
    judge: createJudge(types),
    tickets: options.tickets ?? [sampleTicket("tk-1")],
  });
  const recording: MemoryBackend = {
    ...backend,
    async commit(commit) {
      const receipt = await backend.commit(commit);
      events.push(commit.subject);
      return receipt;
    },
  };
  const tickets = createTickets({ backend: recording, types, now: clock.now, newId, random: () => 0 });
  return {
    backend: recording,
    tickets,
    clock,
    newId,
    events,
    calls,
    outbox: createMemoryOutbox(clock),
    hooks: {
      async run(call) {
        calls.push(call);
        const hook = hooks[call.name];
        if (hook === undefined) return { status: "absent" };
        events.push(`hook:${call.name}`);
        return hook(call);
      },
    },
    handIn: {
      async facts(ticket) {
        events.push("facts");
        return {
          source: ticket.assignedAgentId,
          target: `feature/${ticket.id}`,
          newCommits: 1,
          workCommits: 1,
          uncommittedFiles: [],
          conflictsWithBase: [],
          ...options.facts,
        };
      },
      async handIn(ticket) {
        events.push("merge");
        return options.handIn?.(ticket) ?? { status: "merged", commit: "c0ffee" };
      },
      async check(ticket) {
        await options.handIn?.(ticket);
      },
    },
    async changes() {
      const all: TicketChange[] = [];
      for await (const change of backend.watch?.(undefined, { follow: false }) ?? []) all.push(change);
      return all;
    },
  };
}

/** A ticket on which worker-0 works, in its first epoch. */
export function working(extra: Partial<Ticket> = {}): Ticket {
  return sampleTicket("tk-1", {
    state: "in-progress",
    assignedAgentId: "worker-0",
    assignedAt: "2026-01-02T03:30:00Z",
    leaseEpoch: 1,
    ...extra,
  });
}

/** What worker-0 types when it is done. */
export const handIn = { id: "tk-1", to: "review", context: asAgent("worker-0", "tk-1", 1) };

/** The error that an action ends with; an action that succeeds fails the test. */
export async function failure(action: Promise<unknown>) {
  try {
    await action;
  } catch (error) {
    return error as Error & {
      readonly code: string;
      readonly data: Record<string, unknown>;
      readonly hint?: string;
    };
  }
  throw new Error("was not refused");
}
