import {
  type Cursor,
  type Ticket,
  type TicketBackend,
  type TicketChange,
  TicketError,
  type TicketEvent,
  type TicketId,
} from "@wiggum/ticket-core";
import { findingsIn, type ReviewRound, roundsWithoutProgress } from "@wiggum/workflow";

/** What a ticket's history says that the ticket itself does not. */
export interface TicketJourney {
  readonly state: string;
  /** When it came into its present state, milliseconds since 1970, as the commit says (to the second). */
  readonly enteredAtMs: number;
  /** How often it was sent back into a state in which it had been before. */
  readonly rounds: number;
  /** How many of these in a row, up to the last, gained nothing. */
  readonly idleRounds: number;
  /** Did this agent move the ticket between these two moments (milliseconds since 1970)? */
  hasMoved(agentId: string, fromMs: number, untilMs: number): boolean;
}

interface Way {
  readonly state: string;
  readonly enteredAtMs: number;
  readonly visited: readonly string[];
  readonly rounds: number;
  /** What was handed in and found, each time that it was sent back; and what the next time is measured by. */
  readonly rejections: readonly ReviewRound[];
  readonly commit?: string | undefined;
  readonly findings: number;
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
 * Follows the whole history once and from then on only what is new, so that a supervisor's look costs what has changed. `events`: what was said
 * on a ticket.
 * @throws UNSUPPORTED by `advance` when the backend keeps no history
 */
export function createTicketJourneys(
  backend: TicketBackend,
  events: (ticket: Ticket) => Promise<readonly TicketEvent[]> = async () => [],
): TicketJourneys {
  const ways = new Map<TicketId, Way>();
  let cursor: Cursor | undefined;

  /** All feedback of the ticket, only where its state changes: nothing else is measured by it. */
  async function findingsOf({ after }: TicketChange, way: Way | undefined): Promise<readonly string[]> {
    if (after === undefined || way === undefined || after.ticket.state === way.state) return [];
    if (!way.visited.includes(after.ticket.state)) return [];
    return (await events(after.ticket)).filter(({ kind }) => kind === "feedback").map(({ text }) => text);
  }

  return {
    async advance() {
      if (backend.watch === undefined) {
        throw new TicketError("UNSUPPORTED", `the ${backend.name} backend keeps no history`, {
          what: "watch",
        });
      }
      for await (const change of backend.watch(cursor, { follow: false })) {
        cursor = change.cursor;
        const way = follow(ways.get(change.id), change, await findingsOf(change, ways.get(change.id)));
        if (way === undefined) ways.delete(change.id);
        else ways.set(change.id, way);
      }
    },
    of(id) {
      const way = ways.get(id);
      if (way === undefined) return undefined;
      const { state, enteredAtMs, rounds, rejections, moves } = way;
      return {
        state,
        enteredAtMs,
        rounds,
        idleRounds: roundsWithoutProgress(rejections),
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

function follow(way: Way | undefined, change: TicketChange, found: readonly string[]): Way | undefined {
  const ticket = change.after?.ticket;
  if (ticket === undefined) return undefined;
  const atMs = Date.parse(change.at);
  const { state } = ticket;
  if (way === undefined) {
    return { state, enteredAtMs: atMs, visited: [state], rounds: 0, rejections: [], findings: 0, moves: [] };
  }
  if (state === way.state) {
    // A person has acted: what failed before that is forgiven, else it would be escalated again at once.
    const isResolved =
      change.before?.ticket.actionRequired !== undefined && ticket.actionRequired === undefined;
    return isResolved ? { ...way, enteredAtMs: atMs, rounds: 0, rejections: [] } : way;
  }
  // Neither the claim nor its taking back was work: the attempts before it count on.
  if (change.cause?.startsWith(failedSpawn) && way.former?.state === state) return way.former;
  const { actor } = change;
  const moves = actor?.kind === "agent" ? [...way.moves, { agentId: actor.id, atMs }] : way.moves;
  const { former: _, ...before } = way;
  const earlier = way.visited.indexOf(state);
  const isBack = earlier >= 0;
  const commit = /\bhand-in of ([0-9a-f]{7,64})\b/.exec(change.cause ?? "")?.[1] ?? way.commit;
  const findings = found.slice(way.findings).flatMap(findingsIn);
  return {
    state,
    enteredAtMs: atMs,
    // The states after it will be entered again: only a second way back through them is another round.
    visited: isBack ? way.visited.slice(0, earlier + 1) : [...way.visited, state],
    rounds: isBack ? way.rounds + 1 : way.rounds,
    rejections: isBack ? [...way.rejections, { commit, findings }] : way.rejections,
    commit,
    findings: isBack ? found.length : way.findings,
    moves,
    former: before,
  };
}
