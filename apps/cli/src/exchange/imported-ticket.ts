// What every reader makes of a foreign record, before anything is decided about our own tickets.
import type { Reference, Ticket } from "@wiggum/ticket-core";
import type { OfferedField } from "./own-fields.js";
import type { OwnState } from "./own-state.js";
import type { SourceAttachment } from "./source-attachments.js";

/** Where tickets may come from; the word that `--from` takes. */
export const sourceFormats = [
  "tk",
  "beads",
  "backlog",
  "work-items",
  "github",
  "taskmaster",
  "jsonl",
] as const;
export type SourceFormat = (typeof sourceFormats)[number];

/** What becomes of one input field: as it was, said in Wiggum's own fields, or not there afterwards. */
export type Fate = "kept" | "mapped" | "dropped";

/** One input field of one record, by its path: `title`, `comments[0].author`. Each field has one of these. */
export interface FieldAccount {
  readonly field: string;
  readonly fate: Fate;
  /** Where it is now, or why it is not: `priority`, `imported_data`, `says nothing`. */
  readonly note: string;
}

/** Where a record stands: a file as it was named, and its line where there is one. */
export interface SourcePlace {
  readonly path: string;
  /** 1 = first. */
  readonly line?: number | undefined;
}

/** A record, or a file, that cannot be taken in. */
export interface SourceProblem extends SourcePlace {
  /** Absent = it is not even known which record it is. */
  readonly externalId?: string | undefined;
  /** The id is that of the record, word for word: nobody behind it may take it. */
  readonly isIdTaken?: boolean | undefined;
  readonly message: string;
}

/** What a foreign state means, for types whose states have other names. `held`: not begun, and nobody shall begin it unasked. */
export type StateMeaning = "open" | "held" | "started" | "review" | "done" | "given-up";

/** Something said about another record. `kind` is `depends-on`, `blocks`, `parent`, or any other word, which becomes a reference. */
export interface ImportedLink {
  readonly kind: string;
  /** External id. */
  readonly target: string;
  /** The input field that says it. */
  readonly field: string;
  /** Whatever its kind, it becomes a reference. It may lead out of the source: nothing is wrong with that. */
  readonly isReference?: boolean | undefined;
}

export interface ImportedEvent {
  readonly kind: string;
  readonly source: string;
  readonly at: string;
  readonly text: string;
}

/** A foreign record in neutral words. */
export interface ImportedTicket {
  /** Unique in its source; with the format it is how a second import knows the ticket again. */
  readonly externalId: string;
  /** Other spellings by which links may name it. */
  readonly aliases?: readonly string[] | undefined;
  readonly place: SourcePlace;
  readonly title: string;
  /** Word for the kind of work, as it was. */
  readonly type?: string | undefined;
  /** The state as it was. */
  readonly state: string;
  readonly meaning: StateMeaning;
  /** Our own word for the state, where an export of ours wrote the record. */
  readonly ownState?: OwnState | undefined;
  readonly priority?: number | undefined;
  /** Text that is put below `## Description`, whatever is in it. */
  readonly description?: string | undefined;
  /** A whole Markdown text with sections of its own, to be taken over as it is. */
  readonly markdown?: string | undefined;
  readonly criteria: readonly { readonly text: string; readonly checked: boolean }[];
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
  readonly events: readonly ImportedEvent[];
  readonly links: readonly ImportedLink[];
  readonly labels: readonly string[];
  readonly riskFlags?: readonly string[] | undefined;
  readonly readiness?: string | undefined;
  readonly needsPreflight?: boolean | undefined;
  readonly references: readonly Reference[];
  /** Files that lie beside the record and are to be attached to its ticket. */
  readonly attachments?: readonly SourceAttachment[] | undefined;
  /** Why a person has to act before anybody takes it up. */
  readonly actionRequired?: string | undefined;
  readonly actionSince?: string | undefined;
  readonly actionBy?: string | undefined;
  readonly createdAt?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly updatedAt?: string | undefined;
  /** Values that are among `kept`, and fields of their own where the ticket's type declares them. */
  readonly offeredFields?: readonly OfferedField[] | undefined;
  /** Fields without a place of their own, by their paths. Stored as data of the ticket. */
  readonly kept: Readonly<Record<string, unknown>>;
  readonly account: readonly FieldAccount[];
  /** Tells this content of the record from any other. */
  readonly digest: string;
  /** It says of itself that it was deleted: nothing is made of it. */
  readonly isDeleted?: boolean | undefined;
  /** One of our own tickets, byte for byte: nothing about it is decided here. */
  readonly exact?: { readonly ticket: Ticket; readonly text: string } | undefined;
}

/** All that a source holds. */
export interface SourceContents {
  readonly records: readonly ImportedTicket[];
  readonly problems: readonly SourceProblem[];
  /** Files that belong to the source and are no tickets, with the reason why they stay out. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

/** A file of a source as it lies on disk. `path` is as people should see it. */
export interface SourceFile {
  readonly path: string;
  /** Below the folder that was named, with `/`; of a single file its name. */
  readonly name: string;
  /** Empty where the content is none to be read as text: then `load` gives it. */
  readonly bytes: Uint8Array;
  /** Bytes of the whole content, where `bytes` is not it. */
  readonly size?: number | undefined;
  readonly load?: (() => Promise<Uint8Array>) | undefined;
}

/** A reader of one format: pure, from bytes to records. */
export type SourceReader = (files: readonly SourceFile[]) => SourceContents;
