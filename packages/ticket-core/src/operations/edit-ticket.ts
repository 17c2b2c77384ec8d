// Edits that can be made again on whatever is there now: they always merge.
import type { TicketThreads } from "../backend.js";
import {
  appendCriterion,
  appendEvent,
  changeCriterion,
  readCriteria,
  readSection,
  writeSection,
} from "../body.js";
import { TicketError } from "../errors.js";
import { printable } from "../printable.js";
import type { Ticket, TicketId, TicketRecord, Timestamp } from "../ticket.js";
import { addDependencyTo, clearActionOn, removeDependencyFrom, requireActionOn } from "../ticket-changes.js";
import type { Criterion, NewEvent, Tickets, TicketsPorts, WriteContext } from "../tickets.js";
import { findId } from "./find-ticket.js";
import { type Rewritten, rewriteNamed, settleMove } from "./rewrite-ticket.js";

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
  function edit(
    text: string,
    context: WriteContext,
    subject: (id: string) => string,
    change: (ticket: Ticket, at: Timestamp) => Ticket,
  ): Promise<TicketRecord> {
    return rewriteNamed(ports, text, context, (id) => ({
      subject: subject(id),
      reapply: "always",
      change: ({ ticket }, at) => ({ next: change(ticket, at) }),
    }));
  }

  function addEvent(text: string, event: NewEvent, context: WriteContext): Promise<TicketRecord> {
    const add = entryAdder(event);
    return rewriteNamed(ports, text, context, (id) => ({
      subject: eventSubject(id, event),
      reapply: "always",
      change: ({ ticket }, at) => add(ticket, at),
    }));
  }

  /** Puts an entry where the store keeps them: into the text, or into the thread beside it. */
  function entryAdder(event: NewEvent): (ticket: Ticket, at: Timestamp) => Promise<Rewritten> {
    const { kind, source, text } = event;
    const { threads } = ports.backend;
    // Drawn once: a second try appends the same entry, not a second one.
    const id = event.id ?? (threads === undefined ? ports.newId() : undefined);
    return async (ticket, at) => {
      if (threads === undefined) {
        const entry = { id: id ?? "", kind, source, text, at };
        return { next: { ...ticket, body: appendEvent(ticket.body, entry) } };
      }
      // What was not made under a name of its own cannot be there: a write is one operation.
      if (id !== undefined && (await isInThread(threads, ticket.id, id))) return { next: ticket };
      return { next: ticket, entries: [{ ...(id !== undefined && { id }), kind, source, text, at }] };
    };
  }

  return {
    update: (text, change, context, subject = "Ticket update") =>
      rewriteNamed(ports, text, context, () => ({
        subject,
        reapply: "always",
        change: ({ ticket }) => settleMove(ports, ticket, change(ticket), context),
      })),
    addEvent,
    review: (text, { result, source, text: words }, context) =>
      addEvent(text, { kind: "review", source, text: `Result: ${result}\n\n${words}` }, context),

    addDependency: (text, onText, context) =>
      rewriteNamed(ports, text, context, async (id) => {
        const on = await findId(ports.backend, onText, "write");
        return {
          subject: `Add dependency to ${id}: ${on}`,
          reapply: "always",
          change: ({ ticket }) => ({ next: addDependencyTo(ticket, on) }),
        };
      }),
    removeDependency: (text, onText, context) =>
      rewriteNamed(ports, text, context, async (id) => {
        const on = await dependencyNamed(ports, id, onText);
        return {
          subject: `Remove dependency from ${id}: ${on}`,
          reapply: "always",
          change: ({ ticket }) => ({ next: removeDependencyFrom(ticket, on) }),
        };
      }),

    async setSection(text, heading, words, context) {
      let first: { readonly section: string | undefined } | undefined;
      return edit(
        text,
        context,
        (id) => `Edit ${id}: ${heading}`,
        (ticket) => {
          const section = readSection(ticket.body, heading);
          first ??= { section };
          // Somebody else wrote the same section meanwhile: to write over that would be to lose it unseen.
          if (section !== first.section)
            throw sectionConflict(ticket, heading, first.section, section, words);
          return { ...ticket, body: writeSection(ticket.body, heading, words) };
        },
      );
    },
    async setCriterion(text, index, change, context) {
      let meant: string | undefined;
      return edit(
        text,
        context,
        (id) => `Edit ${id}: criterion ${index}`,
        (ticket) => {
          const criteria = readCriteria(ticket.body);
          meant ??= criteria[index - 1]?.text;
          // Others may have put criteria before it since: it is the one of these words that was meant.
          const place = placeOf(criteria, index, meant);
          const body = place === undefined ? undefined : changeCriterion(ticket.body, place, change);
          if (body === undefined) throw criterionNotFound(ticket, index, criteria.length);
          return { ...ticket, body };
        },
      );
    },
    async addCriterion(text, words, context) {
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
    async clearAction(text, context, answer) {
      const add =
        answer === undefined
          ? async (next: Ticket): Promise<Rewritten> => ({ next })
          : entryAdder({ kind: "comment", source: context.actor.id, text: answer });
      return rewriteNamed(ports, text, context, (id) => ({
        subject: `Clear action on ${id}`,
        reapply: "always",
        change: ({ ticket }, at) => add(clearActionOn(ticket), at),
      }));
    },
  };
}

async function isInThread(threads: TicketThreads, ticketId: TicketId, id: string): Promise<boolean> {
  return (await threads.read(ticketId)).some((entry) => entry.id === id);
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

/** Where the criterion of these words stands: at its index, else at the only other place. */
function placeOf(
  criteria: readonly Criterion[],
  index: number,
  words: string | undefined,
): number | undefined {
  const same = criteria.filter(({ text }) => text === words).map((criterion) => criterion.index);
  return same.includes(index) || same.length !== 1 ? same.find((place) => place === index) : same[0];
}

function sectionConflict(
  { id }: Ticket,
  heading: string,
  base: string | undefined,
  theirs: string | undefined,
  mine: string,
): TicketError {
  const field = `## ${heading}`;
  return new TicketError(
    "FIELD_CONFLICT",
    `${id}: somebody else changed the same, too: ${printable(field)}`,
    { id, conflicts: [{ field, base, theirs, mine }] },
    { hint: "Look at both texts, decide, and write again." },
  );
}

function criterionNotFound(ticket: Ticket, index: number, count: number): TicketError {
  return new TicketError(
    "CRITERION_NOT_FOUND",
    `${printable(ticket.id)} has no acceptance criterion ${index}`,
    { id: ticket.id, index, count },
    { hint: count === 0 ? "It has none." : `Criteria are numbered from 1 to ${count}.` },
  );
}
