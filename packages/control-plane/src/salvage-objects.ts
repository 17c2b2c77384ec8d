// Writes files into the object store byte for byte: no line-end conversion, no filter, whatever the person's configuration says.
import { lstat, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Git } from "@wiggum/git";

export interface StoredFile {
  /** From the top of the checkout, forward slashes. */
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
    const absolute = join(folder, path);
    const status = await lstat(absolute).catch(absent);
    if (status?.isSymbolicLink()) {
      const target = await readlink(absolute, { encoding: "buffer" });
      stored.push({ path, mode: "120000", object: await storeBytes(git, target) });
    } else if (status?.isFile()) {
      plain.push({ path, mode: (status.mode & 0o100) === 0 ? "100644" : "100755" });
    }
  }
  // One git process for all; a name with a line end in it needs one of its own.
  const simple = plain.filter(({ path }) => !path.includes("\n"));
  if (simple.length > 0) {
    const input = simple.map(({ path }) => `${join(folder, path)}\n`).join("");
    const { stdout } = await git.run(["hash-object", "-w", "--no-filters", "--stdin-paths"], { input });
    const objects = stdout.trimEnd().split("\n");
    for (const [index, file] of simple.entries()) stored.push({ ...file, object: objects[index] ?? "" });
  }
  for (const file of plain.filter(({ path }) => path.includes("\n"))) {
    const args = ["hash-object", "-w", "--no-filters", "--", join(folder, file.path)];
    stored.push({ ...file, object: (await git.run(args)).stdout.trim() });
  }
  return stored;
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
      input: [...gone, ...put].join(""),
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
