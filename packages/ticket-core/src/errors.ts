import { CodedError, hasMarker } from "./coded-error.js";
import type { Actor, OperationId, Revision, TicketId, TicketRecord, Timestamp } from "./ticket.js";
import type { BlockingReason } from "./tickets.js";

/** What each error code of the ticket layer carries. */
export interface TicketErrorData {
  ID_INVALID: { readonly id: string };
  TICKET_NOT_FOUND: { readonly id: string };
  TICKET_AMBIGUOUS: { readonly id: string; readonly candidates: readonly TicketId[] };
  /** A value that may not be stored (schema, size, an immutable field changed). */
  TICKET_INVALID: { readonly id?: TicketId | undefined; readonly field?: string | undefined };
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
  /** The claim was taken over: stop working. */
  TICKET_FENCED: {
    readonly id: TicketId;
    readonly epoch?: number | undefined;
    readonly current: number;
    readonly holder?: string | undefined;
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
  COMMIT_UNKNOWN: { readonly operationId: OperationId };
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
  TRANSITION_NEEDS_WORKFLOW: { readonly id: TicketId; readonly from: string; readonly to: string };
  TYPE_UNKNOWN: { readonly type: string; readonly valid: readonly string[] };
  DEPENDENCY_CYCLE: { readonly path: readonly TicketId[] };
  CRITERION_NOT_FOUND: { readonly id: TicketId; readonly index: number; readonly count: number };
  QUERY_INVALID: { readonly member: string };
  STORE_BUSY: { readonly waitedMs: number };
  STORE_LOCKED: { readonly path: string };
  /** No space is left, or the quota is used up; nothing was written. */
  DISK_FULL: { readonly path: string };
  STORE_READ_ONLY: { readonly path: string };
  /** The store cannot be used at all: not a store, broken, or a newer format. */
  STORE_BROKEN: { readonly path: string };
  UNSUPPORTED: { readonly what: string };
}

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
