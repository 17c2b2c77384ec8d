import { lstat, open, readdir, readlink, realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { compileGlobs } from "./glob-pattern.js";
import { worktreePaths } from "./project-paths.js";
import { fileAt, namesOf } from "./worktree-file.js";

export interface IgnoredFileRules {
  readonly worktree: string;
  /** A file here that is the same in the main checkout was copied from there, a link into it was made by us. */
  readonly mainRoot: string;
  /** Globs of what can be made again. */
  readonly regenerable: readonly string[];
}

export interface IgnoredFiles {
  /** Paths from the top of the worktree of files that exist nowhere else, as `pathText` makes them. */
  readonly files: readonly string[];
  readonly totalBytes: number;
  /** Repositories inside the worktree: their history cannot be kept as files. */
  readonly repositories: readonly string[];
}

/**
 * Which ignored files of a worktree are work. git deletes them without a word when it removes a worktree, a `.env` as well as a
 * `node_modules`: what can be made again and what lies in the main checkout, too, is none.
 */
export async function findIgnoredWork(
  ignored: readonly string[],
  rules: IgnoredFileRules,
): Promise<IgnoredFiles> {
  const regenerable = compileGlobs(rules.regenerable);
  const own = ownFiles(rules.worktree);
  const files: string[] = [];
  const repositories: string[] = [];
  let totalBytes = 0;

  async function visit(path: string): Promise<void> {
    const plain = path.replace(/\/$/, "");
    if (own.has(plain) || regenerable.matches(plain)) return;
    const absolute = fileAt(rules.worktree, plain);
    const status = await lstat(absolute).catch(() => undefined);
    if (status === undefined) return;
    if (status.isDirectory()) {
      if (regenerable.matchesAllIn(plain)) return;
      const names = namesOf(await readdir(absolute, { encoding: "buffer" }));
      if (names.includes(".git")) repositories.push(plain);
      else for (const name of names) await visit(`${plain}/${name}`);
    } else if (status.isSymbolicLink()) {
      if (!(await pointsInto(absolute, rules.mainRoot))) files.push(plain);
    } else if (status.isFile() && !(await isCopy(plain, status.size, rules))) {
      files.push(plain);
      totalBytes += status.size;
    }
  }

  for (const path of ignored) await visit(path);
  return { files: files.sort(), totalBytes, repositories: repositories.sort() };
}

/** Is this one of the files that a spawn itself puts into a worktree? They are no work, even where git does not ignore them. */
export function isOwnFile(worktree: string, path: string): boolean {
  const plain = path.replace(/\/$/, "");
  return [...ownFiles(worktree)].some((own) => plain === own || plain.startsWith(`${own}/`));
}

/** What a spawn writes into the control folder; the ticket view is looked at by those who keep it. */
function ownFiles(worktree: string): ReadonlySet<string> {
  const { ticketView, promptFile, agentFile, inboxFile } = worktreePaths(worktree);
  return new Set(
    [ticketView, promptFile, agentFile, inboxFile].map((path) =>
      relative(worktree, path).split(sep).join("/"),
    ),
  );
}

async function pointsInto(link: Buffer, folder: string): Promise<boolean> {
  const target = await readlink(link);
  if (!isAbsolute(target)) return false;
  const [from, to] = await Promise.all([realpath(folder), realpath(target).catch(() => target)]);
  return to === from || to.startsWith(`${from}${sep}`);
}

async function isCopy(path: string, size: number, rules: IgnoredFileRules): Promise<boolean> {
  const source = fileAt(rules.mainRoot, path);
  const status = await lstat(source).catch(() => undefined);
  if (status === undefined || !status.isFile() || status.size !== size) return false;
  return hasSameBytes(source, fileAt(rules.worktree, path));
}

async function hasSameBytes(one: Buffer, other: Buffer): Promise<boolean> {
  const [left, right] = [await open(one), await open(other)];
  try {
    const [here, there] = [Buffer.alloc(1 << 16), Buffer.alloc(1 << 16)];
    for (let position = 0; ; position += here.length) {
      const { bytesRead } = await left.read(here, 0, here.length, position);
      const counterpart = await right.read(there, 0, there.length, position);
      if (bytesRead !== counterpart.bytesRead) return false;
      if (!here.subarray(0, bytesRead).equals(there.subarray(0, bytesRead))) return false;
      if (bytesRead < here.length) return true;
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}
