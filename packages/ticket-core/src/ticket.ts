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
  readonly reason: string;
  readonly since?: Timestamp | undefined;
  readonly by?: string | undefined;
}

/** Something outside the ticket that it speaks of. Written as `<kind>:<target>` in front matter. */
export interface Reference {
  /** `file`, `branch`, `commit`, `agent`, `artifact`, `url`, or any other word (kept as it is). */
  readonly kind: string;
  readonly target: string;
}

/**
 * A work item. Plain data, JSON-safe, never mutated: a change makes a new value.
 *
 * The Markdown file is front matter, `preamble`, the line `# <title>`, `body`; the parts joined give the file back byte for byte.
 */
export interface Ticket {
  readonly id: TicketId;
  /** Name of the ticket type, for example `task`. */
  readonly type: string;
  /** 0 (highest) to 4 (lowest). */
  readonly priority: number;
  readonly state: string;
  /** Who works on it. Absent = nobody. */
  readonly assignedAgentId?: string | undefined;
  readonly assignedAt?: Timestamp | undefined;
  /** Fencing token: rises by one with every claim, 0 before the first. */
  readonly leaseEpoch: number;
  readonly parent?: TicketId | undefined;
  /** Sorted when written by us; a set. */
  readonly dependsOn: readonly TicketId[];
  /** A person's input. Never written by Wiggum into another ticket; the inverse of `dependsOn` is computed. */
  readonly blocks: readonly TicketId[];
  readonly labels: readonly string[];
  readonly readiness?: string | undefined;
  readonly needsPreflight?: boolean | undefined;
  readonly riskFlags: readonly string[];
  readonly actionRequired?: ActionRequired | undefined;
  readonly references: readonly Reference[];
  readonly createdAt?: Timestamp | undefined;
  readonly createdBy?: string | undefined;
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

/** The claim of one agent on one ticket: it holds while the ticket's `leaseEpoch` is still `epoch`. */
export interface Fence {
  readonly id: TicketId;
  readonly epoch: number;
}

/** Who asks for a write. `agent` = somebody who holds (or was given) one ticket and must show its fence. */
export interface Actor {
  readonly kind: "person" | "agent" | "supervisor" | "hook";
  /** `worker-0`, `manual`, … Shown in messages and kept in the history. */
  readonly id: string;
  readonly role?: string | undefined;
  readonly host?: string | undefined;
}

/** A ticket as it is stored. */
export interface TicketRecord {
  readonly ticket: Ticket;
  readonly revision: Revision;
  /** What an agent must name when it writes while holding this ticket. */
  readonly fence: Fence;
  /** The exact stored text, where the backend keeps Markdown. */
  readonly text?: string | undefined;
}

/** A ticket as it is stored, without its text: enough to list it, and to tell what can be claimed. Every `TicketRecord` is one, too. */
export interface TicketSummary {
  readonly ticket: TicketFacts;
  readonly revision: Revision;
  readonly fence: Fence;
}
