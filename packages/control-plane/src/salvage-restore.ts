import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { type Git, isTextPath, pathBytes, pathText, wiggumIdentity, writeCommit } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { findSalvage, readRecord } from "./salvage.js";
import { withIndex, writeTreeWith } from "./salvage-objects.js";
import { fileAt } from "./worktree-file.js";

interface TreeFile {
  /** As `pathText` makes it. */
  readonly path: string;
  readonly mode: string;
  readonly object: string;
}

/** What was given back of a salvage point, and where: `folder` is an absolute path. */
export interface RestoredSalvage {
  readonly folder: string;
  /** Written now, from the top of the folder, as `pathText` makes them. */
  readonly files: readonly string[];
}

/**
 * Puts a salvage point's files back, byte for byte. A new or empty folder gets the whole picture; one with files in it gets what the
 * salvage point changed, provided that nothing is overwritten: a file may be in the way only if it is the same already, or is as the
 * commit below the salvage point has it. Staged content that differs from the file comes as `<name>.staged`.
 * @throws SALVAGE_NOT_FOUND; RESTORE_BLOCKED nothing was written
 */
export async function restoreSalvage(git: Git, name: string, folder: string): Promise<RestoredSalvage> {
  const entry = await findSalvage(git, name);
  const record = await readRecord(git, entry.commit);
  const changed = await changedSince(git, record.head, entry.commit);
  const staged = record.index === undefined ? [] : await stagedOnly(git, record, entry.commit);
  const isNew = await isEmptyFolder(folder);
  const whole = isNew && record.head !== undefined ? record.head : undefined;
  if (!isNew) await requireNothingInTheWay(git, folder, [...changed, ...staged], record.head);
  await mkdir(folder, { recursive: true });
  const removed = await removedSince(git, record.head, entry.commit);
  const base = whole === undefined ? [] : await checkOut(git, whole, folder, removed);
  for (const file of [...changed, ...staged]) await writeTreeFile(git, folder, file);
  const files = new Set([...base, ...changed.map(({ path }) => path), ...staged.map(({ path }) => path)]);
  return { folder, files: [...files].sort() };
}

async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}

async function changedSince(
  git: Git,
  head: string | undefined,
  commit: string,
): Promise<readonly TreeFile[]> {
  return (await differences(git, head, commit)).filter(({ mode }) => mode !== "000000");
}

async function removedSince(git: Git, head: string | undefined, commit: string): Promise<readonly string[]> {
  const all = await differences(git, head, commit);
  return all.filter(({ mode }) => mode === "000000").map(({ path }) => path);
}

async function differences(git: Git, from: string | undefined, to: string): Promise<readonly TreeFile[]> {
  const base = from ?? (await writeTreeWith(git, undefined, [], []));
  const args = ["diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", base, to];
  const parts = pathText((await git.run(args)).stdoutBytes).split("\0");
  const files: TreeFile[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode = "", , object = ""] = (parts[at] ?? "").split(" ");
    files.push({ path: parts[at + 1] ?? "", mode, object });
  }
  return files;
}

/** What the index had and the files had not. */
async function stagedOnly(
  git: Git,
  record: { readonly head?: string | undefined; readonly index?: string | undefined },
  commit: string,
): Promise<readonly TreeFile[]> {
  const onDisk = new Set((await changedSince(git, record.head, commit)).map(({ object }) => object));
  const staged = await changedSince(git, record.head, record.index ?? commit);
  return staged
    .filter(({ object, mode }) => !onDisk.has(object) && mode !== "160000")
    .map((file) => ({ ...file, path: `${file.path}.staged` }));
}

