import { createHash } from "node:crypto";
import {
  isTicketError,
  printable,
  type Revision,
  type Ticket,
  TicketError,
  type TicketId,
  type TicketProblem,
  type TicketRecord,
} from "@wiggum/ticket-core";
import type { FolderReader } from "./folder/folder.js";
import type { FolderLayout, StoredTicket, TicketPlace } from "./layout.js";

/** A ticket as it lies in the files now: its record, or why it cannot be read. */
export interface FoundTicket {
  readonly id: TicketId;
  readonly stored: StoredTicket;
  readonly revision: Revision;
  readonly record?: TicketRecord | undefined;
  readonly problem?: TicketError<"TICKET_UNREADABLE"> | undefined;
}

/** Which version the files are: of other bytes, names or folders it is another. */
export function revisionOf({ folder, files }: StoredTicket): Revision {
  const hash = createHash("sha256");
  const add = (bytes: Uint8Array | string) => {
    hash.update(`${Buffer.byteLength(bytes)}:`);
    hash.update(bytes);
  };
  add(folder);
  for (const [name, bytes] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    add(name);
    add(bytes);
  }
  return hash.digest("hex");
}

/** Works in the folder of this path. `undefined` = there is none. */
export function enterPath<Kind extends FolderReader, Result>(
  root: Kind,
  path: string,
  work: (folder: Kind) => Result,
): Result | undefined {
  const [name = "", ...rest] = path.split("/");
  if (path === "") return work(root);
  return root.enter(name, (folder) => enterPath(folder as Kind, rest.join("/"), work));
}

/** The bytes of a ticket; `undefined` = nothing is there. @throws STORE_BROKEN for links and the like */
export function loadStored(
  root: FolderReader,
  layout: FolderLayout,
  place: TicketPlace,
): StoredTicket | undefined {
  return enterPath(root, place.folder, (folder) => filesIn(folder, layout, place));
}

function filesIn(folder: FolderReader, layout: FolderLayout, place: TicketPlace): StoredTicket | undefined {
  const files = new Map<string, Uint8Array>();
  for (const name of layout.fileNames(place)) {
    const bytes = folder.read(name);
    if (bytes !== undefined) files.set(name, bytes);
  }
  if (files.size === 0 && !layout.hasFolders) return undefined;
  return { id: place.id, folder: place.folder, files };
}

/** The ticket of this id as it lies there. */
export function findTicket(root: FolderReader, layout: FolderLayout, id: TicketId): FoundTicket | undefined {
  const places = layout.find(root, id);
  const [place] = places;
  return place === undefined ? undefined : found(root, root, layout, place, places);
}

/** All tickets, and what lies among them that is none. */
export function findTickets(
  root: FolderReader,
  layout: FolderLayout,
): { readonly tickets: readonly FoundTicket[]; readonly problems: readonly TicketProblem[] } {
  const { places, problems } = layout.places(root);
  const byId = grouped(places, ({ id }) => id);
  const tickets: FoundTicket[] = [];
  for (const [parent, beside] of grouped(byId.values(), ([place]) => parentOf(place?.folder ?? ""))) {
    enterPath(root, parent, (folder) => {
      for (const all of beside) {
        const [place] = all;
        const ticket = place && found(root, folder, layout, place, all);
        if (ticket !== undefined) tickets.push(ticket);
      }
    });
  }
  return { tickets, problems };
}

function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function parentOf(folder: string): string {
  return folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
}

function found(
  root: FolderReader,
  parent: FolderReader,
  layout: FolderLayout,
  place: TicketPlace,
  places: readonly TicketPlace[],
): FoundTicket | undefined {
  const path = layout.mainPath(place);
  const nothing: StoredTicket = { id: place.id, folder: place.folder, files: new Map() };
  let stored = nothing;
  try {
    const name = place.folder.slice(place.folder.lastIndexOf("/") + 1);
    const loaded =
      parent.path === place.folder
        ? filesIn(parent, layout, place)
        : parent.path === parentOf(place.folder)
          ? parent.enter(name, (folder) => filesIn(folder, layout, place))
          : loadStored(root, layout, place);
    if (loaded === undefined) return undefined;
    stored = loaded;
    if (places.length > 1) throw twice(places, path);
    const revision = revisionOf(stored);
    return { id: place.id, stored, revision, record: recordOf(layout, stored, revision) };
  } catch (error) {
    const problem = unreadable(error, place.id, path);
    return { id: place.id, stored, revision: revisionOf(stored), problem };
  }
}

/** The record that these files are. @throws TICKET_UNREADABLE */
export function recordOf(layout: FolderLayout, stored: StoredTicket, revision: Revision): TicketRecord {
  const ticket: Ticket = layout.decode(stored);
  return freeze({ ticket, revision, fence: { id: ticket.id, epoch: ticket.leaseEpoch } });
}

function twice(places: readonly TicketPlace[], path: string): TicketError<"TICKET_UNREADABLE"> {
  const folders = places.map(({ folder }) => printable(folder || "."));
  return new TicketError(
    "TICKET_UNREADABLE",
    `Cannot read ${printable(path)}: the same id is there ${places.length} times, in ${folders.join(", ").slice(0, 300)}`,
    { id: places[0]?.id, path },
    { hint: "Keep one of them: rename or remove the others." },
  );
}

function unreadable(error: unknown, id: TicketId, path: string): TicketError<"TICKET_UNREADABLE"> {
  if (isTicketError(error, "TICKET_UNREADABLE")) return error;
  const isOurs = isTicketError(error, "STORE_BROKEN");
  const { code, message } = error as NodeJS.ErrnoException;
  if (!isOurs && code !== "EACCES" && code !== "EPERM" && code !== "EIO") throw error;
  return new TicketError(
    "TICKET_UNREADABLE",
    `Cannot read ${printable(path).slice(-200)}: ${printable(isOurs ? message : String(code)).slice(0, 300)}`,
    { id, path },
    { hint: "A ticket is made of plain files that this user may read.", cause: error },
  );
}

/** What is wrong with this ticket, for a listing. */
export function problemOf({ id, problem }: FoundTicket): TicketProblem | undefined {
  if (problem === undefined) return undefined;
  const { code, message } = problem;
  const { line, path = id } = problem.data;
  return { code, id, path: printable(path), ...(line !== undefined && { line }), message };
}

/** Nobody can change what is kept by way of what was given out. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}
