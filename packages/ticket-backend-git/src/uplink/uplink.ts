// What an uplink is asked and what it answers. JSON-safe.
import type { Actor, Cursor, OperationId, SyncDirection, TicketId, Timestamp } from "@wiggum/ticket-core";

/** Where the tickets of several hosts meet: a branch of a git repository. */
export interface Upstream {
  /** Whatever git takes for a repository: `ssh://…`, `host:path`, `git://…`, `https://…`, an absolute path. */
  readonly url: string;
  /** Short name of the branch, for example `wiggum/tickets`. */
  readonly branch: string;
}

/** A field that another host had changed first, and differently. */
export interface RefusedField {
  readonly field: string;
  readonly stored: string;
  readonly refused: string;
}

/**
 * An operation that was acknowledged on this host and could not go on top of what another host had written first. Its commit stays in the
 * history of the store, its effect is gone from the tickets.
 */
export interface RefusedOperation {
  readonly operationId: OperationId;
  /** The commit that wrote it. */
  readonly commit: string;
  readonly subject: string;
  readonly actor: Actor;
  readonly at: Timestamp;
  readonly tickets: readonly TicketId[];
  /** Claims that it made: whoever shows one of these is told to stop. */
  readonly claims: readonly {
    readonly id: TicketId;
    readonly epoch: number;
    /** The agent that it was for. */
    readonly holder?: string | undefined;
  }[];
  /** Code of the error that it was refused with. */
  readonly code: string;
  readonly reason: string;
  /** Values that clash, cut to one line each. */
  readonly fields: readonly RefusedField[];
  readonly refusedAt: Timestamp;
}

/** What a sync did. It is given only when the upstream has answered; otherwise the sync throws. */
export interface UplinkReport {
  readonly direction: SyncDirection;
  readonly asOf: Cursor;
  /** Commits of other hosts that came. */
  readonly pulled: number;
  /** Commits of this host that the upstream has now and had not before. */
  readonly pushed: number;
  /** Commits of this host that the upstream has not; 0 unless only was pulled, or something was written meanwhile. */
  readonly ahead: number;
  /** Operations of this host that this sync refused. */
  readonly refused: readonly RefusedOperation[];
}

/** How this host stands to its upstream, as far as is known without asking it. */
export interface UplinkStatus {
  readonly upstream: Upstream;
  /** Commits here that the upstream is not known to have. */
  readonly ahead: number;
  /** Writes that wait for the upstream to accept them, where its word counts: they are not in the tickets here. Most often 0. */
  readonly pending: number;
  /** When the oldest of `ahead` was written. */
  readonly aheadSince?: Timestamp | undefined;
  /** Commits of the upstream that are known and not in the tickets here yet. */
  readonly behind: number;
  /** When the upstream answered last; absent = never. What it got since then is not known. */
  readonly syncedAt?: Timestamp | undefined;
  /** Why the upstream cannot be reached or used, and since when; absent = the last sync went well. */
  readonly failure?: UplinkFailure | undefined;
  /** Refused operations that nobody has settled. */
  readonly refused: readonly RefusedOperation[];
}

/** The last syncs failed. */
export interface UplinkFailure {
  readonly code: string;
  readonly message: string;
  /** When the first of them failed, and the last. */
  readonly since: Timestamp;
  readonly at: Timestamp;
}
