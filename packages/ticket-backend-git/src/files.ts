import { randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Is this the error of a path that does not exist? */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Is this a file system without hard links? */
export function isLinkUnsupported(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code);
}

/** Text of a file; `undefined` = there is none. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The file has the old or the new content at every moment. The temporary file lies in `folder` (default: beside it). */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: { readonly isSynced?: boolean; readonly folder?: string } = {},
): void {
  const temporary = join(options.folder ?? dirname(path), `tmp-${randomBytes(8).toString("hex")}`);
  try {
    const descriptor = openSync(temporary, "wx");
    try {
      // Loops until every byte is out, unlike a single write.
      writeFileSync(descriptor, content);
      if (options.isSynced === true) fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes the content of a file that somebody else wrote survive a power cut, where the system lets a reader ask for that. */
export function syncFile(path: string): void {
  syncFolder(path);
}

/** Makes the names in a folder survive a power cut, where the system knows how. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EINVAL" && code !== "EISDIR" && code !== "EPERM") throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** May this process write there? Answers `false` on a read-only file system, to the superuser, too. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
