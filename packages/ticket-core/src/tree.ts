import { cyclicGroups, type DependenciesOf } from "./cycles.js";
import type { TicketId, TicketSummary } from "./ticket.js";
import type { TicketTree } from "./tickets.js";

interface TreeNode extends TicketTree {
  readonly dependencies: TreeNode[];
}

/**
 * The dependencies of a ticket, theirs, and so on. Shared parts are one object, so that the size follows the tickets, not the paths.
 * In a cycle every member is shown once; where it comes again it is marked `repeated`, without children. No recursion: a chain may be long.
 */
export function dependencyTree(
  root: TicketId,
  record: (id: TicketId) => TicketSummary | undefined,
): TicketTree {
  const dependenciesOf: DependenciesOf = (id) => [...new Set(record(id)?.ticket.dependsOn ?? [])];
  const groups = cyclicGroups([root], dependenciesOf);
  const entries = entriesOf(root, groups, dependenciesOf);
  const trees = new Map<TicketId, TreeNode>();
  const node = (id: TicketId, repeated = false): TreeNode => {
    const found = record(id);
    return { id, ...(found && { record: found }), repeated, dependencies: [] };
  };
  // Groups come after everything that they depend on, so children outside of the group are there when it is made.
  for (const group of groups) {
    const members = new Set(group);
    for (const entry of group.filter((id) => entries.has(id))) {
      const top = node(entry);
      const shown = new Set([entry]);
      for (const open = [top]; open.length > 0; ) {
        const parent = open.pop() ?? top;
        for (const child of dependenciesOf(parent.id)) {
          const isNew = members.has(child) && !shown.has(child);
          const tree = members.has(child) ? node(child, !isNew) : (trees.get(child) ?? node(child));
          parent.dependencies.push(tree);
          if (!isNew) continue;
          shown.add(child);
          open.push(tree);
        }
      }
      trees.set(entry, top);
    }
  }
  return trees.get(root) ?? node(root);
}

/** The root, and every id that something outside of its own group depends on. */
function entriesOf(
  root: TicketId,
  groups: readonly (readonly TicketId[])[],
  dependenciesOf: DependenciesOf,
): ReadonlySet<TicketId> {
  const groupOf = new Map(groups.flatMap((group, index) => group.map((id) => [id, index] as const)));
  const entries = new Set([root]);
  for (const [id, group] of groupOf) {
    for (const child of dependenciesOf(id)) if (groupOf.get(child) !== group) entries.add(child);
  }
  return entries;
}
