import type { ListedTicket } from "./listed-ticket.js";
import { byIdOrder, shortLine } from "./ticket-lines.js";
import { treeDepths } from "./tree-depths.js";

/**
 * The lines of `dep tree`, without line ends. Dependencies without a file are left out, and so is a ticket that stands above itself. Normally each
 * ticket stands once, where it is farthest from the root; with `full` everywhere, which may be any number of lines: they are made one by one.
 */
export function* dependencyTree(
  root: string,
  byId: ReadonlyMap<string, ListedTicket>,
  { full }: { readonly full: boolean },
): Generator<string> {
  const known = (id: string) => [...new Set(byId.get(id)?.deps)].filter((dependency) => byId.has(dependency));
  const { distance, subtreeDepth } = treeDepths(root, known);
  const ordered = new Map<string, readonly string[]>();
  const childrenOf = (id: string) => {
    const found = ordered.get(id);
    if (found !== undefined) return found;
    const depth = (child: string) => subtreeDepth.get(child) ?? 0;
    const sorted = known(id).sort((left, right) => depth(left) - depth(right) || byIdOrder(left, right));
    ordered.set(id, sorted);
    return sorted;
  };

  const shown = new Set([root]);
  const onPath = new Set([root]);
  const select = (id: string, level: number) =>
    childrenOf(id).filter(
      (child) => !onPath.has(child) && (full || (!shown.has(child) && distance.get(child) === level)),
    );
  yield shortLine(root, byId.get(root));
  const calls = [{ id: root, prefix: "", children: select(root, 1), next: 0 }];
  for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
    const child = call.children[call.next];
    if (child === undefined) {
      calls.pop();
      onPath.delete(call.id);
      continue;
    }
    call.next += 1;
    const isLast = call.next === call.children.length;
    yield `${call.prefix}${isLast ? "└── " : "├── "}${shortLine(child, byId.get(child))}`;
    shown.add(child);
    onPath.add(child);
    const prefix = `${call.prefix}${isLast ? "    " : "│   "}`;
    calls.push({ id: child, prefix, children: select(child, calls.length + 1), next: 0 });
  }
}
