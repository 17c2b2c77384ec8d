// Writes files into the object store byte for byte: no line-end conversion, no filter, whatever the person's configuration says.
import { lstat, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Git, pathBytes } from "@wiggum/git";
import { fileAt } from "./worktree-file.js";

export interface StoredFile {
  /** From the top of the checkout, forward slashes, as `pathText` makes it. */
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000";
  readonly object: string;
}

/** Stores these files of the folder. A path that is no file or link any more is left out. */
export async function storeFiles(
  git: Git,
  folder: string,
  paths: readonly string[],
): Promise<readonly StoredFile[]> {
  const stored: StoredFile[] = [];
  const plain: { readonly path: string; readonly mode: "100644" | "100755" }[] = [];
  for (const path of paths) {
    const file = fileAt(folder, path);
    const status = await lstat(file).catch(absent);
    if (status?.isSymbolicLink()) {
      const target = await readlink(file, { encoding: "buffer" });
      stored.push({ path, mode: "120000", object: await storeBytes(git, target) });
    } else if (status?.isFile()) {
      plain.push({ path, mode: (status.mode & 0o100) === 0 ? "100644" : "100755" });
    }
  }
  // One git process for all.
  const absolute = plain.map(({ path }) => `${folder}/${path}`);
  const objects = await hashFiles(git, absolute, ["-w", "--no-filters"]);
  for (const [index, file] of plain.entries()) stored.push({ ...file, object: objects[index] ?? "" });
  return stored;
}

/** Object ids of these files (absolute paths, or from the git's working directory). */
export async function hashFiles(
  git: Git,
  paths: readonly string[],
  flags: readonly string[] = [],
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const input = pathBytes(paths.map((path) => `${asLine(path)}\n`).join(""));
  const { stdout } = await git.run(["hash-object", ...flags, "--stdin-paths"], { input });
  return stdout.trimEnd().split("\n");
}

/** A path as git reads it from a line: one with a line end or a quote in it is quoted as in C. */
function asLine(path: string): string {
  if (!/["\n\r]/.test(path)) return path;
  const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r" };
  return `"${path.replace(/["\\\n\r]/g, (sign) => names[sign] ?? `\\${sign}`)}"`;
}

export async function storeBytes(git: Git, content: string | Uint8Array): Promise<string> {
  return (await git.run(["hash-object", "-w", "--stdin"], { input: content })).stdout.trim();
}

/** The tree of a commit (or the empty one) with these files put in and those paths taken out. */
export async function writeTreeWith(
  git: Git,
  base: string | undefined,
  files: readonly StoredFile[],
  deleted: readonly string[],
): Promise<string> {
  return withIndex(git, async (inside) => {
    await inside.run(base === undefined ? ["read-tree", "--empty"] : ["read-tree", base]);
    // Taken out first: a file may have become a folder of the same name.
    const gone = deleted.map((path) => `0 ${"0".repeat(40)}\t${path}\0`);
    const put = files.map(({ mode, object, path }) => `${mode} ${object}\t${path}\0`);
    await inside.run(["update-index", "--replace", "--add", "-z", "--index-info"], {
      input: pathBytes([...gone, ...put].join("")),
    });
    return (await inside.run(["write-tree"])).stdout.trim();
  });
}

/** Runs `action` with an index of its own; the checkout's is not touched. */
export async function withIndex<Result>(
  git: Git,
  action: (inside: Git, index: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "wiggum-index-"));
  const index = join(folder, "index");
  try {
    return await action(git.with({ env: { ...git.options.env, GIT_INDEX_FILE: index } }), index);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
