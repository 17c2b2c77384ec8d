import type { TicketId } from "@wiggum/ticket-core";
import type { SupervisedTicket, SupervisorAction, SupervisorFacts } from "./supervisor-facts.js";

/** What is merged in this tick, and what is done and has to wait for other work. */
export interface PlannedMerges {
  readonly actions: readonly SupervisorAction[];
  /** Done tickets that are built on one that is not done any more, or that nobody merges before a person acts. */
  readonly held: readonly { readonly ticketId: TicketId; readonly waitsFor: TicketId }[];
}

const reason = "done, and the base branch lacks it";

/**
 * Which of the unmerged are merged now: each by itself, or as one batch of at most `mergeBatch`. In a batch, a ticket comes after those that it is
 * built on, and not at all while one of them is not to be merged: it would bring that work with it.
 */
export function planMerges(
  facts: Pick<SupervisorFacts, "isAutoMerge" | "unmerged" | "mergeBatch" | "isMerging">,
  tickets: ReadonlyMap<TicketId, SupervisedTicket>,
  pendingHooks: ReadonlySet<TicketId>,
): PlannedMerges {
  if (!facts.isAutoMerge || facts.isMerging === true) return { actions: [], held: [] };
  const { unmerged, mergeBatch = 1 } = facts;
  const due = unmerged.filter((id) => tickets.get(id)?.needsPerson !== true && !pendingHooks.has(id));
  if (mergeBatch <= 1) {
    return { actions: due.map((ticketId) => ({ kind: "merge", ticketId, reason })), held: [] };
  }
  const lacking = new Set(unmerged);
  const ordered = new Set<TicketId>();
  const waitsFor = (id: TicketId) =>
    (tickets.get(id)?.dependsOn ?? []).find(
      (on) => !ordered.has(on) && (lacking.has(on) || tickets.get(on)?.isFinal === false),
    );
  for (let before = -1; before !== ordered.size; ) {
    before = ordered.size;
    for (const id of due) if (waitsFor(id) === undefined) ordered.add(id);
  }
  const ticketIds = [...ordered].slice(0, mergeBatch);
  return {
    actions: ticketIds.length === 0 ? [] : [{ kind: "merge-batch", ticketIds, reason }],
    held: due.flatMap((ticketId) => {
      const on = waitsFor(ticketId);
      return on === undefined ? [] : [{ ticketId, waitsFor: on }];
    }),
  };
}
