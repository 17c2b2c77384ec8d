import type { TicketAttachments } from "./attachments.js";
import type { TicketError } from "./errors.js";
import type {
  Actor,
  Cursor,
  Fence,
  OperationId,
  Revision,
  Ticket,
  TicketId,
  TicketRecord,
  TicketSummary,
  Timestamp,
} from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";
import type { TicketEvent } from "./tickets.js";

/**
 * Which tickets to list. Data, JSON-safe; `matchesQuery` in `query.ts` is the reference, every backend must agree with it.
 * Members are joined by "and", the values of one member by "or". Results are ordered by priority, then creation time, then id.
 */
export interface TicketQuery {
  /** Full ids. */
  readonly ids?: readonly TicketId[] | undefined;
  /** Names of states. */
  readonly states?: readonly string[] | undefined;
  /** Names of types. */
  readonly types?: readonly string[] | undefined;
  /** Has one of them. */
  readonly labels?: readonly string[] | undefined;
  /** Assigned to one of them. */
  readonly assignedAgentIds?: readonly string[] | undefined;
  /** A part of one of them. */
  readonly parents?: readonly TicketId[] | undefined;
  /** Depends on one of them, directly. */
  readonly dependsOn?: readonly TicketId[] | undefined;
  /** `true` = a person must act, `false` = nobody must. */
  readonly actionRequired?: boolean | undefined;
  /** `true` = was archived, `false` = is in the working set. */
  readonly archived?: boolean | undefined;
  /** Case-insensitive substring of title or body. */
  readonly text?: string | undefined;
}

