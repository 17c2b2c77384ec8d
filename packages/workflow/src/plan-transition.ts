import {
  findState,
  findType,
  type HookReference,
  printable,
  type Ticket,
  TicketError,
  type TicketRecord,
  type TicketTransition,
  type TicketTypes,
  type Timestamp,
  transitionBetween,
  transitionRefused,
  unknownState,
  unknownType,
} from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import { guardsOf } from "./guards.js";
import { deepestHook } from "./hook-depth.js";
import type { HandInFacts } from "./ports.js";
import type { AgentId } from "./runner.js";

/** Everything that a transition is decided from. Plain data. */
export interface TransitionFacts {
  readonly record: TicketRecord;
  readonly types: TicketTypes;
  readonly to: string;
  /** Who gets the ticket: the edge must claim. */
  readonly claimFor?: AgentId | undefined;
  /** The agent that calls, if one does: it gets the ticket where the edge claims and nobody else was named. */
  readonly caller?: AgentId | undefined;
  /** Neither before- nor after-hooks. The merge is no hook. */
  readonly noHooks?: boolean | undefined;
  /** Guards of this caller, beside those of the edge, where work is handed in. */
  readonly extraGuards?: readonly string[] | undefined;
  /** How many hooks deep the caller runs. */
  readonly depth?: number | undefined;
  /** Who set the state that the ticket is in, and when; for the message of a refusal. */
  readonly setBy?: string | undefined;
  readonly setAt?: Timestamp | undefined;
}

/** A front matter value that the transition writes. */
export interface PlannedChange {
  readonly field: string;
  readonly before: string | number | undefined;
  readonly after: string | number | undefined;
}

/** What a transition will do, in this order: guards, before-hooks, merge, changes (one commit), after-hooks (from the outbox). */
export interface TransitionPlan {
  readonly record: TicketRecord;
  readonly edge: TicketTransition;
  readonly subject: string;
  readonly guards: readonly string[];
  readonly before: readonly HookReference[];
  readonly hasMerge: boolean;
  readonly changes: readonly PlannedChange[];
  readonly claimFor?: AgentId | undefined;
  readonly after: readonly HookReference[];
  readonly noHooks: boolean;
  /** Depth of the hooks that this transition runs. */
  readonly hookDepth: number;
}

/** What a transition does, or why it may not be. */
export type TransitionDecision =
  | { readonly status: "planned"; readonly plan: TransitionPlan }
  | { readonly status: "refused"; readonly error: TicketError | WorkflowError };

/**
 * Decides what a transition does, or why it may not be. Pure: what is refused here has changed nothing.
 * Refusals: TYPE_UNKNOWN STATE_UNKNOWN TRANSITION_NOT_ALLOWED TICKET_HELD HOOK_TOO_DEEP.
 */
export function planTransition(facts: TransitionFacts): TransitionDecision {
  const { record, types, to, claimFor, depth = 0, noHooks = false } = facts;
  const claimant = claimFor ?? facts.caller;
  const { ticket } = record;
  const type = findType(types, ticket.type);
  if (type === undefined) return refused(unknownType(types, ticket.type));
  if (findState(type, to) === undefined) return refused(unknownState(type, to, ticket.id));
  const edge = transitionBetween(type, ticket.state, to);
  if (edge === undefined || ticket.state === to) {
    const isHeld =
      claimFor !== undefined &&
      ticket.assignedAgentId !== undefined &&
      ticket.assignedAgentId !== claimFor &&
      findState(type, ticket.state)?.final !== true;
    const { setBy, setAt } = facts;
    return refused(isHeld ? heldError(ticket) : transitionRefused(ticket, to, type, { setBy, setAt }));
  }
  const hookDepth = depth + 1;
  const before = noHooks ? [] : edge.before;
  const [first] = before;
  if (first !== undefined && hookDepth > deepestHook) return refused(tooDeep(first.name, hookDepth));
  return {
    status: "planned",
    plan: {
      record,
      edge,
      subject: `Transition ${ticket.id}: ${ticket.state} → ${to}`,
      guards: guardsOf(edge, facts.extraGuards),
      before,
      hasMerge: edge.effects.includes("merge"),
      changes: changesOf(ticket, edge, claimant),
      claimFor: edge.effects.includes("claim") ? claimant : undefined,
      after: noHooks ? [] : edge.after,
      noHooks,
      hookDepth,
    },
  };
}

