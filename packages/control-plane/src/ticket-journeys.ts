import {
  type Cursor,
  type TicketBackend,
  type TicketChange,
  TicketError,
  type TicketId,
} from "@wiggum/ticket-core";

/** What a ticket's history says that the ticket itself does not. */
export interface TicketJourney {
  readonly state: string;
  /** When it came into its present state, milliseconds since 1970, as the commit says (to the second). */
  readonly enteredAtMs: number;
  /** How often it was sent back into a state in which it had been before. */
  readonly rounds: number;
  /** Did this agent move the ticket between these two moments (milliseconds since 1970)? */
  hasMoved(agentId: string, fromMs: number, untilMs: number): boolean;
}

interface Way {
  readonly state: string;
  readonly enteredAtMs: number;
  readonly visited: readonly string[];
  readonly rounds: number;
  /** State changes that agents made themselves. */
  readonly moves: readonly AgentMove[];
  /** The way before its last change of state: what a spawn that failed goes back to. */
  readonly former?: Way | undefined;
}

interface AgentMove {
  readonly agentId: string;
  readonly atMs: number;
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
        const way = follow(ways.get(change.id), change);
        if (way === undefined) ways.delete(change.id);
        else ways.set(change.id, way);
      }
    },
    of(id) {
      const way = ways.get(id);
      if (way === undefined) return undefined;
      const { state, enteredAtMs, rounds, moves } = way;
      return {
        state,
        enteredAtMs,
        rounds,
        hasMoved: (agentId, fromMs, untilMs) =>
          moves.some(
            // Commit times are whole seconds: one of the second in which the time begins may belong to it.
            (move) =>
              move.agentId === agentId &&
              move.atMs >= Math.floor(fromMs / 1_000) * 1_000 &&
              move.atMs <= untilMs,
          ),
      };
    },
  };
}

/** Cause of the commit that gives a ticket back because its agent could not be started (and no word more of what hooks add). */
const failedSpawn = "spawn failed";

function follow(way: Way | undefined, change: TicketChange): Way | undefined {
  const ticket = change.after?.ticket;
  if (ticket === undefined) return undefined;
  const atMs = Date.parse(change.at);
  const { state } = ticket;
  if (way === undefined) return { state, enteredAtMs: atMs, visited: [state], rounds: 0, moves: [] };
  if (state === way.state) {
    // A person has acted: what failed before that is forgiven, else it would be escalated again at once.
    const isResolved =
      change.before?.ticket.actionRequired !== undefined && ticket.actionRequired === undefined;
    return isResolved ? { ...way, enteredAtMs: atMs, rounds: 0 } : way;
  }
  // Neither the claim nor its taking back was work: the attempts before it count on.
  if (change.cause?.startsWith(failedSpawn) && way.former?.state === state) return way.former;
  const { actor } = change;
  const moves = actor?.kind === "agent" ? [...way.moves, { agentId: actor.id, atMs }] : way.moves;
  const { former: _, ...before } = way;
  const earlier = way.visited.indexOf(state);
  const isBack = earlier >= 0;
  return {
    state,
    enteredAtMs: atMs,
    // The states after it will be entered again: only a second way back through them is another round.
    visited: isBack ? way.visited.slice(0, earlier + 1) : [...way.visited, state],
    rounds: isBack ? way.rounds + 1 : way.rounds,
    moves,
    former: before,
  };
}
