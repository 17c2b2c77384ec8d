import type { Cursor, FieldValue, Ticket, TicketId, Tickets } from "@wiggum/ticket-core";
import type { AgentId } from "./runner.js";

/** Time comes in here. */
export interface Clock {
  /** Wall clock: shown to people, never decides. */
  now(): Date;
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** One run of one hook: which transition of which ticket it goes with. `timeoutMs` is the longest that it may run. */
export interface HookCall {
  readonly name: string;
  readonly phase: "pre" | "post";
  readonly ticketId: TicketId;
  readonly from: string;
  readonly to: string;
  /** Agent whose command triggered the transition, else the assignee. */
  readonly agentId?: AgentId | undefined;
  readonly timeoutMs: number;
  /** Idempotency key of a post-hook. */
  readonly eventId?: string | undefined;
  /** How many hooks deep this call is; chains stop at 8. */
  readonly depth: number;
  /** When the transition was committed (ISO 8601); absent before it. */
  readonly at?: string | undefined;
}

/** What became of a run of a hook. `output` is what it printed last, both streams. */
export type HookResult =
  /** No active hook of that name: nothing to do. */
  | { readonly status: "absent" }
  | { readonly status: "passed"; readonly output: string }
  /** `isLast`: it is not tried again by itself; the output says why. */
  | {
      readonly status: "failed";
      readonly exitCode: number;
      readonly output: string;
      readonly isLast?: boolean | undefined;
    }
  | { readonly status: "timed-out"; readonly afterMs: number; readonly output: string }
  /** It could not be started (not executable, bad interpreter). */
  | { readonly status: "broken"; readonly reason: string }
  /** It answered "no capacity" (exit 12): not a failure, try later. */
  | { readonly status: "later"; readonly output: string };

/** Runs hooks; the control plane implements it. A hook that fails is a result, never an exception. */
export interface HookRunner {
  run(call: HookCall): Promise<HookResult>;
  /** Why nothing would run for that hook, in words; `undefined` = its program would. */
  whyNot?(name: string): string | undefined;
  /** Ends what runs of these (event, hook) left behind when the process that ran them was killed. None of them may be running now. */
  endLeftovers?(runs: readonly { readonly eventId: string; readonly hook: string }[]): Promise<void>;
}

/** What is known of a hand-in before it is done. */
export interface HandInFacts {
  /** Branch of the ticket's assignee; absent when it has none (or is no worker). */
  readonly source?: string | undefined;
  /** `feature/<ticket>`. */
  readonly target: string;
  /** Name of the base branch, for messages. */
  readonly base?: string | undefined;
  /** Commits of source that target lacks. */
  readonly newCommits: number;
  /** Commits of the ticket's own work in source and target together that the base branch lacks. */
  readonly workCommits: number;
  /** Changed or untracked files in the assignee's worktree that are in no commit. */
  readonly uncommittedFiles: readonly string[];
  /** Files in which the work conflicts with the base branch as it is now. */
  readonly conflictsWithBase: readonly string[];
}

/** What became of the merge of an agent's work into its feature branch. */
export interface HandInResult {
  readonly status: "merged" | "up-to-date" | "nothing";
  /** Commit that `feature/<ticket>` is at afterwards. */
  readonly commit?: string | undefined;
}

/** The project's code branches, as far as a transition needs them. */
export interface HandInPort {
  facts(ticket: Ticket): Promise<HandInFacts>;
  /** @throws MERGE_CONFLICT files named, nothing changed; CHECKOUT_OVERLAP */
  handIn(ticket: Ticket): Promise<HandInResult>;
  /** Moves nothing, for previews. @throws what `handIn` would refuse with now */
  check?(ticket: Ticket): Promise<void>;
}

/** One hook of one committed transition. */
export interface OutboxRow {
  readonly eventId: string;
  readonly hook: string;
  readonly index: number;
  readonly ticketId: TicketId;
  readonly from: string;
  readonly to: string;
  readonly agentId?: AgentId | undefined;
  readonly mode: "retry" | "once";
  readonly timeoutMs: number;
  readonly depth: number;
  /** When the transition was committed (ISO 8601). */
  readonly at?: string | undefined;
  readonly status: "pending" | "started" | "done" | "failed" | "parked" | "dropped";
  readonly attempts: number;
  readonly lastOutput?: string | undefined;
  /** Monotonic-free: not before this wall-clock time (ISO). Only delays. */
  readonly notBefore?: string | undefined;
}

/** A row to be put into the outbox; what only a run can tell is not in it yet. */
export type NewOutboxRow = Omit<OutboxRow, "status" | "attempts" | "lastOutput" | "notBefore">;

/**
 * What of the committed transitions has had its post-hooks run. The ticket history is the record of what must run;
 * this keeps how far it was read and what became of each (event, hook).
 */
export interface Outbox {
  /**
   * Up to where everything was read, where it is known without a look that nothing waits either, for a retry or a person. `undefined` = that takes a
   * look. Absent = it always does.
   */
  quietAt?(): Cursor | undefined;
  /** Absent = nothing was read yet: a fresh outbox starts at the tip. */
  cursor(): Promise<Cursor | undefined>;
  /**
   * Adds rows that are not there yet and moves the cursor, in one transaction, unless somebody else moved it since it was `from`
   * (`undefined` = there was none): then nothing happens and the answer is `false`. So no reader can move it back or over a change.
   */
  record(rows: readonly NewOutboxRow[], upTo: Cursor, from: Cursor | undefined): Promise<boolean>;
  /** Takes the next row that may run (in order per ticket, dead owners' rows again) for this process; absent = none now. */
  takeNext(): Promise<OutboxRow | undefined>;
  finish(
    row: OutboxRow,
    end: {
      readonly status: OutboxRow["status"];
      readonly output: string;
      readonly retryAfterMs?: number | undefined;
      /** `false` = the run does not count (there was no capacity). Default `true`. */
      readonly isAttempt?: boolean | undefined;
    },
  ): Promise<void>;
  pending(ticketId?: TicketId): Promise<readonly OutboxRow[]>;
  /** A person decides about a failed or parked row. */
  resolve(eventId: string, hook: string, decision: "retry" | "drop"): Promise<void>;
  close(): Promise<void>;
}

/** A field of a ticket that somebody else changed since the caller last saw the ticket. */
export interface SeenChange {
  readonly field: string;
  readonly before: FieldValue | undefined;
  readonly after: FieldValue | undefined;
  readonly by: string;
  readonly at: string;
}

/** The ports that use cases of this package share. */
export interface WorkflowPorts {
  readonly tickets: Tickets;
  readonly hooks: HookRunner;
  readonly handIn: HandInPort;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly newId: () => string;
}
