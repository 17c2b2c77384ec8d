import type { FieldValue } from "./ticket.js";

/** A program that runs before (may refuse) or after (cannot) a transition. */
export interface HookReference {
  readonly name: string;
  /** `retry`: at least once, `once`: at most once. Only after-hooks differ. */
  readonly mode: "retry" | "once";
  /** Milliseconds until it is stopped and counts as failed. */
  readonly timeoutMs: number;
}

/** A state of a ticket type. */
export interface TicketState {
  readonly name: string;
  /** No transition normally leaves it; a ticket here is over. */
  readonly final: boolean;
  /** A dependant counts a ticket in this state as delivered. */
  readonly satisfiesDependants: boolean;
  /** A ticket here may be claimed when its dependencies are delivered and nobody must act. */
  readonly claimable: boolean;
  /** Roles whose agents work on a ticket in this state, for example `["worker"]`. */
  readonly roles: readonly string[];
}

/**
 * What a transition does beyond the state:
 * `claim` sets assignee and a new epoch (on an edge from a state to itself the ticket is claimed where it is: held while it has an assignee),
 * `merge` merges the assignee's branch into the feature branch before the commit,
 * `release` empties the assignment.
 */
export type TransitionEffect = "claim" | "merge" | "release";

/** An edge of a ticket type: which way a ticket may go, under which conditions, and what then runs. */
export interface TicketTransition {
  readonly from: string;
  readonly to: string;
  /** The verb that names this edge, for example `approve`, `reject`, `close`, `reopen`. */
  readonly name?: string | undefined;
  readonly effects: readonly TransitionEffect[];
  /** Named conditions, for example `has-merged-work`. */
  readonly guards: readonly string[];
  readonly before: readonly HookReference[];
  readonly after: readonly HookReference[];
}

/** A front matter key that the type declares beyond the core ones. */
export interface TicketField {
  readonly name: string;
  readonly kind: "string" | "number" | "boolean" | "list" | "ticket";
  readonly required: boolean;
  /** Allowed values; absent = any. */
  readonly values?: readonly FieldValue[] | undefined;
  readonly default?: FieldValue | undefined;
  readonly description?: string | undefined;
}

/** States, edges and fields of a kind of ticket. A value, not a class: made from `.wiggum/ticket_types.json` or in code. */
export interface TicketType {
  readonly name: string;
  /** State of a new ticket. */
  readonly initial: string;
  readonly states: readonly TicketState[];
  readonly transitions: readonly TicketTransition[];
  readonly fields: readonly TicketField[];
}

/** All types of a project. */
export interface TicketTypes {
  readonly defaultType: string;
  readonly types: Readonly<Record<string, TicketType>>;
}
