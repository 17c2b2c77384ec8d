// Where linked worktrees are: git notes absolute paths on both sides, which lie once a repository was moved or copied with its worktrees.
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Git } from "./create-git.js";
import { commonDirectory } from "./repository.js";

/** git's own folder of a worktree as the file `.git` in it names it, links resolved where it exists; `undefined` = no such file. */
export function namedGitFolder(worktree: string): string | undefined {
  const link = join(worktree, ".git");
  if (lstatSync(link, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const named = /^gitdir: (.+?)\r?\n?$/s.exec(textOf(link) ?? "")?.[1];
  if (named === undefined) return undefined;
  const path = resolve(worktree, named);
  return realPathOf(path) ?? path;
}

/** `undefined` = gone since it was looked at, as when its worktree is being removed. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Where git looks for the worktree that this folder of its own is of, links resolved; `undefined` = it does not say. */
export function placeOf(own: string): string | undefined {
  try {
    const link = readFileSync(join(own, "gitdir"), "utf8").trimEnd();
    const folder = dirname(resolve(own, link));
    return realPathOf(folder) ?? folder;
  } catch {
    return undefined;
  }
}

/** Does the folder belong to another repository than the one of this common folder, and does that one exist? */
export function isElsewhere(folder: string, common: string): boolean {
  const own = namedGitFolder(folder);
  return own !== undefined && existsSync(join(own, "HEAD")) && dirname(dirname(own)) !== common;
}

/** A worktree that was tied to its repository again: where it is and where it was, as absolute paths. */
export interface MovedWorktree {
  readonly folder: string;
  readonly from: string;
}

/**
 * How a worktree stands to a repository that was moved or copied with it: `moved` = its `.git` leads to where the repository was, and nothing is
 * there; `copied` = the original is there, and has a worktree of its own; `undefined` = neither. `own` is the folder that git has for it
 * here. `common` = the folder that all worktrees share, links resolved.
 */
export function lookAtMovedWorktree(
  folder: string,
  common: string,
): { readonly kind: "moved" | "copied"; readonly own: string; readonly original: string } | undefined {
  const named = namedGitFolder(folder);
  if (named === undefined || basename(dirname(named)) !== "worktrees") return undefined;
  const own = join(common, "worktrees", basename(named));
  if (own === named || !existsSync(join(own, "HEAD"))) return undefined;
  const place = placeOf(own);
  const here = realPathOf(folder);
  // Tied to it on this side already, or to another folder that leads back: then it is not this one's.
  if (place === undefined || (place !== here && namedGitFolder(place) === own)) return undefined;
  const kind = existsSync(join(named, "HEAD")) ? "copied" : "moved";
  // Its own repository looks for it here: it is that one's, whatever this one has of the same name.
  if (kind === "copied" && (placeOf(named) === here || !existsSync(placeOf(named) ?? ""))) return undefined;
  return { kind, own, original: kind === "copied" ? (placeOf(named) ?? place) : place };
}

/**
 * Ties worktrees that moved along with the repository (their old place is gone, and they lie in the same place below the new one) to it
 * again: what `git worktree repair` does for those that are named to it. Answers which. Cheap where there is none.
 */
export async function mendMovedWorktrees(git: Git): Promise<readonly MovedWorktree[]> {
  const common = await commonDirectory(git);
  const all = join(common, "worktrees");
  const lost = namesIn(all)
    .map((name) => ({ own: join(all, name), place: placeOf(join(all, name)) }))
    .filter(({ place }) => place !== undefined && !existsSync(place));
  const tops = new Set([dirname(common), resolve(git.options.cwd ?? process.cwd())]);
  const mended: MovedWorktree[] = [];
  for (const { own, place = "" } of lost) {
    const found = [...tops]
      .flatMap((top) => endsOf(place).map((end) => join(top, end)))
      .find((folder) => existsSync(folder) && lookAtMovedWorktree(folder, common)?.kind === "moved");
    if (found === undefined || lookAtMovedWorktree(found, common)?.own !== own) continue;
    await tieTogether(found, own);
    mended.push({ folder: found, from: place });
  }
  return mended;
}

/** git removes the folder with the last worktree. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Writes both sides: the worktree's file `.git`, and in git's own folder where the worktree is. No other file is touched. */
export async function tieTogether(folder: string, own: string): Promise<void> {
  await replaceFile(join(own, "gitdir"), `${join(realPathOf(folder) ?? folder, ".git")}\n`, dirname(own));
  // The draft lies beside the worktree: inside it would be somebody's file.
  await replaceFile(join(folder, ".git"), `gitdir: ${own}\n`, dirname(folder));
}

/** Whole or not at all. */
export async function replaceFile(path: string, text: string, draftFolder: string): Promise<void> {
  const draft = join(draftFolder, `.mend-${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(draft, text, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** `/a/b/c` ends in `a/b/c`, `b/c` and `c`: the longest first. */
function endsOf(path: string): readonly string[] {
  const parts = path.split(sep).filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(index).join(sep));
}

export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
