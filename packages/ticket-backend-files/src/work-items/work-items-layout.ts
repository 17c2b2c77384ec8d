import {
  builtinTypes,
  isSameTicket,
  isTicketError,
  isTicketId,
  printable,
  type Ticket,
  type TicketId,
  type TicketProblem,
  type TicketTypes,
} from "@wiggum/ticket-core";
import type { FolderReader } from "../folder/folder.js";
import type { FolderLayout, StoredTicket, TicketPlace, WantedTicket, WriteContext } from "../layout.js";
import { unfit, unreadableItem } from "./item-faults.js";
import { changeItem, type ItemText, parseItem } from "./item-text.js";
import { itemChanges, newItemText, ticketOf } from "./item-ticket.js";
import { freeSlug, slugOf, slugsIn } from "./slugs.js";
import {
  isWorkItemStatus,
  statusOf,
  type WorkItemStatus,
  workItemStatuses,
  workItemType,
} from "./statuses.js";
import { entryBehind, entryText, firstEntryText, readThread } from "./thread.js";
import { threadEntryOf, ticketEventOf } from "./thread-events.js";

/** What the layout takes states of other types by. */
export interface WorkItemsLayoutOptions {
  /** Types whose tickets are kept beside work items; `work-item` need not be among them. Default: those of the backend's judge, else the built-in ones. */
  readonly types?: TicketTypes | undefined;
}

/** The files of one item. */
export const itemFile = "item.md";
export const threadFile = "thread.md";
export const resolutionFile = "resolution.md";

/** `open/<id>/item.md`, `pending/…`, `closed/…`: one folder for each item, and the folder above it is its status. */
export function workItemsLayout({ types: given }: WorkItemsLayoutOptions = {}): FolderLayout {
  const types = given ?? builtinTypes;
  function read(stored: StoredTicket): { readonly item: ItemText; readonly ticket: Ticket } {
    const path = `${stored.folder}/${itemFile}`;
    const bytes = stored.files.get(itemFile);
    if (bytes === undefined)
      throw unreadableItem(path, "the file is missing: expected it in the folder of the item");
    const item = parseItem(bytes, path);
    return { item, ticket: ticketOf(item, stored.id, statusIn(stored), types, path) };
  }

  function encodeNew(next: Ticket, { actor, at, folder, entries = [] }: WriteContext): WantedTicket {
    const status = statusOf(types, next.type, next.state);
    const slug = slugFor(next, folder);
    const text = newItemText(next, status, { slug, at });
    const files = new Map<string, Uint8Array>([
      [itemFile, Buffer.from(text)],
      [
        threadFile,
        entries.reduce<Uint8Array>(
          (thread, entry) => appended(thread, entryText(threadEntryOf(entry))),
          Buffer.from(firstEntryText(actor.id, at)),
        ),
      ],
    ]);
    const made = { id: next.id, folder: `${status}/${next.id}`, files };
    checkReadBack(next, () => read(made).ticket);
    return { ...made, companions: new Map([["artifacts/.gitkeep", Buffer.alloc(0)]]) };
  }

  function encodeChange(
    next: Ticket,
    previous: StoredTicket,
    { actor, at, entries = [] }: WriteContext,
  ): WantedTicket {
    const { item, ticket } = read(previous);
    if (isSameTicket(ticket, next) && entries.length === 0) return previous;
    const before = statusIn(previous);
    const isMoved = ticket.state !== next.state || ticket.type !== next.type;
    // An item that somebody put off stays there while its state is one of those that are not over.
    const wanted = statusOf(types, next.type, next.state);
    const status = isMoved ? wanted : before;
    const body = next.body === ticket.body ? undefined : next.body;
    const slug = String(ticket.fields["slug"] ?? next.id);
    const changes = itemChanges(item, ticket, next, status, { slug, at });
    const files = new Map(previous.files);
    files.set(itemFile, Buffer.from(changeItem(item, changes, body)));
    if (status !== before)
      files.set(threadFile, appended(files.get(threadFile), movedText(status, actor.id, at)));
    for (const entry of entries)
      files.set(threadFile, appended(files.get(threadFile), entryText(threadEntryOf(entry))));
    const made = { id: next.id, folder: `${status}/${next.id}`, files };
    checkReadBack(next, () => read(made).ticket);
    return made;
  }

  return {
    name: "work-items",
    ...(given === undefined && { judgedBy: (types: TicketTypes) => workItemsLayout({ types }) }),
    type: workItemType,
    hasFolders: true,
    attachments: "artifacts",
    folders: workItemStatuses,
    places(root) {
      const found = workItemStatuses.map((status) => placesIn(root, status));
      return {
        places: found.flatMap(({ places }) => places),
        problems: found.flatMap(({ problems }) => problems),
      };
    },
    find: (root, id) => workItemStatuses.flatMap((status) => placeIn(root, status, id) ?? []),
    named: (root, slug) =>
      (slugsIn(root).get(slug) ?? []).map((folder) => folder.slice(folder.indexOf("/") + 1)),
    fileNames: () => [itemFile, threadFile, resolutionFile],
    mainPath: ({ folder }) => `${folder}/${itemFile}`,
    decode: (stored) => read(stored).ticket,
    encode: (next, previous, context) =>
      previous === undefined ? encodeNew(next, context) : encodeChange(next, previous, context),
    threadOf: ({ files }) =>
      readThread(Buffer.from(files.get(threadFile) ?? []).toString("utf8")).map(ticketEventOf),
    isAppended: (name) => name === threadFile,
  };
}

