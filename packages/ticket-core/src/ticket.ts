/** `tk-` and lowercase hex digits, for example `tk-5c46`. Checked by `isTicketId`; foreign ids are accepted on import. */
export type TicketId = string;

/** Which version of a ticket this is. Opaque: compare for equality, never parse. Different contents never have the same one. */
export type Revision = string;

/** A point in the history of the whole store. Opaque; hand it back to `watch` to miss nothing. */
export type Cursor = string;

/** Made by the caller (a ULID) and kept across retries: one operation id has one effect. */
export type OperationId = string;

/** ISO 8601 in UTC to the second, for example `2026-01-02T03:04:05Z`. Readers accept offsets, too. */
export type Timestamp = string;

/** A value of a front matter key that the ticket's type declares, or that somebody else put there. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** A person must act before anybody else may: the ticket leaves `ready` and is never dispatched until this is cleared. */
export interface ActionRequired {
  /** What the person is to do or to answer, in their words; one paragraph at most. */
  readonly reason: string;
  /** When it was asked for. */
  readonly since?: Timestamp | undefined;
  /** Id of whoever asked: an agent, a person, a program. */
  readonly by?: string | undefined;
}

/** Something outside the ticket that it speaks of. Written as `<kind>:<target>` in front matter. */
export interface Reference {
  /** `file`, `branch`, `commit`, `agent`, `artifact`, `url`, or any other word (kept as it is). */
  readonly kind: string;
  /** A path from the root of the code, a branch, a commit, an agent id, an address: what `kind` says. Kept as it is, never looked up. */
  readonly target: string;
}

/**
 * A work item. Plain data, JSON-safe, never mutated: a change makes a new value.
 *
 * The Markdown file is front matter, `preamble`, the line `# <title>`, `body`; the parts joined give the file back byte for byte.
 */
export interface Ticket {
  /** Never changes. */
  readonly id: TicketId;
  /** Name of the ticket type, for example `task`. */
  readonly type: string;
  /** 0 (highest) to 4 (lowest). */
  readonly priority: number;
  /** Name of a state of its type, for example `ready`. An unknown one is kept and told by `doctor`. */
  readonly state: string;
  /** Who works on it. Absent = nobody. */
  readonly assignedAgentId?: string | undefined;
  /** When it got its assignee. */
  readonly assignedAt?: Timestamp | undefined;
  /** Fencing token: rises by one with every claim, 0 before the first. */
  readonly leaseEpoch: number;
  /** The ticket that this one is a part of. Nobody waits for it because of that. */
  readonly parent?: TicketId | undefined;
  /** Sorted when written by us; a set. */
  readonly dependsOn: readonly TicketId[];
  /** A person's input. Never written by Wiggum into another ticket; the inverse of `dependsOn` is computed. */
  readonly blocks: readonly TicketId[];
  /** Words of the people who use it; no meaning to Wiggum. A set, kept in the order of the file. */
  readonly labels: readonly string[];
  /** How far it is thought through, in the words of the project. Kept and shown; decides nothing. */
  readonly readiness?: string | undefined;
  /** Somebody should look at it before work begins. Kept and shown; decides nothing. */
  readonly needsPreflight?: boolean | undefined;
  /** What may go wrong with it, as words of the project. Kept and shown; decides nothing. */
  readonly riskFlags: readonly string[];
  /** Present while a person must act; absent otherwise. */
  readonly actionRequired?: ActionRequired | undefined;
  /** In the order of the file. */
  readonly references: readonly Reference[];
  /** Decides the order within a priority; absent in files of people comes last. */
  readonly createdAt?: Timestamp | undefined;
  /** Id of the actor that made it. */
  readonly createdBy?: string | undefined;
  /** Of the last write through Wiggum; only displayed. */
  readonly updatedAt?: Timestamp | undefined;
  /** Text of the first level-1 heading; empty when the file has none. */
  readonly title: string;
  /** What stands between front matter and title, normally one empty line. */
  readonly preamble: string;
  /** Everything after the title line, exactly. Sections are read and edited with the functions of `body.ts`. */
  readonly body: string;
  /** All other front matter keys, declared by the type or not. */
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** A ticket without its text: what front matter and title say. */
export type TicketFacts = Omit<Ticket, "preamble" | "body">;

/**
 * A claim on one ticket: it holds while the ticket's `leaseEpoch` is still `epoch`. It says which claim, not whose: whoever works for its holder
 * (a reviewer) shows it, too. It keeps out who was taken over, and nobody else.
 */
export interface Fence {
  /** The ticket that is held. */
  readonly id: TicketId;
  /** Its `leaseEpoch` when it was claimed. */
  readonly epoch: number;
}

/** Who asks for a write. `agent` = somebody who holds (or was given) one ticket and must show its fence. */
export interface Actor {
  /** `agent` = writes are fenced; all others are not. */
  readonly kind: "person" | "agent" | "supervisor" | "hook";
  /** `worker-0`, `manual`, … Shown in messages and kept in the history. */
  readonly id: string;
  /** Of an agent: `worker`, `qa`, … */
  readonly role?: string | undefined;
  /** Name of the machine it runs on. */
  readonly host?: string | undefined;
}

/** A ticket as it is stored. */
export interface TicketRecord {
  /** What the stored text says. */
  readonly ticket: Ticket;
  /** Of this very content: name it as `expected` to replace it. */
  readonly revision: Revision;
  /** What an agent must name when it writes while holding this ticket. */
  readonly fence: Fence;
  /** The exact stored text, where the backend keeps Markdown. */
  readonly text?: string | undefined;
}

/** A ticket as it is stored, without its text: enough to list it, and to tell what can be claimed. Every `TicketRecord` is one, too. */
export interface TicketSummary {
  /** Front matter and title. */
  readonly ticket: TicketFacts;
  /** As that of the record. */
  readonly revision: Revision;
  /** As that of the record. */
  readonly fence: Fence;
}
