// Edits that can be made again on whatever is there now: they always merge.
import { TicketError } from "../errors.js";
import { printable } from "../printable.js";
import type { Ticket, TicketRecord, Timestamp } from "../ticket.js";
import { addDependencyTo, clearActionOn, removeDependencyFrom, requireActionOn } from "../ticket-changes.js";
import type { NewEvent, Tickets, TicketsPorts, WriteContext } from "../tickets.js";
import { once } from "./commit-once.js";
import { findId } from "./find-ticket.js";
import { rewriteTicket, settleMove } from "./rewrite-ticket.js";

type Edits = Pick<
  Tickets,
  | "update"
  | "addEvent"
  | "review"
  | "addDependency"
  | "removeDependency"
  | "setSection"
  | "setCriterion"
  | "addCriterion"
  | "requireAction"
  | "clearAction"
>;

export function createEdits(ports: TicketsPorts): Edits {
  async function edit(
    text: string,
    context: WriteContext,
    subject: (id: string) => string,
    change: (ticket: Ticket, at: Timestamp) => Ticket,
  ): Promise<TicketRecord> {
    const id = await findId(ports.backend, text, "write");
    return once(ports, context, (context) =>
      rewriteTicket(ports, id, context, {
        subject: subject(id),
        reapply: "always",
        change: ({ ticket }, at) => ({ next: change(ticket, at) }),
      }),
    );
  }

  async function addEvent(text: string, event: NewEvent, context: WriteContext): Promise<TicketRecord> {
    const { appendEvent } = await import("../body.js");
    // Drawn once: a second try appends the same entry, not a second one.
    const { id = ports.newId(), kind, source } = event;
    const entry = { id, kind, source, text: event.text };
    return edit(
      text,
      context,
      (id) => eventSubject(id, event),
      (ticket, at) => ({ ...ticket, body: appendEvent(ticket.body, { ...entry, at }) }),
    );
  }

  return {
    update: (text, change, context, subject = "Ticket update") =>
      edit(
        text,
        context,
        () => subject,
        (ticket) => settleMove(ports, ticket, change(ticket), context),
      ),
    addEvent,
    review: (text, { result, source, text: words }, context) =>
      addEvent(text, { kind: "review", source, text: `Result: ${result}\n\n${words}` }, context),

    async addDependency(text, onText, context) {
      const on = await findId(ports.backend, onText, "write");
      return edit(
        text,
        context,
        (id) => `Add dependency to ${id}: ${on}`,
        (ticket) => addDependencyTo(ticket, on),
      );
    },
    async removeDependency(text, onText, context) {
      const id = await findId(ports.backend, text, "write");
      const on = await dependencyNamed(ports, id, onText);
      return edit(
        id,
        context,
        () => `Remove dependency from ${id}: ${on}`,
        (ticket) => removeDependencyFrom(ticket, on),
      );
    },

    async setSection(text, heading, words, context) {
      const { writeSection } = await import("../body.js");
      return edit(
        text,
        context,
        (id) => `Edit ${id}: ${heading}`,
        (ticket) => ({ ...ticket, body: writeSection(ticket.body, heading, words) }),
      );
    },
    async setCriterion(text, index, change, context) {
      const { changeCriterion, readCriteria } = await import("../body.js");
      return edit(
        text,
        context,
        (id) => `Edit ${id}: criterion ${index}`,
        (ticket) => {
          const body = changeCriterion(ticket.body, index, change);
          if (body === undefined) throw criterionNotFound(ticket, index, readCriteria(ticket.body).length);
          return { ...ticket, body };
        },
      );
    },
    async addCriterion(text, words, context) {
      const { appendCriterion } = await import("../body.js");
      return edit(
        text,
        context,
        (id) => `Edit ${id}: new criterion`,
        (ticket) => ({ ...ticket, body: appendCriterion(ticket.body, words) }),
      );
    },

    requireAction: (text, reason, context) =>
      edit(
        text,
        context,
        (id) => `Require action on ${id}`,
        (ticket, at) => requireActionOn(ticket, reason, at, context.actor.id),
      ),
    clearAction: (text, context) => edit(text, context, (id) => `Clear action on ${id}`, clearActionOn),
  };
}

function eventSubject(id: string, { kind, source }: NewEvent): string {
  if (kind === "comment") return `Comments on ${id} from ${source}`;
  if (kind === "feedback") return `Feedback on ${id} from ${source}`;
  return `Add ${kind} to ${id} from ${source}`;
}

/** A dependency may be removed though its ticket is gone: first among the ticket's own, then among all. */
async function dependencyNamed({ backend }: TicketsPorts, id: string, text: string): Promise<string> {
  const own = (await backend.read(id)).record?.ticket.dependsOn ?? [];
  const meant = own.filter((on) => on === text || on.startsWith(text) || on.startsWith(`tk-${text}`));
  const [only] = own.includes(text) ? [text] : meant;
  if (only !== undefined && (meant.length === 1 || only === text)) return only;
  return findId(backend, text, "write");
}

function criterionNotFound(ticket: Ticket, index: number, count: number): TicketError {
  return new TicketError(
    "CRITERION_NOT_FOUND",
    `${printable(ticket.id)} has no acceptance criterion ${index}`,
    { id: ticket.id, index, count },
    { hint: count === 0 ? "It has none." : `Criteria are numbered from 1 to ${count}.` },
  );
}
