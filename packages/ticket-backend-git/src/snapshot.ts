// What the store holds at one commit.
import { decodeTicket, printable, TicketError, type TicketId, type TicketRecord } from "@wiggum/ticket-core";
import { type OwnMessage, ownMessage } from "./commit-message.js";
import { folderMode, type StoreLayout } from "./fan-out.js";
import { type GitObjects, type ObjectId, parseCommit, type TreeEntry } from "./objects.js";
import {
  idOfFile,
  isOrdinaryFile,
  isStoreFile,
  layoutFile,
  layoutVersion,
  readLayout,
  readLayoutVersion,
  ticketFile,
} from "./store-layout.js";
import { type StorePlace, storeBroken } from "./store-place.js";
import { openStoreTree, type PlacedEntry, type StoreEntries, type StoreTree } from "./store-tree.js";
import { findTrusted } from "./timeline.js";

/** Largest ticket file that is loaded at all. */
export const largestTicketBytes = 16 * 1024 * 1024;

/** A ticket file's content, or why it cannot be read. */
export type TicketContent =
  | { readonly record: TicketRecord }
  | { readonly problem: TicketError<"TICKET_UNREADABLE"> };

export interface TicketVersion {
  readonly id: TicketId;
  readonly blob: ObjectId;
}

export interface Snapshot {
  readonly commit: ObjectId;
  /** Present when Wiggum made the commit. */
  readonly own?: OwnMessage | undefined;
  /** Up to here nothing is judged any more; the commit itself if it is ours. Absent in a store that is yet to be adopted. */
  readonly trusted?: ObjectId | undefined;
  /** Where a write puts what it changes. */
  readonly layout: StoreLayout;
  readonly tree: StoreTree;
  /** The ordinary file of one ticket: reads what is on the way there alone. */
  ticket(id: TicketId): PlacedEntry | undefined;
  /** Looks at all of the tree, once. */
  contents(): StoreContents;
}

/** All that lies in a store. */
export interface StoreContents extends Pick<StoreEntries, "twins" | "lost"> {
  /** Ordinary files that bear a ticket's name. */
  readonly tickets: ReadonlyMap<TicketId, PlacedEntry>;
  /** The folders of tickets that are there. */
  readonly folders: readonly PlacedEntry[];
  /** Everything else that does not belong; a ticket's own folder does. */
  readonly foreign: readonly PlacedEntry[];
}

export interface StoreReader {
  /** @throws STORE_BROKEN the commit is missing or of a newer format */
  snapshot(commit: ObjectId): Snapshot;
  /** Reads many versions at once, so that asking for each of them costs nothing. */
  load(versions: Iterable<TicketVersion>): void;
  content(id: TicketId, blob: ObjectId): TicketContent;
  /** Tickets by their blobs. `entries` maps id to blob id. */
  contents(entries: ReadonlyMap<TicketId, ObjectId>): ReadonlyMap<TicketId, TicketContent>;
}

/** Reads snapshots and tickets; keeps what it has read, since objects never change. */
export function createStoreReader(place: StorePlace): StoreReader {
  const contentOfBlob = new Map<string, TicketContent>();
  const knownLayouts = new Map<ObjectId, StoreLayout>();
  let last: Snapshot | undefined;

  function snapshot(commit: ObjectId): Snapshot {
    if (last?.commit === commit) return last;
    const tree = `${commit}^{tree}`;
    const found = place.objects.readAll([commit, tree]);
    const commitObject = found.get(commit);
    const treeObject = found.get(tree);
    if (commitObject?.type !== "commit" || treeObject === undefined) {
      throw storeBroken(place.root, `commit ${commit} of main is missing`);
    }
    const entries = openStoreTree(place.objects, treeObject.content, commit.length / 2);
    const { committer, message } = parseCommit(commitObject.content);
    const own = ownMessage(committer, message);
    const trusted = own === undefined ? findTrusted(place, commit) : commit;
    const layout = `${trusted}:${layoutFile}`;
    // The format is what our own newest commit says: a push that changes the file locks nobody out.
    const isPushed = trusted !== undefined && trusted !== commit;
    const named = readLayoutFile(
      isPushed ? place.objects.sizes([layout]).get(layout)?.id : entries.find(layoutFile)?.id,
    );
    let sorted: StoreContents | undefined;
    last = {
      commit,
      own,
      trusted,
      layout: named,
      tree: entries,
      ticket: (id) => ticketIn(entries, id),
      contents() {
        sorted ??= sortEntries(entries.all());
        return sorted;
      },
    };
    return last;
  }

  /** `blob` of the layout file; a store of the original shell version has none. */
  function readLayoutFile(blob: ObjectId | undefined): StoreLayout {
    const known = blob === undefined ? "flat" : knownLayouts.get(blob);
    if (blob === undefined || known !== undefined) return known ?? "flat";
    const text = place.objects.read([blob]).get(blob)?.content.toString("utf8") ?? "";
    const version = readLayoutVersion(text);
    if (version === undefined || version > layoutVersion) {
      const said = version === undefined ? "an unknown format" : `format ${version}`;
      throw storeBroken(place.root, `${layoutFile} names ${said}; this program knows up to ${layoutVersion}`);
    }
    const named = readLayout(text);
    knownLayouts.set(blob, named);
    return named;
  }

  function load(versions: Iterable<TicketVersion>): void {
    const missing = new Map<string, TicketVersion>();
    for (const version of versions) {
      const name = key(version.id, version.blob);
      if (!contentOfBlob.has(name)) missing.set(name, version);
    }
    if (missing.size === 0) return;
    if (contentOfBlob.size + missing.size > largestCache) forgetPast();
    readVersions(place.objects, [...missing.values()], ({ id, blob }, content) => {
      // What is missing is not remembered as missing.
      if (content !== undefined) contentOfBlob.set(key(id, blob), content);
    });
  }

  /** What the last snapshot does not show goes; whoever needs it reads it again. */
  function forgetPast(): void {
    const shown = new Map<string, TicketContent>();
    for (const [name, content] of contentOfBlob) {
      const [blob, id = ""] = name.split(" ");
      if (last?.ticket(id)?.id === blob) shown.set(name, content);
    }
    contentOfBlob.clear();
    for (const [name, content] of shown) contentOfBlob.set(name, content);
  }

  function content(id: TicketId, blob: ObjectId): TicketContent {
    load([{ id, blob }]);
    return contentOfBlob.get(key(id, blob)) ?? readContent(id, blob, undefined);
  }

  function contents(entries: ReadonlyMap<TicketId, ObjectId>): ReadonlyMap<TicketId, TicketContent> {
    load([...entries].map(([id, blob]) => ({ id, blob })));
    return new Map([...entries].map(([id, blob]) => [id, content(id, blob)]));
  }

  return { snapshot, load, content, contents };
}

