// Our own: a ticket on each line. `text` is the ticket's file, byte for byte; a line without it is a record in plain words.
import { decodeTicket, isTicketError, isTicketId, type Ticket } from "@wiggum/ticket-core";
import { lookUp, personReferences, takeMoment, takePriority } from "../foreign-words.js";
import type {
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourcePlace,
  StateMeaning,
} from "../imported-ticket.js";
import { noteOf } from "../link-notes.js";
import { digestOf, type OpenedRecord, openRecord, RecordFault } from "../open-record.js";
import { everyStanding } from "../own-state.js";
import { readJsonLines } from "../read-json.js";
import { ticketLine } from "../ticket-line.js";

const meanings: Readonly<Record<string, StateMeaning>> = {
  ready: "open",
  open: "open",
  "in-progress": "started",
  in_progress: "started",
  review: "review",
  qa: "review",
  done: "done",
  closed: "given-up",
};

export function readTicketLines(files: readonly SourceFile[]): SourceContents {
  return readJsonLines(files, (raw, place) => {
    const record = openRecord(raw);
    return record.peek("text") === undefined ? readPlain(record, raw, place) : readExact(record, raw, place);
  });
}

/** The members beside `text` repeat it, for programs that read no Markdown. Where they do not, somebody edited one and not the other. */
function readExact(record: OpenedRecord, raw: unknown, place: SourcePlace): ImportedTicket {
  const text = record.text("text", "the ticket, byte for byte", "kept");
  if (text === undefined) throw new RecordFault("`text` must be the text of a ticket, and is empty");
  const ticket = decoded(text);
  const said = ticketLine({ ticket, text });
  for (const [field, value] of Object.entries(raw as Record<string, unknown>)) {
    if (field === "text") continue;
    if (!Object.hasOwn(said, field)) {
      const isSame = JSON.stringify(value) === JSON.stringify(memberOf(ticket, field));
      if (isSame) record.note(field, "mapped", "says what `text` says");
      else record.note(field, "dropped", "of such a line `text` alone is read");
    } else if (JSON.stringify(value) === JSON.stringify(said[field]))
      record.note(field, "mapped", "says what `text` says");
    else
      throw new RecordFault(
        `\`${field}\` must say what \`text\` says (${JSON.stringify(said[field])?.slice(0, 80)}), or not be there`,
      );
  }
  const { account } = record.finish();
  return {
    externalId: ticket.id,
    place,
    title: ticket.title,
    state: ticket.state,
    meaning: "open",
    criteria: [],
    sections: [],
    events: [],
    links: [],
    labels: [],
    references: [],
    kept: {},
    account,
    digest: digestOf(text),
    exact: { ticket, text },
  };
}

/** `assigned_agent_id` is the ticket's `assignedAgentId`; or it is one of its own fields. */
function memberOf({ fields, ...members }: Ticket, field: string): unknown {
  const name = field.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const all: Readonly<Record<string, unknown>> = { ...fields, ...members };
  return lookUp(all, field) ?? lookUp(all, name);
}

function decoded(text: string): Ticket {
  try {
    const ticket = decodeTicket(text);
    if (isTicketId(ticket.id)) return ticket;
    throw new RecordFault("`id` in `text` is no ticket id");
  } catch (error) {
    if (!isTicketError(error)) throw error;
    throw new RecordFault(`\`text\` must be the text of a ticket: ${error.message}`);
  }
}

function readPlain(record: OpenedRecord, raw: unknown, place: SourcePlace): ImportedTicket {
  const externalId = record.id("id", "reference jsonl:<id>");
  if (externalId === undefined) throw new RecordFault("`id` is missing: text was expected");
  const state =
    record.text("state", "state, imported_state") ?? record.text("status", "state, imported_state") ?? "open";
  const links = (field: string, kind: string) =>
    record.texts(field, noteOf(kind)).map((target) => ({ kind, target, field }));
  const ticket = {
    externalId,
    place,
    title: record.required("title", "title"),
    type: record.text("type", "type"),
    state,
    // Such a line speaks our own words: any state of its type is meant as it is.
    ownState: { word: state.toLowerCase(), fits: everyStanding, heldSays: "nothing" as const },
    meaning: lookUp(meanings, state.toLowerCase()) ?? ("held" as const),
    priority: takePriority(record, "priority"),
    description: record.text("description", "section Description"),
    criteria: record
      .texts("acceptance_criteria", "acceptance criteria")
      .map((text) => ({ text, checked: false })),
    sections: [],
    events: record.objects("comments").map((comment) => ({
      kind: "comment",
      source: comment.text("author", "author of the comment") ?? "unknown",
      text: comment.text("text", "text of the comment") ?? "",
      at: takeMoment(comment, "at", "time of the comment") ?? "",
    })),
    links: [...links("depends_on", "depends-on"), ...links("blocks", "blocks"), ...links("parent", "parent")],
    labels: record.texts("labels", "labels"),
    references: personReferences("assignee", record.texts("assignee", "reference assignee:<name>")),
    createdAt: takeMoment(record, "created_at", "created_at"),
    createdBy: record.text("created_by", "created_by"),
    updatedAt: takeMoment(record, "updated_at", "updated_at"),
  };
  const { account, kept } = record.finish();
  const offeredFields = Object.entries(kept).map(([name, value]) => ({ name, value, path: name }));
  return { ...ticket, digest: digestOf(raw), account, kept, offeredFields };
}
