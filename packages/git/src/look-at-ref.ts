// A ref looked at in the repository's own files: to start git for it takes longer than most commands that ask.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "./create-git.js";

/**
 * What an ordinary repository's files say of a ref by its full name: the id that it holds, or that there is none. `unclear` = git is to be asked: a
 * linked worktree, refs that are no files, a name or a content that is not plain.
 */
export function lookAtRef(
  { options: { cwd, gitDirectory, env } }: Pick<Git, "options">,
  ref: string,
): { readonly id: string } | "absent" | "unclear" {
  if (env !== undefined || (cwd === undefined && gitDirectory === undefined)) return "unclear";
  if (!/^refs\/heads(?:\/[\w-][\w.-]*)+$/.test(ref) || /\.\.|\.lock(?:\/|$)|\.(?:\/|$)/.test(ref))
    return "unclear";
  const folder = gitDirectory ?? join(cwd ?? "", ".git");
  try {
    return isOrdinary(folder) ? read(folder, ref) : "unclear";
  } catch {
    // No folder, no permission, something that is no file: git says what it is.
    return "unclear";
  }
}

/** The whole of a repository lies here, and its refs are files. */
function isOrdinary(folder: string): boolean {
  const head = readFileSync(join(folder, "HEAD"), "latin1").trim();
  if (head === "ref: refs/heads/.invalid") return false;
  if (!/^(?:ref: refs\/\S+|[0-9a-f]{40}|[0-9a-f]{64})$/.test(head)) return false;
  const isThere = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  return !isThere("commondir") && !isThere("reftable") && isThere("objects") && isThere("refs");
}

/** `git pack-refs` writes the packed file first and then removes the loose one: loose, packed, and loose again. */
function read(folder: string, ref: string): ReturnType<typeof lookAtRef> {
  const loose = () => textOf(join(folder, ref));
  const text = loose() ?? packed(folder, ref) ?? loose();
  if (text === undefined) return "absent";
  const [, id] = /^([0-9a-f]{40}|[0-9a-f]{64})\n?$/.exec(text) ?? [];
  return id === undefined ? "unclear" : { id };
}

function packed(folder: string, ref: string): string | undefined {
  const text = textOf(join(folder, "packed-refs"));
  const at = text?.indexOf(` ${ref}\n`) ?? -1;
  return text === undefined || at === -1 ? undefined : text.slice(text.lastIndexOf("\n", at) + 1, at);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    // A folder bears the name where branches lie below it.
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
}
