import { findType, type TicketChange, type TicketTypes, transitionBetween } from "@wiggum/ticket-core";
import { hookDepthOf } from "./hook-depth.js";
import type { NewOutboxRow } from "./ports.js";

/** Runs of one (event, hook) after which a failure is left to a person. */
export const maxHookAttempts = 3;
/** Runs after which one that was cut off is left to a person: a kill is not the hook's failure, unless it happens each time. */
export const maxCutOffRuns = 10;
/** Pause before a hook that had no capacity is asked again. */
export const hookLaterMs = 2_000;

const firstBackoffMs = 1_000;

/** Milliseconds until a hook that failed its `attempts`-th run is tried again: 1 s, 4 s, … */
export function hookBackoffMs(attempts: number): number {
  return firstBackoffMs * 4 ** Math.max(0, attempts - 1);
}

/**
 * Names one ticket's part in one commit, and so (with the hook's name) the key under which a hook runs: the operation and the ticket, since
 * one commit may move several. A write that names no operation (somebody's raw push) is known by its place in the history.
 */
export function eventIdOf(change: TicketChange): string {
  return `${change.operationId ?? change.cursor}:${change.id}`;
}

/**
 * The after-hooks that a committed change asks for, in order. None for a change that moved no state, that was made without hooks, or outside
 * the state machine (`override`: a release, a recovery), and none where the types know no such edge any more. Pure.
 */
export function planAfterHooks(change: TicketChange, types: TicketTypes): readonly NewOutboxRow[] {
  const before = change.before?.ticket;
  const after = change.after?.ticket;
  if (before === undefined || after === undefined || before.state === after.state) return [];
  if (change.skipHooks || change.override !== undefined) return [];
  const edge = transitionBetween(findType(types, after.type), before.state, after.state);
  const holder = after.assignedAgentId ?? before.assignedAgentId;
  const agentId = change.actor.kind === "agent" ? change.actor.id : holder;
  return (edge?.after ?? []).map((hook, index) => ({
    eventId: eventIdOf(change),
    hook: hook.name,
    index,
    ticketId: change.id,
    from: before.state,
    to: after.state,
    ...(agentId !== undefined && { agentId }),
    mode: hook.mode,
    timeoutMs: hook.timeoutMs,
    depth: hookDepthOf(change.cause) + 1,
    at: change.at,
  }));
}