/** The status of the folder that an item lies in. */
export function statusIn({ folder }: TicketPlace): WorkItemStatus {
  const name = folder.slice(0, folder.indexOf("/"));
  return isWorkItemStatus(name) ? name : "open";
}

/** The bytes of a thread with one more event at its end; those that were there stay. */
export function appended(thread: Uint8Array | undefined, text: string): Uint8Array {
  const before = Buffer.from(thread ?? []);
  return Buffer.concat([before, Buffer.from(entryBehind(before.toString("utf8"), text))]);
}

/** The event of a move that is no close. */
export function movedText(status: WorkItemStatus, author: string, at: string): string {
  return entryText({ kind: "status_changed", author, at, status, body: `Status changed to \`${status}\`.` });
}

function placesIn(root: FolderReader, status: WorkItemStatus) {
  const places: TicketPlace[] = [];
  const problems: TicketProblem[] = [];
  const foreign = (path: string, message: string) =>
    problems.push({ code: "FILE_FOREIGN", path: printable(path), message });
  const kind = root.kindOf(status);
  if (kind !== undefined && kind !== "folder") {
    foreign(status, `${status} is no plain folder: expected a folder of work items, and no link is followed`);
    return { places, problems };
  }
  root.enter(status, (folder) => {
    for (const { name, kind: what } of folder.entries()) {
      const path = `${status}/${name}`;
      if (name.startsWith(".") || what === "file") continue;
      if (what !== "folder")
        foreign(path, `${printable(path)} is no folder: expected one, and no link is followed`);
      else if (!isTicketId(name))
        foreign(
          path,
          `${printable(path)} is not the name of an item: expected letters, digits, '.', '_' and '-'`,
        );
      else places.push({ id: name, folder: path });
    }
  });
  return { places, problems };
}

function placeIn(root: FolderReader, status: WorkItemStatus, id: TicketId): TicketPlace | undefined {
  if (root.kindOf(status) !== "folder") return undefined;
  const kind = root.enter(status, (folder) => folder.kindOf(id));
  return kind === "folder" || kind === "link" ? { id, folder: `${status}/${id}` } : undefined;
}

/** The slug of a new item: its own, or one that no other has. */
function slugFor(ticket: Ticket, folder: FolderReader): string {
  if (ticket.type !== workItemType.name) return ticket.id;
  const own = /^\d{8}-\d{6}-(.+)$/.exec(ticket.id)?.[1] ?? slugOf(ticket.title);
  return freeSlug(folder, own);
}

/** Reads what was written: nobody shall ever find another ticket than the one that was to be stored. */
function checkReadBack(wanted: Ticket, readIt: () => Ticket): void {
  const read = readBack(wanted, readIt);
  const { fields, ...plain } = normal(wanted);
  // A work item has a slug and a kind, whether they were named or not.
  const filled = { slug: read.fields["slug"], kind: read.fields["kind"] };
  const kept = Object.fromEntries(
    Object.entries({ ...filled, ...fields }).filter(([, value]) => value !== undefined),
  );
  const expected = { ...plain, fields: wanted.type === workItemType.name ? kept : fields } as Ticket;
  const found = normal(read);
  if (isSameTicket(expected, found)) return;
  const members = Object.keys({ ...expected, ...found }) as (keyof Ticket)[];
  const field = members.find((member) => JSON.stringify(expected[member]) !== JSON.stringify(found[member]));
  throw unfit(wanted.id, field ?? "fields", `\`${field ?? "fields"}\` would be read back as another value`);
}

function readBack({ id, body }: Ticket, readIt: () => Ticket): Ticket {
  if (body.includes("\0")) throw unfit(id, "body", "it has a NUL character");
  try {
    return readIt();
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    throw unfit(id, "fields", `what would be stored could not be read (${error.message})`);
  }
}

/** Without what is filled in when it is missing, and with moments as they are written. */
function normal(ticket: Ticket): Ticket {
  const { createdAt, updatedAt, ...rest } = ticket;
  const utc = (text: string | undefined) => (text === undefined ? undefined : new Date(text).getTime());
  return {
    ...rest,
    assignedAt: ticket.assignedAt && String(utc(ticket.assignedAt)),
    actionRequired: ticket.actionRequired && {
      ...ticket.actionRequired,
      since: ticket.actionRequired.since && String(utc(ticket.actionRequired.since)),
    },
  };
}
