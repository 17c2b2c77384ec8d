import type { FieldValue } from "./ticket.js";

/** A program that runs before (may refuse) or after (cannot) a transition. */
export interface HookReference {
  /** Name of the program in the folder of hooks. */
  readonly name: string;
  /** `retry`: at least once, `once`: at most once. Only after-hooks differ. */
  readonly mode: "retry" | "once";
  /** Milliseconds until it is stopped and counts as failed. */
  readonly timeoutMs: number;
}

/** A state of a ticket type. */
export interface TicketState {
  /** Lower case with dashes, for example `in-progress`; what a ticket's `state` says. */
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
  /** Name of the state that it leaves. */
  readonly from: string;
  /** Name of the state that it leads to. */
  readonly to: string;
  /** The verb that names this edge, for example `approve`, `reject`, `close`, `reopen`. */
  readonly name?: string | undefined;
  /** What else it does; empty = nothing. */
  readonly effects: readonly TransitionEffect[];
  /** Named conditions, for example `has-merged-work`. */
  readonly guards: readonly string[];
  /** Run one after the other; the first that refuses ends it, and nothing is written. */
  readonly before: readonly HookReference[];
  /** Run when it is written; they refuse nothing. */
  readonly after: readonly HookReference[];
}

/** A front matter key that the type declares beyond the core ones. */
export interface TicketField {
  /** The key in front matter. */
  readonly name: string;
  /** What a value must be; `ticket` = the id of one. */
  readonly kind: "string" | "number" | "boolean" | "list" | "ticket";
  /** A ticket without it is refused. */
  readonly required: boolean;
  /** Allowed values; absent = any. */
  readonly values?: readonly FieldValue[] | undefined;
  /** Of a new ticket; absent = none. */
  readonly default?: FieldValue | undefined;
  /** For people who fill it in. */
  readonly description?: string | undefined;
}

/** States, edges and fields of a kind of ticket. A value, not a class: made from `.wiggum/ticket_types.json` or in code. */
export interface TicketType {
  /** What a ticket's `type` says, for example `task`. */
  readonly name: string;
  /** State of a new ticket. */
  readonly initial: string;
  /** All states; names are unique. */
  readonly states: readonly TicketState[];
  /** All edges. */
  readonly transitions: readonly TicketTransition[];
  /** Keys of front matter beyond those that every ticket has. */
  readonly fields: readonly TicketField[];
}

/** All types of a project. */
export interface TicketTypes {
  /** Name of the type of a new ticket; one of `types`. */
  readonly defaultType: string;
  /** By name. */
  readonly types: Readonly<Record<string, TicketType>>;
}
