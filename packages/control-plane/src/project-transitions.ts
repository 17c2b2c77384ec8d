import { existsSync } from "node:fs";
import type { Ticket, TicketId, TicketRecord, WriteContext } from "@wiggum/ticket-core";
import {
  previewTransition,
  runTransition,
  supervisedGuards,
  type TransitionPorts,
  type TransitionRequest,
  type TransitionResult,
} from "@wiggum/workflow";
import type { TransitionOptions, TransitionOutcome } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { writeForCaller } from "./project-writes.js";

/** What the guarded way to another state needs. */
export function transitionPorts(parts: ProjectParts): TransitionPorts {
  const { tickets, hookRunner: hooks, handIn, outbox, clock, newId } = parts;
  return { tickets, hooks, handIn, outbox, clock, newId };
}

/** Guards, pre-hooks, merge and compare-and-swap for the caller; the post-hooks wait in the outbox. */
export async function transitionForCaller(
  parts: ProjectParts,
  ticketId: string,
  to: string,
  options: TransitionOptions = {},
): Promise<TransitionOutcome> {
  const id = await parts.tickets.resolve(ticketId, "write");
  return writeForCaller(parts, id, (context) =>
    runTransition(transitionPorts(parts), requestOf(parts, id, to, options, context)),
  );
}

/**
 * The plan in words, nothing done. @throws what would refuse the transition, but for a hook's word, and for TICKET_CHANGED: whoever asks looks
 * first (`project.read()`), and has seen then what others changed
 */
export async function explainForCaller(
  parts: ProjectParts,
  ticketId: string,
  to: string,
  options: TransitionOptions = {},
): Promise<readonly string[]> {
  const { caller, outbox, paths } = parts;
  const { fence, actor } = caller;
  const request = requestOf(parts, ticketId, to, options, {
    actor,
    ...(fence === undefined ? {} : { fence }),
  });
  // A transition whose hooks could not be recorded is refused. One that is not there yet is made by the transition.
  if (existsSync(paths.outboxDatabase)) await outbox.cursor();
  const { decision, lines } = await previewTransition(transitionPorts(parts), request);
  if (decision.status === "refused") throw decision.error;
  return lines;
}

/** The guarded way for somebody's edit of a file: `write` takes the place of the bare transition, so that state and edit are one commit. */
export function moveWith(
  parts: ProjectParts,
  id: TicketId,
  to: string,
  context: WriteContext,
  write: (
    context: WriteContext & { readonly unguarded?: boolean | undefined },
    claimed: (ticket: Ticket) => Ticket,
  ) => Promise<TicketRecord>,
): Promise<TransitionResult> {
  const ports = transitionPorts(parts);
  const tickets: TransitionPorts["tickets"] = {
    ...ports.tickets,
    transition: (_id, _to, { change, ...given }) => write(given, (ticket) => change?.(ticket) ?? ticket),
  };
  return runTransition({ ...ports, tickets }, requestOf(parts, id, to, {}, context));
}

function requestOf(
  { caller }: ProjectParts,
  id: string,
  to: string,
  { noHooks, operationId, claimFor, cause }: TransitionOptions,
  context: WriteContext,
): TransitionRequest {
  return {
    id,
    to,
    context: {
      ...context,
      ...(operationId === undefined ? {} : { operationId }),
      ...(cause === undefined ? {} : { cause }),
    },
    claimFor,
    noHooks,
    // Nobody watches these agents: an empty hand-in, or one that cannot be merged, would only be found much later.
    extraGuards: caller.agent?.isSupervised === true ? supervisedGuards : undefined,
    depth: caller.hookDepth,
  };
}
