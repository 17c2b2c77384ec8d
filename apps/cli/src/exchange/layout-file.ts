// A ticket in the words of a layout of @wiggum/ticket-backend-files: what an export writes is what the files backend reads.
import type { FolderLayout, FolderReader } from "@wiggum/ticket-backend-files";
import { isTicketError, type Ticket } from "@wiggum/ticket-core";
import { oneLineOf } from "./foreign-words.js";
import type { FieldAccount } from "./imported-ticket.js";

export interface LayoutFile {
  /** Folder of the ticket below the export; empty = the export itself. */
  readonly folder: string;
  readonly text: string;
  /** Members that the layout could not hold. */
  readonly lost: ReadonlySet<string>;
}

/** An export begins with nothing: no name is taken. */
const emptyFolder: FolderReader = {
  path: "",
  entries: () => [],
  kindOf: () => undefined,
  read: () => undefined,
  digest: () => undefined,
  enter: () => undefined,
};

/** The file that says what the ticket is. @throws TICKET_INVALID not even its text can be held */
export function layoutFile(layout: FolderLayout, now: string, wanted: Ticket): LayoutFile {
  for (const leaveOut of steps) {
    const lost = new Set<string>();
    try {
      return { ...encoded(layout, now, leaveOut(wanted, lost)), lost };
    } catch (error) {
      if (!isTicketError(error, "TICKET_INVALID")) throw error;
    }
  }
  return { ...encoded(layout, now, wanted), lost: new Set() };
}

function encoded(layout: FolderLayout, at: string, ticket: Ticket): { folder: string; text: string } {
  const made = layout.encode(ticket, undefined, {
    actor: { kind: "person", id: "wiggum" },
    at,
    folder: emptyFolder,
  });
  const name = layout.mainPath(made).slice(made.folder === "" ? 0 : made.folder.length + 1);
  return { folder: made.folder, text: new TextDecoder().decode(made.files.get(name)) };
}

/** More and more is left out, until the rest can be written. A title is one line there, without blanks at its ends. */
const steps: readonly ((ticket: Ticket, lost: Set<string>) => Ticket)[] = [
  (ticket) => ({ ...ticket, title: oneLineOf(ticket.title) }),
  (ticket, lost) => {
    for (const name of Object.keys(ticket.fields)) lost.add(`fields.${name}`);
    return { ...ticket, title: oneLineOf(ticket.title), fields: {} };
  },
  (ticket, lost) => {
    for (const name of Object.keys(ticket.fields)) lost.add(`fields.${name}`);
    for (const name of ["references", "riskFlags", "readiness", "actionRequired", "createdBy"])
      lost.add(name);
    const { readiness: _, actionRequired: __, createdBy: ___, ...rest } = ticket;
    return { ...rest, title: oneLineOf(ticket.title), fields: {}, references: [], riskFlags: [] };
  },
];

/** Who works on a ticket is a matter of one store. */
export function withoutClaim(ticket: Ticket): Ticket {
  const { assignedAt: _assignedAt, assignedAgentId: _assignedAgentId, ...rest } = ticket;
  return { ...rest, leaseEpoch: 0 };
}

/** What was lost after all is dropped, whatever was meant for it. */
export function accountWithout(
  lost: ReadonlySet<string>,
  account: readonly FieldAccount[],
): readonly FieldAccount[] {
  return account.map((entry) =>
    lost.has(entry.field) ? { ...entry, fate: "dropped", note: "cannot stand on a line there" } : entry,
  );
}
