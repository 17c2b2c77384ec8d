import { encodeTicket } from "../codec.js";
import { isTicketError, TicketError, type TicketErrorData } from "../errors.js";
import { checkTicketId } from "../ids.js";
import { mergeTickets } from "../merge.js";
import { withParsers } from "../parser-port.js";
import { printable } from "../printable.js";
import type { Ticket, TicketId, TicketRecord, Timestamp } from "../ticket.js";
import { timestampOf } from "../ticket-changes.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { once, submit, writtenRecord } from "./commit-once.js";
import { checkNewDependencies } from "./dependency-check.js";
import { lookUp } from "./find-ticket.js";
import { type Rewritten, rewriteTicket, settleMove } from "./rewrite-ticket.js";

export interface MergeContext extends WriteContext {
  readonly unguarded?: boolean | undefined;
}

export interface MergeOptions {
  readonly verbatim?: string | undefined;
  readonly subject?: string | undefined;
}

/** Takes up an edit that a person made over some time: three-way by field against what is stored now, and again when beaten. */
export async function mergeTicket(
  ports: TicketsPorts,
  base: TicketRecord | undefined,
  mine: Ticket,
  context: MergeContext,
  { verbatim, subject = "Ticket update" }: MergeOptions = {},
): Promise<TicketRecord> {
  const id = checkTicketId(mine.id);
  return once(ports, context, async (context) => {
    const stored = await lookUp(ports.backend, id);
    if (stored.record === undefined && !stored.isUnreadable) {
      if (base !== undefined) throw deleted(base);
      try {
        return await createAsEdited(ports, mine, verbatim, context, subject);
      } catch (error) {
        // Somebody made a ticket of this id meanwhile: merge into that one.
        if (!isTicketError(error, "TICKET_CONFLICT") || error.data.id !== id) throw error;
      }
    }
    return rewriteTicket(ports, id, context, {
      subject,
      reapply: "always",
      change: (record, at) => mergeInto(ports, record, base, mine, { at, verbatim, context }),
    });
  });
}

async function mergeInto(
  ports: TicketsPorts,
  record: TicketRecord,
  base: TicketRecord | undefined,
  mine: Ticket,
  write: {
    readonly at: Timestamp;
    readonly verbatim: string | undefined;
    readonly context: MergeContext;
  },
): Promise<Rewritten> {
  const { at, verbatim, context } = write;
  if (verbatim !== undefined && verbatim === record.text) return { next: record.ticket };
  const isUntouched = base?.revision === record.revision;
  const wanted = isUntouched ? mine : mergedOf(base, record, mine);
  const { next, requires } = await settleMove(ports, record.ticket, wanted, context);
  if (verbatim === undefined) return { next, requires };
  const keepsMine = isUntouched || hasOwnBytes(mine, verbatim, base);
  if (keepsMine && !isUntouched && hasOwnBytes(record.ticket, record.text, base)) {
    throw fieldConflict(mine.id, [{ field: "text", base: base?.text, theirs: record.text, mine: verbatim }]);
  }
  return keepsMine ? { ...inOwnWords(next, verbatim, at), requires } : { next, requires };
}

/** Does this text differ from the base by more than values: comments, order, spacing? Such bytes are somebody's, too, and must not get lost. */
function hasOwnBytes(ticket: Ticket, text: string | undefined, base: TicketRecord | undefined): boolean {
  return text !== undefined && (base?.text === undefined || encodeTicket(ticket, base.text) !== text);
}

function mergedOf(base: TicketRecord | undefined, record: TicketRecord, mine: Ticket): Ticket {
  const result = mergeTickets(base?.ticket, record.ticket, mine);
  if ("merged" in result) return result.merged;
  throw fieldConflict(mine.id, result.conflicts);
}

function fieldConflict(id: TicketId, conflicts: TicketErrorData["FIELD_CONFLICT"]["conflicts"]): TicketError {
  const fields = conflicts.map(({ field }) => printable(field)).join(", ");
  return new TicketError(
    "FIELD_CONFLICT",
    `${id}: somebody else changed the same, too: ${fields}`,
    { id, conflicts },
    { hint: "Look at both values, decide, and edit again." },
  );
}

/** The person's text with `updated_at`, and whatever else differs from it, put in. */
function inOwnWords(next: Ticket, verbatim: string, at: Timestamp): { next: Ticket; verbatim: string } {
  const dated = { ...next, updatedAt: at };
  return { next: dated, verbatim: encodeTicket(dated, verbatim) };
}

/** A file that a person made: a new ticket under the id that it bears. */
async function createAsEdited(
  ports: TicketsPorts,
  mine: Ticket,
  verbatim: string | undefined,
  context: Parameters<typeof submit>[1],
  subject: string,
): Promise<TicketRecord> {
  const at = timestampOf(ports.now());
  const written = await withParsers(() => inOwnWords(mine, verbatim ?? encodeTicket(mine), at));
  const requires = await checkNewDependencies(ports.backend, undefined, mine);
  const changes = [{ id: mine.id, expected: null, ...written }];
  const receipt = await submit(ports, context, {
    at,
    subject,
    changes,
    requires,
    override: context.override,
  });
  return writtenRecord(receipt, mine.id);
}

function deleted({ ticket, revision }: TicketRecord): TicketError {
  return new TicketError(
    "TICKET_CONFLICT",
    `${ticket.id} was deleted since this edit began; nothing was written`,
    { id: ticket.id, expected: revision },
    { hint: "Keep your text elsewhere, or create a new ticket from it." },
  );
}
