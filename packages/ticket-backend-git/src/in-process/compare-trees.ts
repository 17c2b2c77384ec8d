// What differs between two trees at their top, as `git diff-tree` tells it.
import { parseTree } from "../objects.js";
import { orderKey } from "./encode-objects.js";

interface Version {
  readonly mode: string;
  readonly id: string;
}

export interface TreeDifference {
  readonly name: string;
  readonly before?: Version | undefined;
  readonly after?: Version | undefined;
}

/** In the order of the trees. A file that became a folder is two differences, since both may stand beside one another. */
export function compareTrees(before: Buffer, after: Buffer, idBytes: number): readonly TreeDifference[] {
  if (before.equals(after)) return [];
  const old = versionsOf(before, idBytes);
  const differences = new Map<string, TreeDifference>();
  for (const [key, now] of versionsOf(after, idBytes)) {
    const was = old.get(key);
    old.delete(key);
    if (was?.id === now.id && was.mode === now.mode) continue;
    differences.set(key, { name: now.name, before: versionIn(was), after: versionIn(now) });
  }
  for (const [key, was] of old) {
    differences.set(key, { name: was.name, before: versionIn(was), after: undefined });
  }
  const order = (left: string, right: string) => (left < right ? -1 : Number(left > right));
  return [...differences].sort(([left], [right]) => order(left, right)).map(([, each]) => each);
}

function versionsOf(tree: Buffer, idBytes: number) {
  return new Map(
    parseTree(tree, idBytes).map(({ name, mode, id }) => {
      const plain = plainMode(mode);
      return [orderKey({ name, mode: plain }), { name, mode: plain, id }] as const;
    }),
  );
}

function versionIn(version: Version | undefined): Version | undefined {
  return version === undefined ? undefined : { mode: version.mode, id: version.id };
}

/** git knows two kinds of files, whatever rights an old one wrote into the tree. */
function plainMode(mode: string): string {
  const number = Number.parseInt(mode, 8);
  const kind = number & 0o170000;
  if (kind === 0o100000) return (number & 0o100) === 0 ? "100644" : "100755";
  if (kind === 0o120000) return "120000";
  return kind === 0o040000 ? "40000" : "160000";
}
