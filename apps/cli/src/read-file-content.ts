import { stat } from "node:fs/promises";
import { TicketError } from "@wiggum/ticket-core";
import { usageError } from "./command-error.js";
import { printable } from "./printable.js";
import { readFileBounded } from "./read-bounded.js";

/**
 * The bytes of a file that is to be attached under `name`. Looks at the size first: nobody waits for a file that is refused anyway.
 * @throws USAGE ATTACHMENT_INVALID
 */
export async function readFileContent(
  path: string,
  { id, name, most = Number.POSITIVE_INFINITY }: { id: string; name: string; most?: number | undefined },
): Promise<Uint8Array> {
  try {
    const { size: bytes } = await stat(path);
    // A device or a pipe has no size: it is read no further than an attachment goes.
    const content = bytes <= most ? await readFileBounded(path, most) : undefined;
    if (content !== undefined) return content;
    const size = bytes > most ? `${bytes}` : `more than ${most}`;
    const message = `${printable(path)} has ${size} bytes; an attachment may have ${most}`;
    const hint = "Keep it elsewhere, and add a reference to it.";
    throw new TicketError("ATTACHMENT_INVALID", message, { id, name, bytes, most }, { hint });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw usageError(`There is no file ${printable(path)}`);
    if (code === "EISDIR") throw usageError(`${printable(path)} is a folder: pack it into a file first`);
    if (code === "EACCES") throw usageError(`${printable(path)} may not be read`);
    throw error;
  }
}