function refused(error: TicketError | WorkflowError): TransitionDecision {
  return { status: "refused", error };
}

function changesOf(
  ticket: Ticket,
  edge: TicketTransition,
  claimant: AgentId | undefined,
): readonly PlannedChange[] {
  const claims = edge.effects.includes("claim");
  const releases = edge.effects.includes("release");
  const holder = releases
    ? undefined
    : claims
      ? (claimant ?? ticket.assignedAgentId)
      : ticket.assignedAgentId;
  const epoch = ticket.leaseEpoch + (claims || releases ? 1 : 0);
  const changes: readonly PlannedChange[] = [
    { field: "state", before: ticket.state, after: edge.to },
    { field: "assigned_agent_id", before: ticket.assignedAgentId, after: holder },
    { field: "lease_epoch", before: ticket.leaseEpoch, after: epoch },
  ];
  return changes.filter(({ before, after }) => before !== after);
}

/** The ticket belongs to another agent. */
export function heldError(ticket: Ticket): TicketError<"TICKET_HELD"> {
  const { id, state, assignedAgentId: holder, assignedAt: since } = ticket;
  const moment = since === undefined ? "" : ` since ${since}`;
  return new TicketError(
    "TICKET_HELD",
    `${id} is held by ${printable(holder ?? "nobody")}${moment} (${printable(state)}); nothing was written`,
    { id, holder, since, state },
    { hint: "Take another ticket, or have this one released." },
  );
}

/** A chain of hooks that call one another is cut here. */
export function tooDeep(hook: string, depth: number): WorkflowError<"HOOK_TOO_DEEP"> {
  return new WorkflowError(
    "HOOK_TOO_DEEP",
    `The hook ${printable(hook)} would run ${depth} hooks deep: chains of hooks stop at ${deepestHook}`,
    { hook, depth },
    {
      hint: "A hook moves a ticket, whose hook moves a ticket, and so on: look for a circle in the project's hooks.",
    },
  );
}

/** The plan in words, a line for each step, for `--dry-run`. `facts` = what is known of the hand-in, where there is one. */
export function describeTransition(
  plan: TransitionPlan,
  facts?: HandInFacts,
  whyNot: (hook: string) => string | undefined = () => undefined,
): readonly string[] {
  const lines = plan.guards.map((name) => `check: ${printable(name)}`);
  const runs = (hook: { readonly name: string }, how: string) => {
    const reason = whyNot(hook.name);
    const name = printable(hook.name);
    return reason === undefined ? `run the hook ${name} (${how})` : `nothing runs for ${name}: ${reason}`;
  };
  for (const hook of plan.before) lines.push(`before: ${runs(hook, `at most ${hook.timeoutMs} ms`)}`);
  if (plan.hasMerge) lines.push(describeMerge(facts));
  const changes = plan.changes.map(
    ({ field, before, after }) => `${field} ${shown(before)} → ${shown(after)}`,
  );
  lines.push(`commit: ${printable(plan.subject)} (${changes.join(", ")})`);
  for (const hook of plan.after) lines.push(`after: ${runs(hook, hook.mode)}`);
  if (plan.noHooks) lines.push("no hooks: neither before nor after");
  return lines;
}

function describeMerge(facts: HandInFacts | undefined): string {
  if (facts === undefined) return "merge: the assignee's branch into the feature branch";
  if (facts.source === undefined) return `merge: nothing to merge into ${printable(facts.target)}`;
  const commits = facts.newCommits === 1 ? "1 commit" : `${facts.newCommits} commits`;
  return `merge: ${printable(facts.source)} into ${printable(facts.target)} (${commits})`;
}

function shown(value: string | number | undefined): string {
  return value === undefined ? "nobody" : printable(String(value));
}
