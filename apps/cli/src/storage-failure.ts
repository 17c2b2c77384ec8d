import { storageFault } from "@wiggum/ticket-core";
import { exitCodeOf, type FailureCode } from "./exit-codes.js";
import type { Failure } from "./failure.js";

/** Errors whose own words say more: what is known about the outcome, or which file it was. */
const told: readonly FailureCode[] = ["COMMIT_UNKNOWN", "DISK_FULL", "NOT_WRITABLE", "STORE_READ_ONLY"];

/**
 * A disk that is full or read-only, whatever layer noticed it first: git's own words would only say which command it was. `undefined` = the
 * failure is another one, or its own words are better. `code` = of the error, where it has one of ours.
 */
export function storageFailure(error: unknown, code: FailureCode | undefined): Failure | undefined {
  if (code !== undefined && told.includes(code)) return undefined;
  const found = storageFault(error);
  if (found === undefined) return undefined;
  const path = found.path ?? workingDirectory();
  const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  const isFull = found.fault === "full";
  const own = isFull ? "DISK_FULL" : "NOT_WRITABLE";
  return {
    code: own,
    exitCode: exitCodeOf[own],
    message: isFull ? "The disk is full" : `${path} cannot be written: the file system is read-only`,
    details: [],
    hint: isFull
      ? `Free space at ${path}, then try again. 'wiggum doctor' tells whether something was left half-way.`
      : "Looking works. To change something, the project's folder must be writable for you.",
    data: { path, reason },
  };
}

/** One that was removed has no path. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
