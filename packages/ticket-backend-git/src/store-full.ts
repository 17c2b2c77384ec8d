import { isTicketError, printable, storageFault, TicketError } from "@wiggum/ticket-core";

/**
 * Runs a write of the store. A disk that turned out to be full becomes DISK_FULL: nothing that fails so has moved `main`, and what became of
 * a move that may have happened is told by COMMIT_UNKNOWN.
 */
export async function explainingFull<Result>(root: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    // A lock file that could not be opened for that reason is not broken.
    const isSaid = isTicketError(error) && error.code !== "STORE_BROKEN";
    if (isSaid || storageFault(error)?.fault !== "full") throw error;
    throw new TicketError(
      "DISK_FULL",
      "The disk is full: nothing was written",
      { path: root },
      { hint: `Free space at ${printable(root)}, then try again.`, cause: error },
    );
  }
}
