import type { ListedTicket } from "./listed-ticket.js";
import { byIdOf, byIdOrder } from "./ticket-lines.js";

/** Most cycles that are looked for: tightly knotted tickets can have more of them than there are atoms. */
export const mostCycles = 1000;

/** Cycles among tickets that are not over. */
export interface DependencyCycles {
  /** Each once, beginning with its smallest id, in order of that id, then of the rest; the way back is not repeated. */
  readonly cycles: readonly (readonly string[])[];
  /** There are more than `mostCycles`. */
  readonly isCut: boolean;
}

/**
 * Finds every way round once: tickets that only lead into a cycle are in none. Follows Johnson (1975): from each id in order, among ids that are not
 * smaller and can come back to it, with dead ends blocked until something opens them.
 */
export function dependencyCycles(tickets: readonly ListedTicket[]): DependencyCycles {
  const open = byIdOf(tickets.filter(({ isOver }) => !isOver));
  const edges = new Map(
    [...open.values()].map(({ id, deps }) => [
      id,
      [...new Set(deps)].filter((dependency) => open.has(dependency)).sort(byIdOrder),
    ]),
  );
  const into = new Map<string, string[]>();
  for (const [id, dependencies] of edges) {
    for (const dependency of dependencies) into.set(dependency, [...(into.get(dependency) ?? []), id]);
  }
  const cycles: (readonly string[])[] = [];
  const isInCycle = cyclicIds(edges, into);
  for (const start of [...isInCycle].sort(byIdOrder)) {
    const allowed = returning(start, into, isInCycle);
    for (const cycle of cyclesFrom(start, edges, allowed)) {
      if (cycles.length === mostCycles) return { cycles, isCut: true };
      cycles.push(cycle);
    }
  }
  return { cycles, isCut: false };
}

type Edges = ReadonlyMap<string, readonly string[]>;

/** Ids that may be in a cycle: what remains when those without a way in or out are taken away again and again. */
function cyclicIds(edges: Edges, into: Edges): ReadonlySet<string> {
  const left = new Set(edges.keys());
  for (const [here, there] of [
    [edges, into],
    [into, edges],
  ] as const) {
    const open = new Map(
      [...left].map((id) => [id, (here.get(id) ?? []).filter((other) => left.has(other)).length]),
    );
    const queue = [...left].filter((id) => open.get(id) === 0);
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      left.delete(id);
      for (const other of there.get(id) ?? []) {
        const count = (open.get(other) ?? 0) - 1;
        open.set(other, count);
        if (count === 0 && left.has(other)) queue.push(other);
      }
    }
  }
  return left;
}

/** Ids that are not smaller than `start` and from which a way leads to it. */
function returning(start: string, into: Edges, among: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const before of into.get(id) ?? []) {
      if (found.has(before) || !among.has(before) || byIdOrder(before, start) < 0) continue;
      found.add(before);
      queue.push(before);
    }
  }
  return found;
}

function* cyclesFrom(
  start: string,
  edges: Edges,
  allowed: ReadonlySet<string>,
): Generator<readonly string[]> {
  const blocked = new Set<string>();
  const opens = new Map<string, Set<string>>();
  const unblock = (first: string) => {
    const queue = [first];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (!blocked.delete(id)) continue;
      queue.push(...(opens.get(id) ?? []));
      opens.delete(id);
    }
  };
  const enter = (id: string) => {
    blocked.add(id);
    const next = (edges.get(id) ?? []).filter((other) => allowed.has(other));
    return { id, next, at: 0, isFound: false };
  };
  const calls = [enter(start)];
  for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
    const next = call.next[call.at];
    call.at += 1;
    if (next === start) {
      yield calls.map(({ id }) => id);
      call.isFound = true;
    } else if (next !== undefined) {
      if (!blocked.has(next)) calls.push(enter(next));
    } else {
      calls.pop();
      const caller = calls.at(-1);
      if (call.isFound) {
        unblock(call.id);
        if (caller !== undefined) caller.isFound = true;
      } else {
        for (const other of call.next) opens.set(other, (opens.get(other) ?? new Set()).add(call.id));
      }
    }
  }
}

/** The lines of `dep cycle`, without line ends. */
export function cycleLines(
  { cycles }: DependencyCycles,
  tickets: readonly ListedTicket[],
): readonly string[] {
  const byId = byIdOf(tickets);
  return cycles.flatMap((cycle, index) => [
    ...(index === 0 ? [] : [""]),
    `Cycle ${index + 1}: ${[...cycle, cycle[0]].join(" -> ")}`,
    ...cycle.map((id) => `  ${id.padEnd(8)} [${byId.get(id)?.status ?? ""}] ${byId.get(id)?.title ?? ""}`),
  ]);
}
