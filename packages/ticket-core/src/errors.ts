import type { Attachment } from "./attachments.js";
import { CodedError, hasMarker } from "./coded-error.js";
import type { Actor, OperationId, Revision, TicketId, TicketRecord, Timestamp } from "./ticket.js";
import type { BlockingReason } from "./tickets.js";

/** What each error code of the ticket layer carries. */
export interface TicketErrorData {
  /** A text that cannot be the id of a ticket. */
  ID_INVALID: { readonly id: string };
  /** No ticket has this id, or an id that begins with it. */
  TICKET_NOT_FOUND: { readonly id: string };
  /** Several ids begin with what was given; all of them are named. */
  TICKET_AMBIGUOUS: { readonly id: string; readonly candidates: readonly TicketId[] };
  /** A value that may not be stored (schema, size, an immutable field changed). */
  TICKET_INVALID: { readonly id?: TicketId | undefined; readonly field?: string | undefined };
  /** The stored text is no ticket: `line` says where it cannot be read. */
  TICKET_UNREADABLE: {
    readonly id?: TicketId | undefined;
    readonly path?: string | undefined;
    readonly line?: number | undefined;
  };
  /** A revision was not the stored one. `current` is what is stored now, `by` who wrote it, and when. */
  TICKET_CONFLICT: {
    readonly id: TicketId;
    readonly expected: Revision | null;
    readonly current?: TicketRecord | undefined;
    readonly by?: Actor | undefined;
    readonly at?: Timestamp | undefined;
  };
  /** Two changed the same field differently; both values are given. */
  FIELD_CONFLICT: {
    readonly id: TicketId;
    readonly conflicts: readonly { field: string; base: unknown; theirs: unknown; mine: unknown }[];
  };
  /** The claim was taken over, or refused by an upstream for the reason in `refused`: stop working. */
  TICKET_FENCED: {
    readonly id: TicketId;
    readonly epoch?: number | undefined;
    readonly current: number;
    readonly holder?: string | undefined;
    readonly refused?: string | undefined;
  };
  /** Another agent holds it. */
  TICKET_HELD: {
    readonly id: TicketId;
    readonly holder?: string | undefined;
    readonly since?: Timestamp | undefined;
    readonly state: string;
  };
  /** It may not be claimed now: dependencies are not delivered, or a person must act. All reasons are given. */
  TICKET_BLOCKED: { readonly id: TicketId; readonly reasons: readonly BlockingReason[] };
  /** Changed since the caller last saw it; nothing written. */
  TICKET_CHANGED: {
    readonly id: TicketId;
    readonly changes: readonly {
      field: string;
      before: unknown;
      after: unknown;
      by: string;
      at: Timestamp;
    }[];
  };
  /** It is not known whether the write was made; `outcome(operationId)` asks. */
  COMMIT_UNKNOWN: { readonly operationId: OperationId };
  /** The ticket's type has no such state; those that it has are named. */
  STATE_UNKNOWN: {
    readonly id?: TicketId | undefined;
    readonly state: string;
    readonly valid: readonly string[];
  };
  /** Includes the transition to the state that the ticket already has (`from` = `to`, with who set it and when). */
  TRANSITION_NOT_ALLOWED: {
    readonly id: TicketId;
    readonly from: string;
    readonly to: string;
    readonly allowed: readonly string[];
    readonly setBy?: string | undefined;
    readonly setAt?: Timestamp | undefined;
    /** The state that the caller's own file shows, which is not submitted yet. */
    readonly unsubmitted?: string | undefined;
  };
  /** The edge has guards, hooks, a claim or a merge, which the bare tickets do not run. */
  TRANSITION_NEEDS_WORKFLOW: { readonly id: TicketId; readonly from: string; readonly to: string };
  /** There is no ticket type of this name; those that there are are named. */
  TYPE_UNKNOWN: { readonly type: string; readonly valid: readonly string[] };
  /** The ticket would wait for itself; `path` is the way round. */
  DEPENDENCY_CYCLE: { readonly path: readonly TicketId[] };
  /** The ticket has no acceptance criterion of this number (1 = first); it has `count`. */
  CRITERION_NOT_FOUND: { readonly id: TicketId; readonly index: number; readonly count: number };
  /** A name that is not safe, too large a content (`bytes`), or one attachment too many (`count`); `most` is what may be. */
  ATTACHMENT_INVALID: {
    readonly id?: TicketId | undefined;
    readonly name: string;
    readonly bytes?: number | undefined;
    readonly count?: number | undefined;
    readonly most?: number | undefined;
  };
  /** The ticket has no attachment of this name. */
  ATTACHMENT_NOT_FOUND: { readonly id: TicketId; readonly name: string };
  /** Another content is attached under that name (`current`), or it is gone, or a name differs in case only. `expected` `null` = nothing was. */
  ATTACHMENT_CONFLICT: {
    readonly id: TicketId;
    readonly name: string;
    readonly expected: Revision | null;
    readonly current?: Attachment | undefined;
  };
  /** A member of a query, of a page request, or a cursor cannot be used. */
  QUERY_INVALID: { readonly member: string };
  /** Other writers held the store for as long as was waited (milliseconds). */
  STORE_BUSY: { readonly waitedMs: number };
  /** A lock file of git lies in the way, held or left behind by another program. */
  STORE_LOCKED: { readonly path: string };
  /** No space is left, or the quota is used up; nothing was written. */
  DISK_FULL: { readonly path: string };
  /** The store is on a read-only file system, or there is no permission to write to it. */
  STORE_READ_ONLY: { readonly path: string };
  /** The store cannot be used at all: not a store, broken, or a newer format. */
  STORE_BROKEN: { readonly path: string };
  /** The upstream of the store cannot be reached at the moment. Either what was written stays, and is sent when it answers; or, where its word counts, nothing was written: the message says so. */
  OFFLINE: { readonly upstream: string };
  /** The upstream answered, and it is no place for these tickets: no right to read or write it, not a repository, or none with tickets in it. */
  UPSTREAM_UNUSABLE: { readonly upstream: string };
  /** This backend cannot do that; `what` names it. */
  UNSUPPORTED: { readonly what: string };
}

/** Every code that a `TicketError` may have. Codes stay; a new version may add some. */
export type TicketErrorCode = keyof TicketErrorData;

const marker = Symbol.for("@wiggum/ticket-core/error");

/** Every failure of the ticket layer that a caller may handle. */
export class TicketError<Code extends TicketErrorCode = TicketErrorCode> extends CodedError<
  TicketErrorData,
  Code
> {
  override readonly name = "TicketError";
  readonly [marker] = true;
}

/** Is this a `TicketError` (of that code)? Works across copies of the package. */
export function isTicketError<Code extends TicketErrorCode>(
  value: unknown,
  code?: Code,
): value is TicketError<Code> {
  return hasMarker(value, marker) && (code === undefined || (value as TicketError).code === code);
}
