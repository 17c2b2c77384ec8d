// Writes that change the caller's own file and nothing else (`--no-sync`): `sync` submits them.
import {
  allowedStates,
  decodeTicket,
  encodeTicket,
  findState,
  findType,
  isTicketError,
  type NewTicket,
  printable,
  type Ticket,
  TicketError,
  type TicketId,
  transitionBetween,
  transitionRefused,
  unknownState,
  unknownType,
} from "@wiggum/ticket-core";
import { draftTicket } from "./draft-ticket.js";
import type { ProjectParts } from "./project-parts.js";
import { requireViews } from "./view-edits.js";

/** The ticket as the caller's file shows it now. */
interface WrittenFile {
  readonly id: TicketId;
  readonly path: string;
  readonly ticket: Ticket;
}

/** Changes the file in the caller's view and nothing else. */
export async function writeViewOnly(
  parts: ProjectParts,
  typedId: string,
  change: (ticket: Ticket) => Ticket,
): Promise<WrittenFile> {
  const views = requireViews(parts);
  const folder = parts.caller.viewFolder;
  const id = await resolveInView(parts, typedId);
  await views.refresh(folder, { showing: [id] });
  const path = views.path(folder, id);
  let ticket: Ticket | undefined;
  await views.edit(folder, id, (text) => {
    if (text === undefined) throw noFile(id, path);
    ticket = change(decodeTicket(text, { path }));
    return encodeTicket(ticket, text);
  });
  if (ticket === undefined) throw noFile(id, path);
  return { id, path, ticket };
}

/**
 * Moves the ticket in the caller's file. `sync` takes one edge for it, from the state that is stored: what could never be submitted is refused
 * now. Conditions and hooks of the edge are asked then.
 * @throws STATE_UNKNOWN TRANSITION_NOT_ALLOWED TYPE_UNKNOWN
 */
export async function moveViewOnly(parts: ProjectParts, typedId: string, to: string): Promise<WrittenFile> {
  const id = await resolveInView(parts, typedId);
  const edits = await requireViews(parts).edits(parts.caller.viewFolder);
  const edit = edits.find((each) => each.id === id);
  return writeViewOnly(parts, id, (shown) => {
    const type = findType(parts.types, shown.type);
    if (type === undefined) throw unknownType(parts.types, shown.type);
    if (findState(type, to) === undefined) throw unknownState(type, to, id);
    if (shown.state === to) throw transitionRefused(shown, to, type);
    const from = edit === undefined ? shown.state : (edit.base?.ticket.state ?? type.initial);
    // Back to what is stored takes a move back that was not submitted.
    if (from === to || transitionBetween(type, from, to) !== undefined) return { ...shown, state: to };
    if (from === shown.state) throw transitionRefused(shown, to, type);
    throw new TicketError(
      "TRANSITION_NOT_ALLOWED",
      `${id} was moved from '${printable(from)}' to '${printable(shown.state)}' here, which is not submitted yet; from '${printable(from)}' it cannot go to '${printable(to)}'`,
      { id, from, to, allowed: allowedStates(type, from), unsubmitted: shown.state },
      { hint: "Run 'wiggum ticket sync' first: a file carries one move at a time." },
    );
  });
}

/** A new ticket as a file in the caller's view. */
export async function createViewOnly(parts: ProjectParts, input: NewTicket): Promise<WrittenFile> {
  const views = requireViews(parts);
  const folder = parts.caller.viewFolder;
  const ticket = await draftTicket(parts, input);
  const path = views.path(folder, ticket.id);
  await views.edit(folder, ticket.id, (text) => {
    if (text === undefined) return encodeTicket(ticket);
    throw new TicketError("TICKET_CONFLICT", `${printable(path)} is there already`, {
      id: ticket.id,
      expected: null,
    });
  });
  return { id: ticket.id, path, ticket };
}

/** A ticket may stand in the view alone, created there and not submitted yet. */
export async function resolveInView(parts: ProjectParts, typedId: string): Promise<TicketId> {
  try {
    return await parts.tickets.resolve(typedId, "write");
  } catch (error) {
    if (!isTicketError(error, "TICKET_NOT_FOUND")) throw error;
    const created = (await requireViews(parts).edits(parts.caller.viewFolder)).filter(
      ({ base, isForeign }) => base === undefined && isForeign !== true,
    );
    const [only, another] = created.filter(
      ({ id }) => id === typedId || id.startsWith(typedId) || id.startsWith(`tk-${typedId}`),
    );
    if (only === undefined || another !== undefined) throw error;
    return only.id;
  }
}

function noFile(id: TicketId, path: string): TicketError<"TICKET_UNREADABLE"> {
  return new TicketError(
    "TICKET_UNREADABLE",
    `There is no file ${printable(path)}`,
    { id, path },
    { hint: "'wiggum doctor --fix' brings the files of this folder up to date." },
  );
}
