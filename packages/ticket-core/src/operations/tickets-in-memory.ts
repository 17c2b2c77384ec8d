// For tests: tickets over a memory backend, with a clock, ids and randomness that are the same in every run.
import type { TicketBackend } from "../backend.js";
import { builtinTypes } from "../builtin-types.js";
import { createTickets } from "../create-tickets.js";
import { createJudge } from "../judge.js";
import { createMemoryBackend, type MemoryBackend } from "../memory-backend.js";
import type { Actor, Ticket } from "../ticket.js";
import type { TicketTypes } from "../ticket-type.js";
import type { Tickets } from "../tickets.js";

export const ann: Actor = { kind: "person", id: "ann" };
export const byAnn = { actor: ann } as const;

export interface TicketsInMemory {
  readonly tickets: Tickets;
  readonly memory: MemoryBackend;
  /** Tickets over the same store through another backend, for example one that fails. */
  through(backend: TicketBackend): Tickets;
}

/** A generator of whole numbers that looks random and is not (xorshift). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export function ticketsInMemory(
  options: {
    readonly tickets?: readonly Ticket[];
    readonly types?: TicketTypes;
    readonly random?: (below: number) => number;
  } = {},
): TicketsInMemory {
  const { types = builtinTypes, random = seededRandom(42), tickets = [] } = options;
  const memory = createMemoryBackend({ judge: createJudge(types), tickets });
  let ids = 0;
  let seconds = Date.parse("2026-01-02T03:04:05Z") / 1000;
  const ports = {
    types,
    random,
    now: () => {
      seconds += 1;
      return new Date(seconds * 1000);
    },
    newId: () => {
      ids += 1;
      return `01K${String(ids).padStart(23, "0")}`;
    },
  };
  const through = (backend: TicketBackend) => createTickets({ backend, ...ports });
  return { tickets: through(memory), memory, through };
}

/** Subjects of everything that was committed, in order. */
export async function subjectsOf(backend: TicketBackend): Promise<readonly string[]> {
  const subjects: string[] = [];
  for await (const { subject } of backend.watch?.(undefined, { follow: false }) ?? []) subjects.push(subject);
  return subjects;
}

/** The code of the error that this is rejected with, or `done`. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "done",
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}
