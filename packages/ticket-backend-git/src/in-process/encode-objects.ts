// Trees and commits as bytes, exactly as `git mktree` and `git commit-tree` make them.
import { wiggumIdentity } from "@wiggum/git";
import type { NewStoreCommit, TreeEntry } from "../objects.js";

/** Those that trees are full of. */
const usualModes: ReadonlySet<string> = new Set(["100644", "40000"]);

/** `undefined` = git would refuse or change it: git's to say. */
export function encodeTree(entries: readonly TreeEntry[], idBytes: number): Buffer | undefined {
  const isOrdinary = entries.every(
    ({ mode, name, id }) =>
      (usualModes.has(mode) || /^0*[1-7][0-7]{4,5}$/.test(mode)) &&
      name !== "" &&
      !/[/\0]|[^\0-\xff]/.test(name) &&
      id.length === idBytes * 2,
  );
  if (!isOrdinary) return undefined;
  const keyed = entries.map((entry) => ({ entry, key: orderKey(entry) }));
  // Characters are bytes here, so this is the order of bytes. Mostly they come in it.
  const isSorted = keyed.every(({ key }, place) => place === 0 || (keyed[place - 1]?.key ?? "") <= key);
  if (!isSorted) keyed.sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)));
  const heads = keyed.map(
    ({ entry: { mode, name } }) => `${mode.startsWith("0") ? mode.replace(/^0+/, "") : mode} ${name}\0`,
  );
  const tree = Buffer.allocUnsafe(heads.reduce((sum, head) => sum + head.length + idBytes, 0));
  let at = 0;
  for (const [place, head] of heads.entries()) {
    at += tree.write(head, at, "latin1");
    // Stops where a character is no digit.
    if (tree.write(keyed[place]?.entry.id ?? "", at, idBytes, "hex") !== idBytes) return undefined;
    at += idBytes;
  }
  return tree;
}

/** A folder stands in a tree as if its name ended in a slash. */
export function orderKey({ mode, name }: Pick<TreeEntry, "mode" | "name">): string {
  if (mode === "100644") return name;
  return mode === "40000" || /^0*40000$/.test(mode) ? `${name}/` : name;
}

/** `undefined` = git would refuse or change it: git's to say. */
export function encodeCommit(commit: NewStoreCommit): Buffer | undefined {
  const { tree, parents, message, authoredAtSeconds, committedAtSeconds } = commit;
  // git takes no NUL, leaves out a parent that is named twice, and rewrites what Unicode gives no meaning to.
  if (/[\0\ufdd0-\ufdef]|\p{Noncharacter_Code_Point}|\p{Surrogate}/u.test(message)) return undefined;
  if (new Set(parents).size !== parents.length) return undefined;
  const times = [authoredAtSeconds, committedAtSeconds];
  if (!times.every((time) => Number.isSafeInteger(time) && time >= 0)) return undefined;
  const who = `${wiggumIdentity.name} <${wiggumIdentity.email}>`;
  const header = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${who} ${authoredAtSeconds} +0000`,
    `committer ${who} ${committedAtSeconds} +0000`,
  ];
  return Buffer.from(`${header.join("\n")}\n\n${message}`, "utf8");
}
