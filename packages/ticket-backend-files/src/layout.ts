import type {
  Actor,
  ThreadEntry,
  Ticket,
  TicketEvent,
  TicketId,
  TicketProblem,
  TicketType,
  TicketTypes,
  Timestamp,
} from "@wiggum/ticket-core";
import type { FolderReader } from "./folder/folder.js";

/** Where a ticket lies. */
export interface TicketPlace {
  readonly id: TicketId;
  /** The folder that its files are in, from the root: `open/20260102-030405-fix-login`; empty = the root itself. */
  readonly folder: string;
}

/**
 * The files that make up one ticket, bytes as they lie there. Their revision is a hash over `folder` and all of `files`.
 * A layout may leave out files that belong to the ticket but do not tell what it is (attachments).
 */
export interface StoredTicket extends TicketPlace {
  /** By name in `folder`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a layout would have on the disk after a write. */
export interface WantedTicket extends StoredTicket {
  /**
   * Files beside those that are read back, made only when the ticket is new: `artifacts/.gitkeep`. By path in `folder`; one folder deep at most.
   */
  readonly companions?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** What else a layout may write of. */
export interface WriteContext {
  readonly actor: Actor;
  readonly at: Timestamp;
  /** What is in the store, for names that must differ. Reads only. */
  readonly folder: FolderReader;
  /** Entries to be appended to the thread; none where the layout has none. */
  readonly entries?: readonly ThreadEntry[] | undefined;
}

/** Names of a folder that were looked at. */
export interface TicketPlaces {
  readonly places: readonly TicketPlace[];
  /** What lies there and is no ticket. */
  readonly problems: readonly TicketProblem[];
}

/**
 * How tickets lie in a folder: a pure translation between a `Ticket` and its files. Everything that may go wrong on a disk (locks, crashes,
 * races, links) is the concern of the backend, which asks the layout what is where and what it means.
 *
 * Rules: `decode(encode(next, previous))` is `next`; `encode(decode(stored), stored)` is `stored`, byte for byte; a change keeps every byte that is
 * not part of the changed value; no file outside of the place of the ticket is named.
 */
export interface FolderLayout {
  /** `work-items`, `tickets-dir`. */
  readonly name: string;
  /** The ticket type of files that name none: the states that the format knows, any to any. */
  readonly type: TicketType;
  /** The same layout for tickets of these types. Absent = it was told its types, or needs none. A backend asks it with those of its judge. */
  judgedBy?(types: TicketTypes): FolderLayout;
  /** Every place where a ticket lies, in the order of names; looks at names, opens no ticket. Names that begin with a dot are not ours. */
  places(root: FolderReader): TicketPlaces;
  /** Where the ticket of this id lies; several = it is there more than once. */
  find(root: FolderReader, id: TicketId): readonly TicketPlace[];
  /** Ids of the tickets that bear this name beside their id, whole; absent = there are no such names. */
  named?(root: FolderReader, name: string): readonly TicketId[];
  /** Names in the folder of a ticket that belong to what it is: those that are there are read into `files`. */
  fileNames(place: TicketPlace): readonly string[];
  /** The file to name when the ticket cannot be read, from the root. */
  mainPath(place: TicketPlace): string;
  /** @throws TICKET_UNREADABLE with path and line */
  decode(stored: StoredTicket): Ticket;
  /** @throws TICKET_INVALID for what the format cannot hold */
  encode(next: Ticket, previous: StoredTicket | undefined, context: WriteContext): WantedTicket;
  /** The entries beside the text, oldest first; absent = the format has none, and all entries are in the text. */
  threadOf?(stored: StoredTicket): readonly TicketEvent[];
  /** A file to which others append without a lock: what is new at its end is appended, the file is not replaced. */
  isAppended?(name: string): boolean;
  /** A ticket has a folder of its own, which moves and goes as a whole; else its files are taken one by one. */
  readonly hasFolders: boolean;
  /** Folders in the root that must be there, and are made by the first write. */
  readonly folders?: readonly string[] | undefined;
  /** Folder for attachments in the folder of a ticket. Absent = none are kept. */
  readonly attachments?: string | undefined;
}
