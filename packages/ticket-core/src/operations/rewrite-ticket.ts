import type { ThreadEntry, TicketRequirement } from "../backend.js";
import { isTicketError, TicketError } from "../errors.js";
import { findType, needsWorkflow, transitionBetween } from "../legality.js";
import { withParsers } from "../parser-port.js";
import type { OperationId, Ticket, TicketId, TicketRecord, Timestamp } from "../ticket.js";
import { changesNothing, timestampOf } from "../ticket-changes.js";
import type { TicketTransition } from "../ticket-type.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { checkWorkable } from "./check-workable.js";
import { conflictWith, once, submit, writtenRecord } from "./commit-once.js";
import { checkNewDependencies } from "./dependency-check.js";
import { findId, readRecord } from "./find-ticket.js";

/** Writers that may come first before we give up: more than ever write to one ticket at once. */
const maxAttempts = 100;

export interface Rewrite {
  readonly subject: string | ((base: Ticket, next: Ticket) => string);
  /**
   * What happens when another write came first. `always`: the change is made again on what is there now. `unit`: only while state, assignee and
   * epoch are as they were. `never`: what was decided on one revision is not applied to another.
   */
  readonly reapply: "always" | "unit" | "never";
  /** The ticket as it shall be, and the tickets that were read to decide. `at` is the moment of this write. */
  readonly change: (record: TicketRecord, at: Timestamp) => Rewritten | Promise<Rewritten>;
  readonly override?: string | undefined;
}

export interface Rewritten {
  readonly next: Ticket;
  readonly requires?: readonly TicketRequirement[] | undefined;
  /** Exact text of `next`, `updatedAt` included. */
  readonly verbatim?: string | undefined;
  /** Entries for a thread beside the text. */
  readonly entries?: readonly ThreadEntry[] | undefined;
}

/** Finds the ticket that a person's text names and rewrites it, once per operation id. */
export function rewriteNamed<Context extends WriteContext>(
  ports: TicketsPorts,
  text: string,
  context: Context,
  rewrite: (id: TicketId) => Rewrite | Promise<Rewrite>,
): Promise<TicketRecord> {
  return once(ports, context, async (running) => {
    const id = await findId(ports.backend, text, "write");
    return rewriteTicket(ports, id, running, await rewrite(id));
  });
}

/** Reads, changes, commits, as often as `reapply` allows. Sets `updatedAt`. A change that changes nothing writes nothing. */
export async function rewriteTicket(
  ports: TicketsPorts,
  id: TicketId,
  context: WriteContext & { readonly operationId: OperationId },
  rewrite: Rewrite,
): Promise<TicketRecord> {
  let first: TicketRecord | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const record = await readRecord(ports.backend, id);
    first ??= record;
    await refuseOtherRevision(ports, record, first, context, rewrite.reapply);
    const at = timestampOf(ports.now());
    const rewritten = await withParsers(() => rewrite.change(record, at));
    const { next: wanted, requires = [], verbatim, entries = [] } = rewritten;
    const isSame = changesNothing(record.ticket, wanted) && entries.length === 0;
    if (verbatim === undefined && isSame) return record;
    const next = verbatim === undefined ? { ...wanted, updatedAt: at } : wanted;
    const walked = await checkNewDependencies(ports.backend, record.ticket, next);
    const { subject, override = context.override } = rewrite;
    try {
      const receipt = await submit(ports, context, {
        at,
        subject: typeof subject === "string" ? subject : subject(record.ticket, next),
        changes: [
          {
            id,
            expected: record.revision,
            next,
            ...(verbatim !== undefined && { verbatim }),
            ...(entries.length > 0 && { entries }),
          },
        ],
        requires: withoutRepeats([...requires, ...walked]),
        override,
      });
      return writtenRecord(receipt, id);
    } catch (error) {
      if (!isTicketError(error, "TICKET_CONFLICT") || attempt >= maxAttempts) throw error;
      const isTarget = error.data.id === id;
      if (isTarget && (rewrite.reapply === "never" || context.expected !== undefined)) throw error;
    }
  }
}

/** A write that is bound to a revision (by the caller, or since it must not be made twice) stops when it finds another one. */
async function refuseOtherRevision(
  ports: TicketsPorts,
  record: TicketRecord,
  first: TicketRecord,
  context: WriteContext,
  reapply: Rewrite["reapply"],
): Promise<void> {
  const bound = context.expected ?? (reapply === "never" ? first.revision : undefined);
  const isOther = bound !== undefined && bound !== record.revision;
  const isMoved = reapply === "unit" && !isSameUnit(first.ticket, record.ticket);
  if (isOther || isMoved) throw await conflictWith(ports, record, bound ?? first.revision);
}

/** State, assignee and epoch are one unit: compared and swapped, never merged. */
export function isSameUnit(left: Ticket, right: Ticket): boolean {
  return (
    left.state === right.state &&
    left.assignedAgentId === right.assignedAgentId &&
    left.leaseEpoch === right.leaseEpoch
  );
}

function withoutRepeats(requires: readonly TicketRequirement[]): readonly TicketRequirement[] {
  return [...new Map(requires.map((requirement) => [requirement.id, requirement])).values()];
}

/** Refuses an edge that asks for more than a write, unless the caller has seen to that. @throws TRANSITION_NEEDS_WORKFLOW */
export function refuseGuardedEdge(
  ticket: Ticket,
  edge: TicketTransition | undefined,
  context: { readonly unguarded?: boolean | undefined; readonly override?: string | undefined },
  isRefused: (edge: TicketTransition) => boolean = needsWorkflow,
): void {
  if (edge === undefined || !isRefused(edge) || context.unguarded || context.override !== undefined) return;
  throw new TicketError(
    "TRANSITION_NEEDS_WORKFLOW",
    `From '${edge.from}' to '${edge.to}' ${ticket.id} needs more than a write (guards, hooks, a claim or a merge)`,
    { id: ticket.id, from: edge.from, to: edge.to },
    { hint: "Open the project and use its transition, which does all that." },
  );
}

/**
 * What an edit of the whole ticket becomes when it moves the state: refused where the edge needs the workflow or claims what cannot be worked
 * on now, else with the effects of the edge, which a person who edits a file does not write down.
 */
export async function settleMove(
  ports: TicketsPorts,
  base: Ticket,
  next: Ticket,
  context: WriteContext & { readonly unguarded?: boolean | undefined },
): Promise<{ readonly next: Ticket; readonly requires: readonly TicketRequirement[] }> {
  const edge =
    base.state === next.state
      ? undefined
      : transitionBetween(findType(ports.types, base.type), base.state, next.state);
  refuseGuardedEdge(base, edge, context);
  const requires = edge?.effects.includes("claim") ? await checkWorkable(ports, next, context) : [];
  return { next: withEffects(base, next, edge), requires };
}

function withEffects(base: Ticket, next: Ticket, edge: TicketTransition | undefined): Ticket {
  if (next.leaseEpoch !== base.leaseEpoch) return next;
  const leaseEpoch = base.leaseEpoch + 1;
  if (edge?.effects.includes("release")) {
    return { ...next, leaseEpoch, assignedAgentId: undefined, assignedAt: undefined };
  }
  // Whoever it is taken from is fenced, as by `assign` and `unassign`.
  const holder = base.assignedAgentId;
  const isTaken = holder !== undefined && holder !== next.assignedAgentId;
  return isTaken || edge?.effects.includes("claim") ? { ...next, leaseEpoch } : next;
}