/** Writes the files of a commit as git would check them out, those that were deleted left out. */
async function checkOut(
  git: Git,
  commit: string,
  folder: string,
  removed: readonly string[],
): Promise<readonly string[]> {
  const tree = await writeTreeWith(git, commit, [], removed);
  const picture = await writeCommit(git, { tree, parents: [], message: "Picture", identity: wiggumIdentity });
  return withIndex(git, async (aside) => {
    await aside.run(["read-tree", picture]);
    await aside
      .with({ cwd: folder, workTree: folder, gitDirectory: await directoryOf(git) })
      .run(["checkout-index", "--all", "--quiet"]);
    const { stdoutBytes } = await aside.run(["ls-files", "-z"]);
    return pathText(stdoutBytes)
      .split("\0")
      .filter((path) => path !== "");
  });
}

async function directoryOf(git: Git): Promise<string> {
  return (await git.run(["rev-parse", "--absolute-git-dir"])).stdout.replace(/\n$/, "");
}

async function requireNothingInTheWay(
  git: Git,
  folder: string,
  files: readonly TreeFile[],
  head: string | undefined,
): Promise<void> {
  const blocked: string[] = [];
  for (const file of files) if (await isInTheWay(git, folder, file, head)) blocked.push(file.path);
  if (blocked.length === 0) return;
  const shown = blocked.slice(0, 5).map((path) => printable(path));
  throw new WorkflowError(
    "RESTORE_BLOCKED",
    `Files in ${printable(folder)} would be overwritten: ${shown.join(", ")}${blocked.length > 5 ? ", ..." : ""}`,
    { folder, files: blocked },
    { hint: "Nothing was written. Restore into a new folder and take from there what you need." },
  );
}

async function isInTheWay(
  git: Git,
  folder: string,
  file: TreeFile,
  head: string | undefined,
): Promise<boolean> {
  const path = fileAt(folder, file.path);
  const status = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error; // A file where a folder is needed, for example.
  });
  if (status === undefined) return false;
  if (!status.isFile() && !status.isSymbolicLink()) return true;
  const content = status.isSymbolicLink()
    ? await readlink(path, { encoding: "buffer" })
    : await readFile(path);
  const object = (await git.run(["hash-object", "--stdin"], { input: content })).stdout.trim();
  if (object === file.object) return false;
  if (head === undefined) return true;
  const original = await objectAt(git, head, file.path);
  if (original === object) return false;
  // No argument can name such a file, so its filters cannot be asked for: only the very bytes count as the same.
  if (original === undefined || !isTextPath(file.path)) return true;
  const filtered = await git.run(["hash-object", "--stdin", `--path=${file.path}`], { input: content });
  return filtered.stdout.trim() !== original;
}

/** What the commit has at that path. */
async function objectAt(git: Git, commit: string, path: string): Promise<string | undefined> {
  const input = pathBytes(`${commit}:${path}\0`);
  const { stdout } = await git.run(["cat-file", "--batch-check=%(objectname)", "-z"], { input });
  return /^([0-9a-f]{40,64})\n$/.exec(stdout)?.[1];
}

async function writeTreeFile(git: Git, folder: string, file: TreeFile): Promise<void> {
  const named = resolve(folder, file.path);
  if (!named.startsWith(`${resolve(folder)}${sep}`)) throw outside(folder, file.path);
  const path = pathBytes(named);
  const { stdoutBytes } = await git.run(["cat-file", "blob", file.object]);
  const around = pathBytes(dirname(named));
  await mkdir(around, { recursive: true });
  // A folder that is a link would lead the write out of the place that was named.
  const place = pathText(await realpath(around, { encoding: "buffer" }));
  const top = await realpath(folder);
  if (place !== top && !place.startsWith(`${top}${sep}`)) throw outside(folder, file.path);
  // What stands here is the same, or is in git: it was looked at before anything was written.
  await rm(path, { force: true });
  if (file.mode === "120000") return symlink(Buffer.from(stdoutBytes), path);
  await writeFile(path, stdoutBytes);
  await chmod(path, file.mode === "100755" ? 0o755 : 0o644);
}

function outside(folder: string, path: string): WorkflowError<"RESTORE_BLOCKED"> {
  return new WorkflowError(
    "RESTORE_BLOCKED",
    `${printable(path)} leads out of ${printable(folder)}`,
    { folder, files: [path] },
    { hint: "Restore into a new folder." },
  );
}
