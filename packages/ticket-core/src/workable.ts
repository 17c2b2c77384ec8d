// Which tickets can be claimed now, and why the others cannot. Pure: the tickets are handed in.
import { cycleThrough, cyclicGroups } from "./cycles.js";
import { findState, findType, isClaimableState, isDelivered, isHeldInPlace } from "./legality.js";
import { printable } from "./printable.js";
import type { TicketFacts, TicketId, TicketSummary } from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";
import type { BlockingReason } from "./tickets.js";

/** The tickets that an answer is computed from. */
export interface TicketWorld {
  readonly types: TicketTypes;
  record(id: TicketId): TicketSummary | undefined;
  /** There is something under this id, but it cannot be read. */
  isUnreadable(id: TicketId): boolean;
}

/** A world of these records; `unreadable` are ids under which something lies that is no readable ticket. */
export function createTicketWorld(
  types: TicketTypes,
  records: Iterable<TicketSummary>,
  unreadable: Iterable<TicketId> = [],
): TicketWorld {
  const byId = new Map<TicketId, TicketSummary>();
  for (const record of records) byId.set(record.ticket.id, record);
  const broken = new Set(unreadable);
  return { types, record: (id) => byId.get(id), isUnreadable: (id) => broken.has(id) };
}

/** Why nobody may claim this ticket now, its state apart; empty = dependencies are delivered and nobody must act. */
export function blockingReasons(ticket: TicketFacts, world: TicketWorld): readonly BlockingReason[] {
  const reasons: BlockingReason[] = [];
  if (ticket.actionRequired !== undefined) {
    reasons.push({ kind: "action-required", actionRequired: ticket.actionRequired });
  }
  for (const id of new Set(ticket.dependsOn)) {
    const reason = dependencyReason(id, world);
    if (reason !== undefined) reasons.push(reason);
  }
  if (reasons.some((reason) => reason.kind === "dependency") && mayBeInCycle(ticket.id, world)) {
    const path = cycleThrough(ticket.id, (id) => openDependencies(id, world));
    if (path !== undefined) reasons.push({ kind: "cycle", path });
  }
  return reasons;
}

function dependencyReason(id: TicketId, world: TicketWorld): BlockingReason | undefined {
  const dependency = world.record(id)?.ticket;
  if (dependency === undefined) return { kind: world.isUnreadable(id) ? "unreadable" : "missing", id };
  if (isDelivered(world.types, dependency)) return undefined;
  const { state } = dependency;
  const isOver = findState(findType(world.types, dependency.type), state)?.final ?? false;
  return { kind: isOver ? "undelivered" : "dependency", id, state };
}

/** Ids of which it is known that no cycle runs through them: of a long chain each asks about all that are below it. */
const inNoCycle = new WeakMap<TicketWorld, Set<TicketId>>();

function mayBeInCycle(id: TicketId, world: TicketWorld): boolean {
  const free = inNoCycle.get(world) ?? new Set();
  inNoCycle.set(world, free);
  if (free.has(id)) return false;
  const linksOf = (each: TicketId) => (free.has(each) ? [] : openDependencies(each, world));
  for (const group of cyclicGroups([id], linksOf)) {
    const [only] = group;
    if (only !== undefined && group.length === 1 && !linksOf(only).includes(only)) free.add(only);
  }
  return !free.has(id);
}

/** Dependencies that are not delivered yet: a cycle through a delivered ticket holds nobody up. */
function openDependencies(id: TicketId, world: TicketWorld): readonly TicketId[] {
  const ticket = world.record(id)?.ticket;
  return ticket === undefined || isDelivered(world.types, ticket) ? [] : ticket.dependsOn;
}

/** Can this ticket be claimed now? */
export function isReady(ticket: TicketFacts, world: TicketWorld): boolean {
  const isFree = isClaimableState(world.types, ticket) && !isHeldInPlace(world.types, ticket);
  return isFree && blockingReasons(ticket, world).length === 0;
}

/** Names of all states, of any type, in which tickets may be claimed. */
export function claimableStates(types: TicketTypes): readonly string[] {
  const states = Object.values(types.types).flatMap((type) => type.states);
  return [...new Set(states.filter((state) => state.claimable).map((state) => state.name))];
}

/** A reason in words, for messages: `tk-1a2b (in-progress)`. Control characters are escaped. */
export function describeReason(reason: BlockingReason): string {
  return printable(wordsFor(reason));
}

function wordsFor(reason: BlockingReason): string {
  switch (reason.kind) {
    case "dependency":
      return `${reason.id} (${reason.state})`;
    case "undelivered":
      return `${reason.id} (${reason.state}: over, but not delivered)`;
    case "missing":
      return `${reason.id} (not found)`;
    case "unreadable":
      return `${reason.id} (cannot be read)`;
    case "cycle":
      return `cycle ${reason.path.join(" → ")}`;
    case "action-required":
      return `a person must act: ${reason.actionRequired.reason}`;
  }
}
