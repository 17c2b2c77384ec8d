import { readFile } from "node:fs/promises";
import { builtinTypes, printable, type TicketTypes } from "@wiggum/ticket-core";
import { type ParseTicketTypesOptions, parseTicketTypes, WorkflowError } from "@wiggum/workflow";
import { type ParsedFiles, parseAlways } from "./parsed-files.js";

/**
 * The ticket types of a project: its file (`paths.ticketTypes`), or the built-in ones where there is none. A file that is there and wrong is
 * never replaced by others in silence.
 * @throws TYPES_INVALID with every problem, its JSON path and line
 */
export async function loadTicketTypes(
  path: string,
  options: Pick<ParseTicketTypesOptions, "guards"> & {
    /** Default: nothing is kept. */
    readonly parsedFiles?: ParsedFiles | undefined;
  } = {},
): Promise<TicketTypes> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return builtinTypes;
    throw unreadable(path, code === "EISDIR" ? "it is a folder" : message, error);
  }
  const { guards, parsedFiles = parseAlways } = options;
  const text = decode(bytes, path);
  const parse = () => parseTicketTypes(text, { guards, path });
  // Guards of the caller's make other types of the same text.
  return guards === undefined ? await parsedFiles.parsed("ticket-types", text, parse) : parse();
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, "it is no UTF-8 text", error);
  }
}

function unreadable(path: string, reason: string, cause: unknown): WorkflowError<"TYPES_INVALID"> {
  return new WorkflowError(
    "TYPES_INVALID",
    `${printable(path)} cannot be read: ${printable(reason)}`,
    { path, problems: [{ at: "$", message: reason }] },
    { hint: "Mend or remove the file; without it the built-in types hold.", cause },
  );
}
