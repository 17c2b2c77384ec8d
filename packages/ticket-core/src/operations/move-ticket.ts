// Changes of state: transition and close. Never made twice: what was decided on one revision is not applied to another.
import type { TicketRequirement } from "../backend.js";
import { writeSection } from "../body.js";
import type { TicketError } from "../errors.js";
import {
  findState,
  findType,
  transitionBetween,
  transitionNamed,
  transitionRefused,
  typeNamed,
  unknownState,
} from "../legality.js";
import type { Ticket, TicketRecord } from "../ticket.js";
import { moveToState } from "../ticket-changes.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { checkWorkable } from "./check-workable.js";
import { lastChange } from "./commit-once.js";
import { refuseGuardedEdge, rewriteNamed } from "./rewrite-ticket.js";

export interface MoveContext extends WriteContext {
  readonly unguarded?: boolean | undefined;
  /** Made on the moved ticket, in the same commit. */
  readonly change?: ((ticket: Ticket) => Ticket) | undefined;
}

export function transitionTicket(
  ports: TicketsPorts,
  text: string,
  to: string,
  context: MoveContext,
): Promise<TicketRecord> {
  return moveTicket(ports, text, context, () => to);
}

export async function closeTicket(
  ports: TicketsPorts,
  text: string,
  resolution: string | undefined,
  context: WriteContext & { readonly unguarded?: boolean | undefined },
): Promise<TicketRecord> {
  const change = (ticket: Ticket) =>
    resolution === undefined
      ? ticket
      : { ...ticket, body: writeSection(ticket.body, "Resolution", resolution) };
  return moveTicket(ports, text, { ...context, change }, (ticket) => {
    const type = findType(ports.types, ticket.type);
    const edge = transitionNamed(type, ticket.state, "close");
    return edge?.to ?? type?.transitions.find(({ name }) => name === "close")?.to ?? "closed";
  });
}

function moveTicket(
  ports: TicketsPorts,
  text: string,
  context: MoveContext,
  target: (ticket: Ticket) => string,
): Promise<TicketRecord> {
  return rewriteNamed(ports, text, context, () => ({
    subject: transitionSubject,
    reapply: "never",
    change: async ({ ticket }, at) => {
      const to = target(ticket);
      const requires = await checkMove(ports, ticket, to, context);
      const type = findType(ports.types, ticket.type);
      const agentId = context.actor.kind === "agent" ? context.actor.id : undefined;
      const moved = moveToState(ticket, to, type, at, agentId);
      return { next: context.change?.(moved) ?? moved, requires };
    },
  }));
}

export function transitionSubject(base: Ticket, next: Ticket): string {
  return `Transition ${base.id}: ${base.state} → ${next.state}`;
}

/** May this ticket go there by a bare write? Answers the tickets that had to be read to say so. */
async function checkMove(
  ports: TicketsPorts,
  ticket: Ticket,
  to: string,
  context: MoveContext,
): Promise<readonly TicketRequirement[]> {
  const type = typeNamed(ports.types, ticket.type);
  if (findState(type, to) === undefined) throw unknownState(type, to, ticket.id);
  const edge = transitionBetween(type, ticket.state, to);
  const isOutside = edge === undefined && context.override === undefined;
  if (ticket.state === to || isOutside) throw await moveRefused(ports, ticket, to);
  refuseGuardedEdge(ticket, edge, context);
  return edge?.effects.includes("claim") ? checkWorkable(ports, ticket, context) : [];
}

/** A refused move, with who set the state that the ticket is in. */
export async function moveRefused(ports: TicketsPorts, ticket: Ticket, to: string): Promise<TicketError> {
  const setter = await lastChange(
    ports,
    ticket.id,
    ({ before, after }) => after !== undefined && before?.ticket.state !== after.ticket.state,
  );
  const since = setter && { setBy: setter.actor.id, setAt: setter.at };
  return transitionRefused(ticket, to, findType(ports.types, ticket.type), since);
}