/** Reads and parses these versions, as many at a time as fit into memory; of a missing object `take` is given nothing. */
export function readVersions<Version extends TicketVersion>(
  objects: GitObjects,
  versions: readonly Version[],
  take: (version: Version, content: TicketContent | undefined) => void,
): void {
  if (versions.length === 0) return;
  const sizes = objects.sizes([...new Set(versions.map(({ blob }) => blob))]);
  const bytesOf = ({ blob }: TicketVersion) => sizes.get(blob)?.bytes ?? 0;
  for (const version of versions) {
    const bytes = bytesOf(version);
    if (bytes > largestTicketBytes) take(version, tooLarge(version.id, bytes));
  }
  for (const group of groupsBySize(versions, bytesOf)) {
    const found = objects.readAll([...new Set(group.map(({ blob }) => blob))]);
    for (const version of group) {
      const object = found.get(version.blob);
      take(version, object && readContent(version.id, version.blob, object.content));
    }
  }
}

function key(id: TicketId, blob: ObjectId): string {
  return `${blob} ${id}`;
}

const largestGroupBytes = 64 * 1024 * 1024;

/** Most versions that are kept in memory, beside those of the last snapshot. */
const largestCache = 20_000;

/** Parts what is small enough to load into groups that fit into memory together. */
function groupsBySize<Version extends TicketVersion>(
  versions: readonly Version[],
  bytesOf: (version: Version) => number,
): readonly (readonly Version[])[] {
  const groups: Version[][] = [];
  let room = 0;
  for (const version of versions) {
    const bytes = bytesOf(version);
    if (bytes > largestTicketBytes) continue;
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = largestGroupBytes;
    }
    groups.at(-1)?.push(version);
    room -= bytes;
  }
  return groups;
}

/** The ordinary file of a ticket. */
export function ticketIn(tree: StoreTree, id: TicketId): PlacedEntry | undefined {
  const entry = tree.find(ticketFile(id));
  return entry !== undefined && isOrdinaryFile(entry.mode) ? entry : undefined;
}

/** Tickets, and what does not belong here. The folder of a ticket that is there is its own; what lies in it, `AttachmentFolders` tells. */
export function sortEntries({ counted, twins, misplaced, lost }: StoreEntries): StoreContents {
  const tickets = new Map<TicketId, PlacedEntry>();
  for (const entry of counted) {
    const id = idOfFile(entry.name);
    if (id !== undefined && isOrdinaryFile(entry.mode)) tickets.set(id, entry);
  }
  const isForeign = ({ name, mode }: TreeEntry): boolean => {
    if (mode === folderMode) return !tickets.has(name);
    return !isOrdinaryFile(mode) || (idOfFile(name) === undefined && !isStoreFile(name));
  };
  const folders = counted.filter(({ name, mode }) => mode === folderMode && tickets.has(name));
  return { tickets, folders, twins, lost, foreign: [...counted.filter(isForeign), ...misplaced] };
}

/** A name from a tree as text for people. */
export function shownName(name: string): string {
  return printable(Buffer.from(name, "latin1").toString("utf8"));
}

/** A blob as the ticket `id`, or why it is none. */
export function readContent(id: TicketId, blob: ObjectId, content: Buffer | undefined): TicketContent {
  const path = `${id}.md`;
  if (content === undefined) return unreadable(id, `${path}: its object ${blob} is missing from the store`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return unreadable(id, `${path} is not text in UTF-8`);
  }
  try {
    const ticket = decodeTicket(text, { path });
    if (ticket.id !== id) return unreadable(id, `${path} bears the id ${printable(String(ticket.id))}`);
    return { record: freeze({ ticket, revision: blob, fence: { id, epoch: ticket.leaseEpoch }, text }) };
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    const { line } = error.data as { readonly line?: number };
    return unreadable(id, error.message, line);
  }
}

function tooLarge(id: TicketId, bytes: number): TicketContent {
  return unreadable(
    id,
    `${id}.md has ${bytes} bytes, more than the ${largestTicketBytes} that a ticket may have`,
  );
}

function unreadable(id: TicketId, message: string, line?: number): TicketContent {
  const data = { id, path: `${id}.md`, ...(line === undefined ? {} : { line }) };
  const hint = `Mend the file in a view and run 'wiggum ticket sync', or look at its history.`;
  return { problem: new TicketError("TICKET_UNREADABLE", message, data, { hint }) };
}

/** What is kept is handed out many times: nobody may change it. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}
