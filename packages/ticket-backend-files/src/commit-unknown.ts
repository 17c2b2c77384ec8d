import { isTicketError, type OperationId, printable, storageFault, TicketError } from "@wiggum/ticket-core";

/** A commit that is in the journal, and perhaps not, or only in part, in the files. */
export function commitUnknown(operationId: OperationId, cause: unknown): TicketError<"COMMIT_UNKNOWN"> {
  const fault = storageFault(cause)?.fault;
  const reason =
    fault === "full"
      ? "no space is left on the disk"
      : fault === "read-only"
        ? "the folder cannot be written to any more"
        : isTicketError(cause, "STORE_BUSY")
          ? "the store was too busy"
          : printable(cause instanceof Error ? cause.message : "it is pending").slice(0, 300);
  return new TicketError(
    "COMMIT_UNKNOWN",
    `The write was decided, but could not be seen through: ${reason}`,
    { operationId },
    {
      hint: "Whoever reads or writes next completes it or takes it back. Ask for the outcome of this operation, then go on.",
      cause,
    },
  );
}
