import { printable, storageFault, TicketError } from "@wiggum/ticket-core";

/** Is this the error of a path that does not exist? */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Is this what the system says to a link, or to something of the wrong kind, in the place of what was to be opened? */
export function isRefusedLink(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return ["ELOOP", "ENOTDIR", "EISDIR", "ENXIO", "EMLINK"].includes(code);
}

/** The error for something that is not what it has to be, and is left alone. */
export function escaped(path: string, problem: string, cause?: unknown): TicketError<"STORE_BROKEN"> {
  const shown = path === "" ? "The folder of the tickets" : printable(path).slice(-300);
  return new TicketError(
    "STORE_BROKEN",
    `${shown} ${problem}`,
    { path },
    { hint: "Links are not followed, and nothing outside of the folder is touched.", cause },
  );
}

/** The error for a file that is larger than is read. */
export function tooLarge(path: string, limit: string): TicketError<"STORE_BROKEN"> {
  return new TicketError(
    "STORE_BROKEN",
    `${printable(path).slice(-300)} is over ${limit}`,
    { path },
    { hint: "No ticket is that large: move the file out of the folder." },
  );
}

/** What the disk refused, in the words of the ticket layer; anything else as it is. */
export function explained(error: unknown, root: string): unknown {
  if (error instanceof TicketError) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const fault = storageFault(error);
  if (fault?.fault === "full") {
    return new TicketError(
      "DISK_FULL",
      `No space is left for ${root}; nothing was written`,
      { path: root },
      { hint: "Make room, and run the same command again.", cause: error },
    );
  }
  if (fault?.fault === "read-only" || code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new TicketError(
      "STORE_READ_ONLY",
      `${root} cannot be written to or read (${code ?? "read-only"}); nothing was changed`,
      { path: path ?? root },
      { hint: "The folder and what is in it must be readable and writable for this user.", cause: error },
    );
  }
  return error;
}
