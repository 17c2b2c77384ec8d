// A disk that is full or may not be written: one sentence with the next step, whichever part of the project noticed it.
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { printable, type StorageFault, storageFault } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";

type StorageError = WorkflowError<"DISK_FULL"> | WorkflowError<"NOT_WRITABLE">;

/**
 * The error that people are told when `path` could not be written; `undefined` = the failure is of another kind. Where the failure itself
 * does not say why (SQLite "cannot open", the `ENOENT` of a folder that could not be made), the folder is looked at.
 */
export function storageError(path: string, error: unknown): StorageError | undefined {
  const known = storageFault(error)?.fault;
  if (known === "full") return diskFull(path, error);
  if (known === "read-only") return notWritable(path, "the file system is read-only", error);
  if (!isVague(error)) return undefined;
  const folder = nearestFolder(path);
  try {
    accessSync(folder, constants.W_OK);
  } catch (refusal) {
    const { code } = refusal as NodeJS.ErrnoException;
    if (code === "EROFS") return notWritable(path, "the file system is read-only", error);
    if (code === "EACCES" || code === "EPERM") return notWritable(path, "there is no permission", error);
    return undefined;
  }
  return isFull(folder) ? diskFull(path, error) : undefined;
}

/** The error for a folder that is there and may not be written in by this process; `undefined` = it may be, or there is none. */
export function notWritableFolder(folder: string): WorkflowError<"NOT_WRITABLE"> | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS") return notWritable(folder, "the file system is read-only", error);
    if (code === "EACCES" || code === "EPERM") return notWritable(folder, "there is no permission", error);
    return undefined;
  }
}

/**
 * Before a command whose purpose is to write, also where it may find nothing to do: "all is well" would be a guess.
 * @throws NOT_WRITABLE
 */
export function requireWritable(folder: string): void {
  const error = notWritableFolder(folder);
  if (error !== undefined) throw error;
}

/** Runs what writes at `path`; a failure of the storage becomes DISK_FULL or NOT_WRITABLE. */
export function explainingStorage<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw storageError(path, error) ?? error;
  }
}

/** What is wrong with the storage, in words for the middle of a sentence; `undefined` = it is not the storage. */
export function storageReason(error: unknown): string | undefined {
  const fault = storageFault(error)?.fault;
  return fault === undefined ? undefined : reasons[fault];
}

/** Has the file system of this folder no block left for this user? */
export function isFull(folder: string): boolean {
  try {
    return statfsSync(folder).bavail === 0;
  } catch {
    return false;
  }
}

const reasons: Readonly<Record<StorageFault, string>> = {
  full: "the disk is full",
  "read-only": "the file system is read-only",
};

function diskFull(path: string, cause: unknown): WorkflowError<"DISK_FULL"> {
  return new WorkflowError(
    "DISK_FULL",
    `The disk is full: ${printable(path)} could not be written, and is as it was`,
    { path },
    { hint: `Free space at ${printable(nearestFolder(path))}, then try again.`, cause },
  );
}

function notWritable(path: string, why: string, cause: unknown): WorkflowError<"NOT_WRITABLE"> {
  return new WorkflowError(
    "NOT_WRITABLE",
    `${printable(path)} cannot be written: ${why}`,
    { path },
    { hint: "Looking works. To change something, the project's folder must be writable for you.", cause },
  );
}

/** SQLITE_IOERR, SQLITE_CANTOPEN; what a system says of a folder that it did not make. */
function isVague(error: unknown): boolean {
  const { errcode, code } = (error ?? {}) as { readonly errcode?: unknown; readonly code?: unknown };
  if (typeof errcode === "number") return [10, 14].includes(errcode & 0xff);
  return code === "ENOENT" || code === "EACCES" || code === "EPERM";
}

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
