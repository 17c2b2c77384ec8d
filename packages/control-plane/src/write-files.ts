import { randomBytes } from "node:crypto";
import { constants, existsSync, realpathSync } from "node:fs";
import { copyFile, link, lstat, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface NewFileOptions {
  /** Default 0o644. */
  readonly mode?: number | undefined;
  /** Folder (same file system) for the unfinished file. Default: beside the file. */
  readonly drafts?: string | undefined;
}

/**
 * Makes a file that must not exist yet, whole or not at all. Whatever stands there (a broken link, too) stays as it is.
 * Answers whether the file was made.
 */
export async function createFile(
  path: string,
  content: string | Uint8Array,
  options: NewFileOptions = {},
): Promise<boolean> {
  if ((await lstat(path).catch(isAbsent)) !== undefined) return false;
  const { drafts = dirname(path), mode = 0o644 } = options;
  for (const folder of [dirname(path), drafts]) await mkdir(folder, { recursive: true });
  const draft = await writeDraft(join(drafts, basename(path)), content, mode);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV"].includes(code)) throw error;
    // A file system without hard links: whole only as far as a copy is.
    return await copyFile(draft, path, constants.COPYFILE_EXCL).then(() => true, isTaken);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Puts `content` in the place of a file at once; mode and the target of a symbolic link stay. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const target = existsSync(path) ? realpathSync(path) : path;
  const mode = (await stat(target).catch(isAbsent))?.mode ?? 0o644;
  const draft = await writeDraft(target, content, mode & 0o777);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeDraft(path: string, content: string | Uint8Array, mode: number): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.new`;
  const file = await open(draft, "wx", mode);
  try {
    await file.writeFile(content);
    // `open` lets the umask take bits away: a hook must stay executable.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

function isAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function isTaken(error: NodeJS.ErrnoException): boolean {
  if (error.code === "EEXIST") return false;
  throw error;
}
