// Reading all tickets of a folder, as fast as the system gives them: of each file only as much as a listing needs.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { printable, type TicketProblem } from "@wiggum/ticket-core";
import { maxTicketBytes } from "./ticket-codec.js";
import { ticketFault } from "./ticket-fault.js";
import { isTextFault, readTicketText, type TicketText } from "./ticket-text.js";
import { idOfFile } from "./tickets-dir-layout.js";

/** What a folder holds. */
export interface FolderHeads<Head> {
  /** In the order of names. */
  readonly heads: readonly Head[];
  /** Files that are no tickets, with the line where that shows. */
  readonly problems: readonly TicketProblem[];
}

/** Front matter and title of nearly every ticket are within this, in bytes. */
const headSize = 4096;
// A pipe that somebody put there must not make us wait, and a link is not followed.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The ids of all tickets, in the order of names. */
export function readIds(folder: string): readonly string[] {
  return readdirSync(folder)
    .flatMap((name) => idOfFile(name) ?? [])
    .sort(byCodeUnits);
}

/**
 * Reads front matter and title of every ticket; `take` keeps of it what is wanted. The text may end below the title. What cannot be read does not
 * hide the others.
 */
export function readHeads<Head>(
  folder: string,
  take: (id: string, text: TicketText) => Head,
): FolderHeads<Head> {
  const heads: Head[] = [];
  const problems: TicketProblem[] = [];
  const buffer = Buffer.allocUnsafe(headSize);
  for (const id of readIds(folder)) {
    const found = readHead(`${folder}/${id}.md`, buffer);
    // Taken away since we looked.
    if (found === undefined) continue;
    const fault = "message" in found ? found : ticketFault(found, id);
    if (fault === undefined) {
      heads.push(take(id, found as TicketText));
      continue;
    }
    const path = `${printable(id)}.md`;
    const { line, message } = fault;
    problems.push({
      code: "TICKET_UNREADABLE",
      path,
      ...(line !== undefined && { line }),
      message: `${path}${line === undefined ? "" : `:${line}`}: ${message}`,
    });
  }
  return { heads, problems };
}

interface Unreadable {
  readonly message: string;
  readonly line?: number | undefined;
}

function readHead(path: string, buffer: Buffer): TicketText | Unreadable | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "EMLINK")
      return { message: "it is a symbolic link, and those are not followed" };
    return { message: `it cannot be read (${code})` };
  }
  try {
    const length = readSync(descriptor, buffer, 0, headSize, 0);
    const read = readTicketText(buffer.toString("utf8", 0, length));
    const isCut = length === headSize;
    // What was found is whole where more of the file follows it.
    const isWhole = !isCut || (!isTextFault(read) && (read.titleLine?.next ?? headSize) < read.text.length);
    if (isWhole) return read;
    if (fstatSync(descriptor).size > maxTicketBytes) return { message: "it is over 16 MiB" };
    return readTicketText(readFileSync(descriptor, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR") return { message: "it is a folder" };
    // What is said to a place in a pipe, a device and the like.
    return { message: code === "ESPIPE" ? "it is no plain file" : `it cannot be read (${code})` };
  } finally {
    closeSync(descriptor);
  }
}

function byCodeUnits(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