/** Which part of a list is wanted. */
export interface PageRequest {
  /** 1 to 10,000; absent = all. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

/** Something in the store that is not a readable ticket. Reported, never skipped in silence, never in the way of other tickets. */
export interface TicketProblem {
  /**
   * `TICKET_UNREADABLE`: its text is no ticket. `TICKET_ILLEGAL`: readable, and against its type. `TICKET_DUPLICATE`: a second file of a ticket,
   * in another folder. `FILE_FOREIGN`: a file that is no ticket. `STORE_FAULT`: the store itself.
   */
  readonly code: "TICKET_UNREADABLE" | "TICKET_ILLEGAL" | "TICKET_DUPLICATE" | "FILE_FOREIGN" | "STORE_FAULT";
  /** Of the ticket that the text would be, where its place tells. */
  readonly id?: TicketId | undefined;
  /** Name inside the store, with control characters escaped. */
  readonly path: string;
  /** From 1, where a line is to blame. */
  readonly line?: number | undefined;
  /** What is wrong, for people; control characters are escaped, its length is bounded. */
  readonly message: string;
}

/** A part of a list, and the point in history that it shows. `problems` are tickets that cannot be read. */
export interface TicketPage {
  /** In the order of every list. */
  readonly tickets: readonly TicketRecord[];
  /** All of the store, whatever was asked for. */
  readonly problems: readonly TicketProblem[];
  /** The point in history that this answer shows. */
  readonly asOf: Cursor;
  /** Hand this to `watch`. */
  readonly cursor: Cursor;
  /** Present when there is more. */
  readonly next?: string | undefined;
}

/** A part of a list without texts. */
export interface SummaryPage extends Omit<TicketPage, "tickets"> {
  /** In the order of every list. */
  readonly tickets: readonly TicketSummary[];
}

/** One ticket as it is stored, or that there is none. */
export interface TicketReading {
  /** Absent = there is no such ticket. An unreadable one throws `TICKET_UNREADABLE`. */
  readonly record?: TicketRecord | undefined;
  /** The point in history that this answer shows. */
  readonly asOf: Cursor;
}

/** What becomes of one ticket in a commit. */
export interface TicketWrite {
  /** The ticket that is written; no other is touched. */
  readonly id: TicketId;
  /** Revision that this write replaces; `null` = the ticket must not exist. */
  readonly expected: Revision | null;
  /** `null` deletes. */
  readonly next: Ticket | null;
  /**
   * Exact text to store; must decode to `next`. Only where a person's own bytes are taken up. A backend that keeps no Markdown (its records have no
   * `text`) stores `next` in its own words.
   */
  readonly verbatim?: string | undefined;
  /** Entries to be appended, in this order, to what stands beside the text of `next`. Refused as UNSUPPORTED where the backend has no `threads`. */
  readonly entries?: readonly ThreadEntry[] | undefined;
}

/** An entry that is appended to a thread. */
export interface ThreadEntry extends TicketEvent {
  /** Kept where the caller named it, so that the same entry is known again. */
  readonly id?: string | undefined;
  /** When it is written. */
  readonly at: Timestamp;
}

/**
 * Entries of tickets in a format that keeps them beside the text (`thread.md` of a work item), and not in it. They are written with their commit
 * or not at all, and go with their ticket.
 */
export interface TicketThreads {
  /**
   * All that stand there, oldest first; the format may begin a thread with one of its own. Empty lines at the ends of a text may be gone. None of a
   * ticket that is not there. @throws TICKET_UNREADABLE, ID_INVALID
   */
  read(id: TicketId): Promise<readonly TicketEvent[]>;
}

/** A ticket that a commit relies on without writing it. */
export interface TicketRequirement {
  /** The ticket that was read. */
  readonly id: TicketId;
  /** Revision that was read; `null` = was absent. */
  readonly revision: Revision | null;
}

/** One write: all of its changes, or none. */
export interface TicketCommit {
  /** The same one again is the same write: it is answered, not made. */
  readonly operationId: OperationId;
  /** Who asks; kept in the history. */
  readonly actor: Actor;
  /** One line, for example `Transition tk-5c46: ready → in-progress`. */
  readonly subject: string;
  /** Why, for people and programs: `hook on-qa-done`, `spawn failed`, … */
  readonly cause?: string | undefined;
  /** Wall clock of the caller; only displayed. */
  readonly at: Timestamp;
  /** At least one, each ticket once. Several only where `supports.batch`. */
  readonly changes: readonly TicketWrite[];
  /** Tickets that were read to decide, but are not written. */
  readonly requires?: readonly TicketRequirement[] | undefined;
  /**
   * Required when `actor.kind` is `agent`: the claim under which it acts, still valid. That need not be one of its own, nor of a ticket among
   * `changes`: a reviewer writes under the claim of the work that it reviews. A fence stops who was taken over; it is no permission, and the
   * backend does not ask whose claim it is.
   */
  readonly fence?: Fence | undefined;
  /** Set where a person or recovery steps outside the state machine (`release`, …). Legality of the edge is then not judged; kept in the history. */
  readonly override?: string | undefined;
  /** `true` = the after-hooks of this transition must not run (`--no-hooks`). Kept in the history. */
  readonly skipHooks?: boolean | undefined;
}

/** The answer to a commit that was made. */
export interface CommitReceipt {
  /** That of the commit. */
  readonly operationId: OperationId;
  /** The operation had been committed before; nothing was written now. */
  readonly already: boolean;
  /** The point in history right after the commit. */
  readonly asOf: Cursor;
  /** The tickets after the commit, in the order of `changes`; a deleted one is left out. */
  readonly records: readonly TicketRecord[];
}

/** What became of an operation: `absent` = it was never written and may be sent again. */
export type CommitOutcome =
  | { readonly status: "committed"; readonly receipt: CommitReceipt }
  | { readonly status: "absent" };

/** One ticket changed by one commit, in commit order. */
export interface TicketChange {
  /** Cursor after this commit; a watch from here goes on with the next commit. */
  readonly cursor: Cursor;
  /** The ticket that changed. */
  readonly id: TicketId;
  /** Absent = it was created. */
  readonly before?: TicketRecord | undefined;
  /** Absent = it was deleted. */
  readonly after?: TicketRecord | undefined;
  /** Absent for a foreign write (a raw push). */
  readonly operationId?: OperationId | undefined;
  /** Who asked for it. */
  readonly actor: Actor;
  /** That of the commit: one line. */
  readonly subject: string;
  /** That of the commit. */
  readonly cause?: string | undefined;
  /** That of the commit: why it stepped outside the state machine. */
  readonly override?: string | undefined;
  /** That of the commit. */
  readonly skipHooks: boolean;
  /** That of the commit. */
  readonly at: Timestamp;
}

/** How long a watch goes on. */
export interface WatchOptions {
  /** Ends the watch without an error. */
  readonly signal?: AbortSignal | undefined;
  /** `false` = end when caught up. Default `true`. */
  readonly follow?: boolean | undefined;
}

/** What a backend can do beside reading and writing. The conformance kit asks for exactly that. */
export interface TicketBackendSupports {
  /** `history` is there. */
  readonly history: boolean;
  /** `watch` is there. */
  readonly watch: boolean;
  /** `sync` is there. */
  readonly sync: boolean;
  /** `attachments` is there. */
  readonly attachments: boolean;
  /** Several tickets in one commit, all or nothing. */
  readonly batch: boolean;
  /** Other processes may write to the same store. */
  readonly shared: boolean;
  /** Tickets that were over long ago may be archived: its lists leave them out quickly. Absent = they may not. */
  readonly archive?: boolean | undefined;
}

/** Is `next` a legal successor of `base`? `undefined` = absent. Pure; types and legality live in core, see `createJudge`. */
export interface Judge {
  /** @param context `override` = why the edges of the type do not count this time */
  (
    base: Ticket | undefined,
    next: Ticket | undefined,
    context: { readonly override?: string | undefined },
  ): Verdict;
  /** By which types it judges: what a backend needs that stores a state in the words of another tool. Absent = nobody knows. */
  readonly types?: TicketTypes | undefined;
}

/** The answer of a judge: legal, or the error to refuse with. */
export type Verdict = { readonly legal: true } | { readonly legal: false; readonly error: TicketError };

/** Which way changes go between two stores, or between a store and its files. */
export type SyncDirection = "pull" | "push" | "both";

/** How many tickets went which way, and which were refused. */
export interface SyncReport {
  /** Tickets that came from the other side. */
  readonly pulled: number;
  /** Tickets that went there. */
  readonly pushed: number;
  /** What neither side took, and why. */
  readonly refused: readonly TicketProblem[];
}

/** Files for people and agents to look at; never the truth. A view is named by its folder. */
export interface TicketViews {
  /** Makes the view if it is missing; never touches edits in it. `kind` `full` keeps all objects (the second copy), `shared` borrows them. */
  create(folder: string, kind: "full" | "shared"): Promise<void>;
  /**
   * Brings files that were not edited to the tip. `isGlance`: a large view that was whole at this very point of history is not looked at file by
   * file again, and neither are its files that nobody wrote since; an edit made there shows without it. `showing`: the files of these tickets are
   * there afterwards, also in a view that does not show all of a large store.
   */
  refresh(
    folder: string,
    options?: { readonly isGlance?: boolean | undefined; readonly showing?: readonly TicketId[] | undefined },
  ): Promise<ViewReport>;
  /** Edits in the view that are not in the store yet. */
  edits(folder: string): Promise<readonly ViewEdit[]>;
  /**
   * Takes an edit as submitted or dropped: the file follows the store again. With `text` only if the file still has it: what a person
   * saved in between is a new edit, made from `text`.
   */
  settle(folder: string, id: TicketId, text?: string): Promise<void>;
  /** Changes one file as a person would, under the lock of the view; the store stays as it is. `change` gets the text that is there. */
  edit(folder: string, id: TicketId, change: (text: string | undefined) => string): Promise<void>;
  /** Where the ticket's file is in this view. */
  path(folder: string, id: TicketId): string;
  /** Up to where the owner of this view has been shown changes; absent for a new view. */
  seen(folder: string): Promise<Cursor | undefined>;
  /** Keeps up to where the owner of this view has been shown changes. */
  markSeen(folder: string, cursor: Cursor): Promise<void>;
}

/** A file of a view that is not as it was written. `path` is absolute. */
export interface ViewEdit {
  /** The ticket whose file it is. */
  readonly id: TicketId;
  /** Of the file; absolute. */
  readonly path: string;
  /** What the file was made from; absent for a file that a person created. */
  readonly base?: TicketRecord | undefined;
  /** The file's text now; absent when it was deleted. */
  readonly text?: string | undefined;
  /** Something that is no text file (a link, a folder) lies in the file's place: there is no `text`, and the view leaves it alone. */
  readonly isForeign?: boolean | undefined;
}

/** What a refresh of a view did. */
export interface ViewReport {
  /** The point in history that the files show now. */
  readonly at: Cursor;
  /** Files that were brought up to date. */
  readonly written: readonly TicketId[];
  /** Files left alone because somebody edited them. */
  readonly edited: readonly TicketId[];
}

/** Where tickets are kept. Adapters implement this; `createTickets()` gives it meaning. */
export interface TicketBackend {
  /** Version of the contract, and of the conformance kit, that this was written against. */
  readonly contract: 1;
  /** Short word for messages, the same for every store of this kind: `git`, `memory`. */
  readonly name: string;
  /** What it can do; the members below are there accordingly. */
  readonly supports: TicketBackendSupports;
  /**
   * Must answer as `selectPage` of `query.ts` does; `problems` are all those of the store, whatever the query and the page.
   * @throws QUERY_INVALID, STORE_* when the store cannot be read at all.
   */
  list(query?: TicketQuery, page?: PageRequest): Promise<TicketPage>;
  /**
   * The same answer as that of `list`, without the texts. Only where that costs less: a store with an index of its own. Whoever only lists
   * tickets, or asks what can be claimed, asks this first.
   * @throws as `list`
   */
  summaries?(query?: TicketQuery, page?: PageRequest): Promise<SummaryPage>;
  /**
   * Every id that is taken, unreadable tickets too. Only where that costs less than `list`. With `part`, those that contain it; a backend may
   * give more.
   */
  ids?(part?: string): Promise<readonly TicketId[]>;
  /** Ids of the tickets that bear exactly this other name, in a store whose tickets have one beside the id (the slug of a work item). */
  idsNamed?(name: string): Promise<readonly TicketId[]>;
  /** @throws TICKET_UNREADABLE */
  read(id: TicketId): Promise<TicketReading>;
  /**
   * All or nothing; the same `operationId` twice has one effect.
   * A known `operationId` is answered before anything else is compared, a fence before revisions: who was taken over must stop, not retry.
   * @throws TICKET_CONFLICT a revision in `changes` or `requires` is not the stored one; `data.id`, `data.current`, `data.by`
   * @throws TICKET_FENCED the fence's epoch is not the stored one, or an agent named none (whoever the assignee is)
   * @throws COMMIT_UNKNOWN it may or may not have happened; ask `outcome(operationId)`
   * @throws whatever `judge` refuses with, STORE_BUSY, STORE_READ_ONLY, ID_INVALID, TICKET_INVALID
   * @throws UNSUPPORTED several tickets without `supports.batch`, entries without `threads`
   */
  commit(commit: TicketCommit): Promise<CommitReceipt>;
  /**
   * Asks, before anything is done for an agent, what `commit` would say of its claim although the epoch is the stored one: where stores are
   * synced, two hosts may have given away the same epoch, and one of the claims was refused. Absent = the epoch alone decides.
   * @throws TICKET_FENCED
   */
  checkClaim?(fence: Fence, actorId: string): Promise<void>;
  /** What became of an operation whose answer was lost. */
  outcome(operationId: OperationId): Promise<CommitOutcome>;
  /** Changes of one ticket, oldest first. */
  history?(id: TicketId): AsyncIterable<TicketChange>;
  /**
   * Every change after `from`, in commit order, none missed. `from` absent = from the beginning. Ends without an error when `signal` aborts.
   * The changes of one commit bear the same cursor: keep it only when all of them have been taken.
   * @throws QUERY_INVALID a cursor that is not of this store
   */
  watch?(from: Cursor | undefined, options?: WatchOptions): AsyncIterable<TicketChange>;
  /** Exchanges changes with the store upstream; only where `supports.sync`. @throws OFFLINE */
  sync?(direction: SyncDirection): Promise<SyncReport>;
  /** What is wrong with the store itself (locks, objects, foreign files). Only reads. */
  diagnose?(): Promise<readonly TicketProblem[]>;
  /** Folders of files to look at; absent = the backend has none. */
  readonly views?: TicketViews | undefined;
  /** Where entries stand beside the text: new ones go there (`TicketWrite.entries`). Absent = all entries are in the text. */
  readonly threads?: TicketThreads | undefined;
  /** Files of tickets; only where `supports.attachments`. */
  readonly attachments?: TicketAttachments | undefined;
  /** Lets go of files and connections. Nothing may be called afterwards. */
  close?(): Promise<void>;
}
