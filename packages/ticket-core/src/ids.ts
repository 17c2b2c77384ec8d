import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import type { TicketId } from "./ticket.js";

/** Longest id in characters: a file name of 255 bytes has room for it, its suffix and a temporary mark. */
export const maxIdLength = 200;

// A ticket is a file `<id>.md` and a branch `feature/<id>`: the id must be a safe name for both on every system.
const shape = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;
/** `README.md` lies beside the tickets. */
const reserved = new Set(["readme"]);

/**
 * May a ticket bear this id? ASCII letters, digits, `.`, `_` and `-`, at most 200, beginning with a letter or digit; no `..`, no `.` or
 * `.lock` at the end, no `README`. We draw lowercase ids only; upper case comes in with imported tickets, whose case is kept.
 */
export function isTicketId(text: unknown): text is TicketId {
  return (
    typeof text === "string" &&
    text.length <= maxIdLength &&
    shape.test(text) &&
    !text.includes("..") &&
    !/\.lock$/i.test(text) &&
    !reserved.has(text.toLowerCase())
  );
}

/** Sees to it that this may be the id of a ticket, and answers it. @throws ID_INVALID */
export function checkTicketId(text: unknown): TicketId {
  if (isTicketId(text)) return text;
  const shown = printable(String(text).slice(0, maxIdLength));
  throw new TicketError(
    "ID_INVALID",
    `Not a ticket id: '${shown}'`,
    { id: String(text) },
    { hint: "An id looks like tk-5c46: letters, digits, '.', '_' and '-'." },
  );
}

/** Hex digits of a new id in a store of this many tickets. The length is for people; that ids are unique is held by create-if-absent. */
export function idDigits(ticketCount: number): number {
  if (ticketCount < 500) return 4;
  return ticketCount <= 20_000 ? 6 : 8;
}

/** `tk-` and `digits` lowercase hex digits. `random(below)` gives a whole number in [0, below). */
export function drawTicketId(random: (below: number) => number, digits: number): TicketId {
  let hex = "";
  while (hex.length < digits) hex += (Math.floor(random(16)) & 15).toString(16);
  return `tk-${hex}`;
}

/**
 * Full id for what a person typed: the exact id; else the only id that begins with it (with or without `tk-`); else, for reading only,
 * the only id that contains it.
 * @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS with the candidates
 */
export function resolveId(text: string, ids: Iterable<TicketId>, use: "read" | "write"): TicketId {
  const known = [...ids];
  if (known.includes(text)) return text;
  if (text === "") throw ticketNotFound(text);
  const begins = known.filter((id) => id.startsWith(text) || id.startsWith(`tk-${text}`));
  const found = begins.length > 0 || use === "write" ? begins : known.filter((id) => id.includes(text));
  const only = found[0];
  if (only === undefined) throw ticketNotFound(text);
  if (found.length === 1) return only;
  throw ticketAmbiguous(text, found);
}

/** The error for what may be several tickets. Answered, not thrown. */
export function ticketAmbiguous(text: string, found: readonly TicketId[]): TicketError<"TICKET_AMBIGUOUS"> {
  const candidates = found.toSorted();
  return new TicketError(
    "TICKET_AMBIGUOUS",
    `Ambiguous ticket ID '${printable(text)}'. Matches: ${candidates.slice(0, 20).join(", ")}${candidates.length > 20 ? ", …" : ""}`,
    { id: text, candidates },
    { hint: "Type more of the id." },
  );
}

/** The error for an id that no ticket has. Answered, not thrown. */
export function ticketNotFound(text: string): TicketError<"TICKET_NOT_FOUND"> {
  return new TicketError(
    "TICKET_NOT_FOUND",
    `Ticket not found: ${printable(text)}`,
    { id: text },
    { hint: "List the tickets to see which ids exist." },
  );
}
