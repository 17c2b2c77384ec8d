// What a transition is refused with when somebody else was there: fenced, held, beaten, or done before under the same operation id.
import {
  printable,
  type Ticket,
  type TicketChange,
  TicketError,
  type TicketId,
  type TicketRecord,
  type WriteContext,
} from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import { heldError, type TransitionPlan } from "./plan-transition.js";
import type { TransitionPorts, TransitionRequest, TransitionResult } from "./run-transition.js";
import type { AgentId } from "./runner.js";

/** An agent whose claim is gone is told so first: no hook runs and no branch moves on its behalf. */
export async function checkFence(
  ports: TransitionPorts,
  record: TicketRecord,
  { context }: Pick<TransitionRequest, "context">,
): Promise<void> {
  const { fence, actor } = context;
  if (fence === undefined && actor.kind !== "agent") return;
  const fenced = fence?.id ?? record.ticket.id;
  const held = fenced === record.ticket.id ? record : (await ports.tickets.backend.read(fenced)).record;
  const current = held?.ticket.leaseEpoch ?? 0;
  if (fence !== undefined && held !== undefined && current === fence.epoch) {
    await ports.tickets.backend.checkClaim?.(fence, actor.id);
    return;
  }
  const holder = held?.ticket.assignedAgentId;
  const who = printable(actor.id);
  throw new TicketError(
    "TICKET_FENCED",
    fence === undefined
      ? `${who} wrote without naming its claim`
      : `The claim of ${who} on ${fenced} was taken over${holder === undefined ? "" : ` by ${printable(holder)}`}: stop working`,
    { id: fenced, epoch: fence?.epoch, current, holder },
    { hint: "Stop working on this ticket; nothing was written." },
  );
}

/** State, assignee or epoch moved under a transition that was decided on other values: the winner is named. */
export async function beaten(
  ports: TransitionPorts,
  first: TicketRecord,
  current: TicketRecord,
  request: Pick<TransitionRequest, "to"> & { readonly claimFor?: AgentId | undefined },
): Promise<TicketError> {
  const { id, assignedAgentId: holder } = current.ticket;
  const type = ports.tickets.types.types[first.ticket.type];
  const edge = type?.transitions.find(({ from, to }) => from === first.ticket.state && to === request.to);
  if (edge?.effects.includes("claim") && holder !== undefined && holder !== request.claimFor) {
    return heldError(current.ticket);
  }
  const winner = await lastChangeOf(
    ports,
    id,
    ({ before, after }) => !isSameUnit(before?.ticket, after?.ticket),
  );
  const by = winner === undefined ? "" : `, set by ${printable(winner.actor.id)} at ${winner.at}`;
  return new TicketError(
    "TICKET_CONFLICT",
    `${id} is in state '${printable(current.ticket.state)}' now${by}: another came first, nothing was written`,
    { id, expected: first.revision, current, ...(winner && { by: winner.actor, at: winner.at }) },
    { hint: `Look at it with 'wiggum ticket show ${id}' and decide again.` },
  );
}

/** A ticket that is written to so often that no check of it stays true. */
export async function restless(
  ports: TransitionPorts,
  record: TicketRecord,
  rounds: number,
): Promise<TicketError> {
  const { id } = record.ticket;
  const last = await lastChangeOf(ports, id, () => true);
  return new TicketError(
    "TICKET_CONFLICT",
    `${id} was changed ${rounds} times while its transition was being checked; nothing was written`,
    { id, expected: record.revision, current: record, ...(last && { by: last.actor, at: last.at }) },
    { hint: "Type it again." },
  );
}

/**
 * The before-hook of this transition that changed the ticket last, if one did: then the next round would find it changed again. A hook in an
 * agent's worktree writes in the name of that agent, which does nothing else while its own command runs.
 */
export async function writingHook(
  ports: TransitionPorts,
  { record, before }: TransitionPlan,
  { actor }: WriteContext,
): Promise<string | undefined> {
  const [first] = before;
  if (first === undefined) return undefined;
  const by = (await lastChangeOf(ports, record.ticket.id, () => true))?.actor;
  if (by?.kind === "hook") return before.find(({ name }) => name === by.id)?.name;
  return by?.kind === "agent" && actor.kind === "agent" && by.id === actor.id ? first.name : undefined;
}

export function restlessHook(id: TicketId, hook: string): WorkflowError<"HOOK_WRITES"> {
  return new WorkflowError(
    "HOOK_WRITES",
    `Pre-transition hook '${printable(hook)}' writes to ${id} each time it runs - transition blocked`,
    { hook, id },
    {
      hint: "The state is as it was. What was checked must be what is moved: let the hook write only where something is missing, or write in an after-hook.",
    },
  );
}

/** What became of an operation that was committed before, if it was. */
export async function findOperation(
  ports: TransitionPorts,
  id: TicketId,
  to: string,
  operationId: string,
): Promise<TransitionResult | undefined> {
  const outcome = await ports.tickets.backend.outcome(operationId);
  if (outcome.status === "absent") return undefined;
  const record = outcome.receipt.records.find(({ ticket }) => ticket.id === id);
  if (record === undefined || record.ticket.state !== to) {
    throw new TicketError(
      "TICKET_INVALID",
      `The operation ${printable(operationId)} was another write, not this transition of ${id}`,
      { id, field: "operationId" },
      { hint: "Make a new operation id for a new write." },
    );
  }
  const change = await lastChangeOf(ports, id, (candidate) => candidate.operationId === operationId);
  return { record, from: stateOf(change?.before) ?? to, to, operationId, already: true };
}

/** The last change of a ticket that `matches`, where the store keeps a history. */
export async function lastChangeOf(
  { tickets }: TransitionPorts,
  id: TicketId,
  matches: (change: TicketChange) => boolean,
): Promise<TicketChange | undefined> {
  if (tickets.backend.history === undefined) return undefined;
  let last: TicketChange | undefined;
  for await (const change of tickets.backend.history(id)) if (matches(change)) last = change;
  return last;
}

export function stateOf(record: TicketRecord | undefined): string | undefined {
  return record?.ticket.state;
}

/** State, assignee and epoch: compared and swapped as one. */
export function isSameUnit(left: Ticket | undefined, right: Ticket | undefined): boolean {
  return (
    left?.state === right?.state &&
    left?.assignedAgentId === right?.assignedAgentId &&
    left?.leaseEpoch === right?.leaseEpoch
  );
}
