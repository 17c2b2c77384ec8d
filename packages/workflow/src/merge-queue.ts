// The local merge queue: which finished tickets are tested together next, and what follows from what came of it. Pure.
import type { TicketId } from "@wiggum/ticket-core";

/** Tickets that are put on top of the base branch in this order, and tested as one. */
export interface QueueGroup {
  readonly tickets: readonly TicketId[];
  /**
   * `red`: the base branch as it is with exactly these on top of it failed. `red-after-previous`: it will be so once the group before this one is
   * merged, since both together failed.
   */
  readonly known: "nothing" | "red" | "red-after-previous";
}

/** What is still to be merged, in order. Only the first group is worked on. */
export interface MergeQueue {
  readonly groups: readonly QueueGroup[];
  /** The base branch as it is has passed the tests. Nobody is blamed before that is known. */
  readonly isBaseGreen: boolean;
  /** What each ticket is built on. */
  readonly dependsOn: ReadonlyMap<TicketId, readonly TicketId[]>;
}

/** What is to be done next. */
export type QueueStep =
  /** Test these on top of the base branch, and move it there if they pass; without tickets: test the base branch itself. */
  | { readonly kind: "test"; readonly tickets: readonly TicketId[] }
  /** This one alone makes the base branch red. */
  | { readonly kind: "blame"; readonly ticketId: TicketId }
  | { readonly kind: "over" };

/** What came of a step. */
export type QueueOutcome =
  /**
   * The base branch is where those of the group are merged that are not left out. `leftOut`: they do not go together with tickets before them in
   * the group; never the first one.
   */
  | { readonly kind: "green"; readonly leftOut: readonly TicketId[] }
  | { readonly kind: "red"; readonly leftOut: readonly TicketId[] }
  /** The base branch itself, tested without tickets, passes. */
  | { readonly kind: "base-green" }
  /** They passed, and the base branch cannot be moved to them as a whole. */
  | { readonly kind: "obstructed" }
  /** These are no longer the queue's: sent back, handed to a person. `isLost`: what is built on them cannot be merged, either. */
  | { readonly kind: "dropped"; readonly tickets: readonly TicketId[]; readonly isLost: boolean }
  /** Somebody else moved the base branch: what was tested before says nothing any more. */
  | { readonly kind: "moved" };

/** The queue after a step, and whom that settled. */
export interface SettledStep {
  readonly queue: MergeQueue;
  readonly merged: readonly TicketId[];
  /** They are built on a ticket that was dropped: nothing is known of them, and they wait for it. */
  readonly held: readonly TicketId[];
}

/** A queue of one group. The order has to put what a ticket is built on before it. */
export function startQueue(
  tickets: readonly { readonly id: TicketId; readonly dependsOn: readonly TicketId[] }[],
): MergeQueue {
  return {
    groups: groupOf(tickets.map(({ id }) => id)),
    isBaseGreen: false,
    dependsOn: new Map(tickets.map(({ id, dependsOn }) => [id, dependsOn])),
  };
}

/** All tickets that are still in it, in order. */
export function ticketsIn(queue: MergeQueue): readonly TicketId[] {
  return queue.groups.flatMap(({ tickets }) => tickets);
}

/** The next step. The same queue gives the same step. */
export function nextStep({ groups, isBaseGreen }: MergeQueue): QueueStep {
  const [first] = groups;
  const [ticketId] = first?.tickets ?? [];
  if (first === undefined || ticketId === undefined) return { kind: "over" };
  if (first.known !== "red") return { kind: "test", tickets: first.tickets };
  return isBaseGreen ? { kind: "blame", ticketId } : { kind: "test", tickets: [] };
}

/**
 * What follows from a step. A red group is halved: when its first half passes, the second half on top of that is the very tree that failed, so it is
 * known to be red and not tested again. `n` tickets with `k` culprits cost at most `2 + 2k⌈log₂ n⌉` tests, and never more than `2n`.
 */
