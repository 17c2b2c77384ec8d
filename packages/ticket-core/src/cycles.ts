// Paths and cycles in a graph of ids. No recursion: a chain of dependencies may be as long as the store.
import type { TicketId } from "./ticket.js";

/** What an id depends on; empty for an unknown one. */
export type DependenciesOf = (id: TicketId) => readonly TicketId[];

/** Shortest path from one id to another along dependencies, both ends included; undefined = there is none. `from` = `to` asks for a cycle. */
export function pathBetween(
  from: TicketId,
  to: TicketId,
  dependenciesOf: DependenciesOf,
): readonly TicketId[] | undefined {
  const cameFrom = new Map<TicketId, TicketId>();
  let frontier: readonly TicketId[] = [from];
  while (frontier.length > 0) {
    const following: TicketId[] = [];
    for (const id of frontier) {
      for (const dependency of dependenciesOf(id)) {
        if (dependency === to) return traceBack(id, from, cameFrom).concat(to);
        if (dependency === from || cameFrom.has(dependency)) continue;
        cameFrom.set(dependency, id);
        following.push(dependency);
      }
    }
    frontier = following;
  }
  return undefined;
}

function traceBack(last: TicketId, first: TicketId, cameFrom: ReadonlyMap<TicketId, TicketId>): TicketId[] {
  const path = [last];
  for (let id = last; id !== first; ) {
    const before = cameFrom.get(id);
    if (before === undefined) break;
    path.push(before);
    id = before;
  }
  return path.reverse();
}

/** The cycle that runs through this id, for example `[a, b, a]`; undefined = none does. */
export function cycleThrough(id: TicketId, dependenciesOf: DependenciesOf): readonly TicketId[] | undefined {
  return pathBetween(id, id, dependenciesOf);
}

/**
 * Groups of ids that reach one another (Tarjan), everything that a group depends on before the group itself. A group of one is a cycle only
 * when the id depends on itself.
 */
export function cyclicGroups(
  ids: Iterable<TicketId>,
  dependenciesOf: DependenciesOf,
): readonly (readonly TicketId[])[] {
  const groups: TicketId[][] = [];
  const index = new Map<TicketId, number>();
  const low = new Map<TicketId, number>();
  const onStack = new Set<TicketId>();
  const stack: TicketId[] = [];
  const enter = (id: TicketId) => {
    index.set(id, index.size);
    low.set(id, index.size - 1);
    stack.push(id);
    onStack.add(id);
    return { id, rest: dependenciesOf(id)[Symbol.iterator]() };
  };
  const lower = (id: TicketId, value: number | undefined) =>
    low.set(id, Math.min(low.get(id) ?? 0, value ?? 0));
  for (const root of ids) {
    if (index.has(root)) continue;
    const calls = [enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { value: dependency, done } = call.rest.next();
      if (!done) {
        if (!index.has(dependency)) calls.push(enter(dependency));
        else if (onStack.has(dependency)) lower(call.id, index.get(dependency));
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) lower(caller.id, low.get(call.id));
      if (low.get(call.id) !== index.get(call.id)) continue;
      const group = stack.splice(stack.lastIndexOf(call.id));
      for (const id of group) onStack.delete(id);
      groups.push(group);
    }
  }
  return groups;
}
