import { type Cursor, type TicketBackend, TicketError, type TicketId } from "@wiggum/ticket-core";

/** What a ticket's history says that the ticket itself does not. */
export interface TicketJourney {
  /** When it came into its present state, milliseconds since 1970, as the commit says (to the second). */
  readonly enteredAtMs: number;
  /** How often it was sent back into a state in which it had been before. */
  readonly rounds: number;
}

interface Way {
  enteredAtMs: number;
  visited: string[];
  rounds: number;
}

export interface TicketJourneys {
  /** Reads what was committed since the last call. */
  advance(): Promise<void>;
  of(id: TicketId): TicketJourney | undefined;
}

/**
 * Follows the whole history once and from then on only what is new, so that a supervisor's look costs what has changed.
 * @throws UNSUPPORTED by `advance` when the backend keeps no history
 */
export function createTicketJourneys(backend: TicketBackend): TicketJourneys {
  const ways = new Map<TicketId, Way>();
  let cursor: Cursor | undefined;

  return {
    async advance() {
      if (backend.watch === undefined) {
        throw new TicketError("UNSUPPORTED", `the ${backend.name} backend keeps no history`, {
          what: "watch",
        });
      }
      for await (const change of backend.watch(cursor, { follow: false })) {
        cursor = change.cursor;
        const state = change.after?.ticket.state;
        if (state === undefined) ways.delete(change.id);
        else if (state !== change.before?.ticket.state) follow(ways, change.id, state, Date.parse(change.at));
      }
    },
    of(id) {
      const way = ways.get(id);
      return way === undefined ? undefined : { enteredAtMs: way.enteredAtMs, rounds: way.rounds };
    },
  };
}

function follow(ways: Map<TicketId, Way>, id: TicketId, state: string, atMs: number): void {
  const way = ways.get(id);
  if (way === undefined) {
    ways.set(id, { enteredAtMs: atMs, visited: [state], rounds: 0 });
    return;
  }
  way.enteredAtMs = atMs;
  const earlier = way.visited.indexOf(state);
  if (earlier < 0) way.visited.push(state);
  else {
    // The states after it will be entered again: only a second way back through them is another round.
    way.visited.length = earlier + 1;
    way.rounds += 1;
  }
}
