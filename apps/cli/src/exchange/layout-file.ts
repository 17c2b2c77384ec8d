// A ticket in the words of a layout of @wiggum/ticket-backend-files: what an export writes is what the files backend reads.
import type { FolderLayout, FolderReader } from "@wiggum/ticket-backend-files";
import { isTicketError, type Ticket } from "@wiggum/ticket-core";
import { momentOf, oneLineOf } from "./foreign-words.js";
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
  const plain = withPlainLines(wanted, now);
  let refused: unknown;
  for (const names of leftOut) {
    const lost = new Set(names.flatMap((name) => membersOf(plain, name)));
    const ticket = { ...plain, ...Object.fromEntries(names.map((name) => [name, emptied[name]])) };
    try {
      return { ...encoded(layout, now, ticket), lost };
    } catch (error) {
      if (!isTicketError(error, "TICKET_INVALID")) throw error;
      refused = error;
    }
    // Of the fields first those alone that cannot stand there: one of them is no reason to lose the others.
    const fitting = names.length === 0 ? fittingFields(layout, now, plain) : undefined;
    if (fitting !== undefined) return fitting;
  }
  throw refused;
}

/** With the fields that can stand on lines of the layout. `undefined` = it is not they that are in the way. */
function fittingFields(layout: FolderLayout, now: string, plain: Ticket): LayoutFile | undefined {
  const isHeld = (fields: Ticket["fields"]) => {
    try {
      return encoded(layout, now, { ...plain, ...emptied, fields }) !== undefined;
    } catch (error) {
      if (isTicketError(error, "TICKET_INVALID")) return false;
      throw error;
    }
  };
  const all = Object.entries(plain.fields);
  const kept = all.filter(([name, value]) => isHeld(Object.fromEntries([[name, value]])));
  const names = new Set(kept.map(([name]) => name));
  try {
    const file = encoded(layout, now, { ...plain, fields: Object.fromEntries(kept) });
    const lost = all.filter(([name]) => !names.has(name)).map(([name]) => `fields.${name}`);
    return { ...file, lost: new Set(lost) };
  } catch (error) {
    if (isTicketError(error, "TICKET_INVALID")) return undefined;
    throw error;
  }
}

/** Neither tool knows a ticket without a title, and one line is all that it may have; a time that is none would make the file a broken one. */
function withPlainLines(ticket: Ticket, now: string): Ticket {
  const title = oneLineOf(ticket.title);
  const timeOf = (text: string | undefined) => (text === undefined ? undefined : momentOf(text));
  return {
    ...ticket,
    title: title === "" ? "Untitled" : title,
    createdAt: timeOf(ticket.createdAt) ?? now,
    updatedAt: timeOf(ticket.updatedAt),
  };
}

/** What stands for nothing. */
const emptied = {
  fields: {},
  references: [],
  riskFlags: [],
  labels: [],
  readiness: undefined,
  actionRequired: undefined,
  createdBy: undefined,
  assignedAgentId: undefined,
} as const satisfies Partial<Ticket>;

/** More and more is left out, until the rest can be written. */
const leftOut: readonly (readonly (keyof typeof emptied)[])[] = [
  [],
  ["fields"],
  ["fields", "references", "riskFlags", "readiness", "actionRequired", "createdBy"],
  Object.keys(emptied) as (keyof typeof emptied)[],
];

function membersOf({ fields }: Ticket, name: string): readonly string[] {
  return name === "fields" ? Object.keys(fields).map((field) => `fields.${field}`) : [name];
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
