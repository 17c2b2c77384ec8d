import { readFile, stat } from "node:fs/promises";
import { TicketError } from "@wiggum/ticket-core";
import { usageError } from "./command-error.js";
import { printable } from "./printable.js";

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
    if (bytes <= most) return await readFile(path);
    const message = `${printable(path)} has ${bytes} bytes; an attachment may have ${most}`;
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
