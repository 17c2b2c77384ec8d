import { lstatSync } from "node:fs";
import { printable, TicketError } from "@wiggum/ticket-core";
import { isMissing } from "./files.js";

/** Does a symbolic link stand in this place, wherever it leads? */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * What stands behind a link in the place of a store or a view is somebody else's: nothing is written through it. Only the last name of the
 * path is judged: the folder around it may be linked.
 * @throws STORE_BROKEN
 */
export function refuseLink(path: string): void {
  if (!isLink(path)) return;
  throw new TicketError(
    "STORE_BROKEN",
    `${printable(path)} is a symbolic link: nothing is read or written through it`,
    { path },
    {
      hint: "Remove the link, and put the folder itself in its place if it is yours; then 'wiggum doctor --fix'.",
    },
  );
}
