// Names of objects as git knows them: an id, `<commit>^{tree}`, `<commit>:<path>`.
import type { ObjectId } from "../objects.js";
import { unclear } from "./found.js";
import type { LookUp } from "./object-look-up.js";

const idLength = 40;
const idPattern = /^[0-9a-f]{40}$/;

/** The id that a name stands for; `undefined` = there is no such thing. */
export function resolveName(
  lookUp: Pick<LookUp, "read">,
  name: string,
): ObjectId | undefined | typeof unclear {
  const id = name.slice(0, idLength);
  if (!idPattern.test(id)) return unclear;
  const rest = name.slice(idLength);
  if (rest === "") return id;
  if (rest === "^{tree}") return treeOf(lookUp, id)?.id ?? unclear;
  if (!rest.startsWith(":")) return unclear;
  const path = rest.slice(1).split("/");
  // Those mean something else, or nothing, to git.
  if (path.some((part) => part === "" || part === "." || part === "..")) return unclear;
  return followPath(lookUp, id, path);
}

interface Tree {
  readonly id: ObjectId;
  readonly content: Buffer;
}

/** The tree of a commit, or the tree itself; `undefined` = that is not known here. */
function treeOf(lookUp: Pick<LookUp, "read">, id: ObjectId): Tree | undefined {
  const found = lookUp.read(id);
  if (found === undefined || found === unclear) return undefined;
  if (found.type === "tree") return { id, content: found.content };
  const tree = /^tree ([0-9a-f]{40})\n/.exec(found.content.toString("latin1", 0, 64))?.[1];
  return found.type === "commit" && tree !== undefined ? treeOf(lookUp, tree) : undefined;
}

function followPath(
  lookUp: Pick<LookUp, "read">,
  from: ObjectId,
  path: readonly string[],
): ObjectId | undefined | typeof unclear {
  let id = from;
  let isFolder = true;
  for (const part of path) {
    if (!isFolder) return undefined;
    const tree = treeOf(lookUp, id);
    if (tree === undefined) return unclear;
    const entry = findEntry(tree.content, Buffer.from(part, "utf8"));
    if (entry === undefined || entry === unclear) return entry;
    ({ id, isFolder } = entry);
  }
  return id;
}

/** One entry of a raw tree by its name, without taking the others apart. */
function findEntry(
  tree: Buffer,
  name: Buffer,
): { readonly id: ObjectId; readonly isFolder: boolean } | undefined | typeof unclear {
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const end = tree.indexOf(0, space + 1);
    if (space === -1 || end === -1 || end + 1 + idLength / 2 > tree.length) return unclear;
    if (end - space - 1 === name.length && tree.compare(name, 0, name.length, space + 1, end) === 0) {
      const mode = tree.toString("latin1", at, space);
      return { id: tree.toString("hex", end + 1, end + 1 + idLength / 2), isFolder: /^0*40000$/.test(mode) };
    }
    at = end + 1 + idLength / 2;
  }
  return undefined;
}
