/** What a ticket depends on; each once, all of them known. */
export type ChildrenOf = (id: string) => readonly string[];

/** How far from the root tickets are, and how far what hangs below them. */
export interface TreeDepths {
  /** The longest way from the root to each ticket below it. */
  readonly distance: ReadonlyMap<string, number>;
  /** The largest distance of any ticket that can be reached from this one, itself included. */
  readonly subtreeDepth: ReadonlyMap<string, number>;
}

/**
 * Longest ways from the root. Where dependencies go in a circle there is no longest way: the edge that leads back to a ticket above is left out,
 * found from the root by order of ids. No recursion: a chain may be as long as the store.
 */
export function treeDepths(root: string, childrenOf: ChildrenOf): TreeDepths {
  const forward = new Map<string, readonly string[]>();
  const finished = finishingOrder(root, childrenOf, forward);
  const distance = new Map([[root, 0]]);
  for (const id of finished.toReversed()) {
    const next = (distance.get(id) ?? 0) + 1;
    for (const child of forward.get(id) ?? []) distance.set(child, Math.max(distance.get(child) ?? 0, next));
  }
  const subtreeDepth = new Map<string, number>();
  for (const id of finished) {
    const below = (forward.get(id) ?? []).map((child) => subtreeDepth.get(child) ?? 0);
    subtreeDepth.set(
      id,
      below.reduce((most, depth) => Math.max(most, depth), distance.get(id) ?? 0),
    );
  }
  return { distance, subtreeDepth };
}

/** Every reachable id after all that it depends on; `forward` gets the edges that do not lead back. */
function finishingOrder(
  root: string,
  childrenOf: ChildrenOf,
  forward: Map<string, readonly string[]>,
): readonly string[] {
  const finished: string[] = [];
  const onPath = new Set<string>();
  const enter = (id: string) => {
    onPath.add(id);
    const children = childrenOf(id)
      .filter((child) => !onPath.has(child))
      .toSorted();
    forward.set(id, children);
    return { id, rest: children[Symbol.iterator]() };
  };
  const calls = [enter(root)];
  for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
    const { value: child, done } = call.rest.next();
    if (done) {
      calls.pop();
      onPath.delete(call.id);
      finished.push(call.id);
    } else if (!forward.has(child)) calls.push(enter(child));
  }
  return finished;
}
