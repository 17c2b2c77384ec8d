// Trees and commits as bytes, exactly as `git mktree` and `git commit-tree` make them.
import { wiggumIdentity } from "@wiggum/git";
import type { NewStoreCommit, TreeEntry } from "../objects.js";

/** `undefined` = git would refuse or change it: git's to say. */
export function encodeTree(entries: readonly TreeEntry[], idBytes: number): Buffer | undefined {
  const isOrdinary = entries.every(
    ({ mode, name, id }) =>
      /^0*[1-7][0-7]{4,5}$/.test(mode) &&
      name !== "" &&
      !/[/\0]|[^\0-\xff]/.test(name) &&
      /^[0-9a-f]+$/.test(id) &&
      id.length === idBytes * 2,
  );
  if (!isOrdinary) return undefined;
  const keyed = entries.map((entry) => ({ entry, key: orderKey(entry) }));
  // Characters are bytes here, so this is the order of bytes.
  keyed.sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)));
  return Buffer.concat(
    keyed.flatMap(({ entry: { mode, name, id } }) => [
      Buffer.from(`${mode.replace(/^0+/, "")} ${name}\0`, "latin1"),
      Buffer.from(id, "hex"),
    ]),
  );
}

/** A folder stands in a tree as if its name ended in a slash. */
export function orderKey({ mode, name }: Pick<TreeEntry, "mode" | "name">): string {
  return /^0*40000$/.test(mode) ? `${name}/` : name;
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