export function settleStep(queue: MergeQueue, outcome: QueueOutcome): SettledStep {
  const [first = { tickets: [], known: "nothing" }, ...rest] = queue.groups;
  switch (outcome.kind) {
    case "green": {
      const [tested, leftOut] = parted(first.tickets, outcome.leftOut);
      const next = rest.map((group, index) =>
        index > 0 || group.known !== "red-after-previous"
          ? group
          : { ...group, known: leftOut.length === 0 ? ("red" as const) : ("nothing" as const) },
      );
      return settled({ ...queue, isBaseGreen: true, groups: [...next, ...groupOf(leftOut)] }, tested);
    }
    case "red": {
      const [tested, leftOut] = parted(first.tickets, outcome.leftOut);
      const groups = [...groupOf(tested, "red"), ...doubted(rest), ...groupOf(leftOut)];
      return settled({ ...queue, groups });
    }
    case "base-green":
      return settled({ ...queue, isBaseGreen: true });
    case "obstructed": {
      const [one, other] = halves(first.tickets);
      return settled({ ...queue, groups: [...groupOf(one), ...groupOf(other), ...doubted(rest)] });
    }
    case "dropped": {
      const gone = new Set(outcome.tickets);
      const held = outcome.isLost ? builtOn(queue, gone) : [];
      const out = new Set([...gone, ...held]);
      return { ...settled({ ...queue, groups: without(queue.groups, out) }), held };
    }
    case "moved": {
      const groups = queue.groups.map(({ tickets }) => ({ tickets, known: "nothing" as const }));
      return settled({ ...queue, isBaseGreen: false, groups });
    }
  }
}

function settled(queue: MergeQueue, merged: readonly TicketId[] = []): SettledStep {
  return { queue: { ...queue, groups: halved(queue.groups) }, merged, held: [] };
}

/** A red group of several is never the first: which of them it is has to be found. */
function halved(groups: readonly QueueGroup[]): readonly QueueGroup[] {
  const [first, ...rest] = groups;
  if (first === undefined || first.known !== "red" || first.tickets.length < 2) return groups;
  const [one, other] = halves(first.tickets);
  return [...groupOf(one), ...groupOf(other, "red-after-previous"), ...rest];
}

function halves(tickets: readonly TicketId[]): readonly [readonly TicketId[], readonly TicketId[]] {
  const middle = Math.ceil(tickets.length / 2);
  return [tickets.slice(0, middle), tickets.slice(middle)];
}

/** The group before the first of these was not merged as it was tested. */
function doubted(groups: readonly QueueGroup[]): readonly QueueGroup[] {
  return groups.map((group, index) =>
    index === 0 && group.known === "red-after-previous" ? { ...group, known: "nothing" } : group,
  );
}

/** Whatever a group that loses one of its tickets was known for was said of all of them, and of what comes next. */
function without(groups: readonly QueueGroup[], out: ReadonlySet<TicketId>): readonly QueueGroup[] {
  const left: QueueGroup[] = [];
  let isChanged = false;
  for (const { tickets, known } of groups) {
    const staying = tickets.filter((id) => !out.has(id));
    const isDoubted = staying.length < tickets.length || (isChanged && known === "red-after-previous");
    isChanged = staying.length < tickets.length || (isChanged && staying.length === 0);
    left.push(...groupOf(staying, isDoubted ? "nothing" : known));
  }
  return left;
}

/** Tickets of the queue that are built on one of these, over any number of steps. */
function builtOn(queue: MergeQueue, gone: ReadonlySet<TicketId>): readonly TicketId[] {
  const found = new Set<TicketId>();
  const lost = (id: TicketId) => gone.has(id) || found.has(id);
  const tickets = ticketsIn(queue).filter((id) => !gone.has(id));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const id of tickets) if ((queue.dependsOn.get(id) ?? []).some(lost)) found.add(id);
  }
  return tickets.filter((id) => found.has(id));
}

function parted(
  tickets: readonly TicketId[],
  leftOut: readonly TicketId[],
): readonly [readonly TicketId[], readonly TicketId[]] {
  const isOut = new Set(leftOut);
  return [tickets.filter((id) => !isOut.has(id)), tickets.filter((id) => isOut.has(id))];
}

function groupOf(
  tickets: readonly TicketId[],
  known: QueueGroup["known"] = "nothing",
): readonly QueueGroup[] {
  return tickets.length === 0 ? [] : [{ tickets, known }];
}
