import type { ListedTicket, TicketFilter } from "@wiggum/ticket-backend-files";

/** What `create` was told. */
export interface TicketDraft {
  readonly title: string;
  readonly description?: string | undefined;
  readonly design?: string | undefined;
  readonly acceptance?: string | undefined;
  readonly type?: string | undefined;
  readonly priority?: string | undefined;
  /** Absent = whoever the store takes for it; empty = nobody. */
  readonly assignee?: string | undefined;
  readonly externalRef?: string | undefined;
  /** Full id. */
  readonly parent?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** A ticket that waits, and for which others. */
export interface WaitingTicket {
  readonly ticket: ListedTicket;
  readonly waitsFor: readonly string[];
}

/** All members of a ticket's front matter, as `query` prints them. */
export type TicketMembers = Readonly<Record<string, string | readonly string[]>>;

/**
 * Tickets as the commands of `tk` see them, wherever they lie: a folder of files, or the store of a Wiggum project. Ids are full ones, except in
 * `find`. Files that are no tickets are told on standard error and do not hide the others.
 */
export interface TkStore {
  /** The full id for what was typed. @throws TkFailure not found, ambiguous */
  find(typed: string): Promise<string>;
  /** All tickets, in the order of file names. */
  list(): Promise<readonly ListedTicket[]>;
  /** Tickets that somebody can work on now, best first. */
  ready(): Promise<readonly ListedTicket[]>;
  /** Tickets that wait for others, best first. */
  blocked(): Promise<readonly WaitingTicket[]>;
  /** Tickets that are over, last changed first, at most `limit`. */
  closed(filter: TicketFilter, limit: number): Promise<readonly ListedTicket[]>;
  /** Does this status, asked for by `ls --status`, mean the one that the ticket has? */
  isStatus(ticket: ListedTicket, wanted: string): boolean;
  /** The ticket and its text as it is stored. */
  read(id: string): Promise<{ readonly ticket: ListedTicket; readonly text: Uint8Array }>;
  /** Front matter of all tickets, in the order of file names. */
  members(): Promise<readonly TicketMembers[]>;
  /** Files a ticket and gives its id. */
  create(draft: TicketDraft): Promise<string>;
  /** Refuses a word that is no status. */
  checkStatus(status: string): void;
  /** Gives the status that was reached. */
  setStatus(id: string, status: string): Promise<string>;
  /** `false` = it was there already. */
  addDependency(id: string, on: string): Promise<boolean>;
  /** `false` = it was not there. */
  removeDependency(id: string, on: string): Promise<boolean>;
  /** Links each with every other; gives how many entries were added. */
  link(ids: readonly string[]): Promise<number>;
  /** `false` = they were not linked. */
  unlink(id: string, other: string): Promise<boolean>;
  addNote(id: string, note: string): Promise<void>;
  /** Where a person can change the ticket with an editor. */
  file(id: string): Promise<string>;
  /** Takes up what the editor left in the file. Absent = the file is the ticket. */
  submit?(id: string): Promise<void>;
  /** Takes in `.beads/issues.jsonl` of a folder. Absent = cannot be done here. */
  migrateBeads?(text: string): Promise<readonly string[]>;
  close?(): Promise<void>;
}
