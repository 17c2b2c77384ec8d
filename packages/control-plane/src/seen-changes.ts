import {
  type Actor,
  type Cursor,
  isTicketError,
  printable,
  type TicketChange,
  TicketError,
  type TicketId,
  type TicketRecord,
  type Tickets,
} from "@wiggum/ticket-core";
import type { SeenChange } from "@wiggum/workflow";
import { ticketDifference } from "./ticket-difference.js";

/** Whose eyes: the caller's view says up to where it has been shown changes; its own changes are no news. */
export interface Viewer {
  readonly viewFolder: string;
  readonly actor: Actor;
}

/** A ticket that others changed since the caller last looked, field by field. */
export interface UnseenTicket {
  readonly id: TicketId;
  readonly changes: readonly SeenChange[];
}

export interface Unseen {
  /** In the order in which they were first changed. */
  readonly tickets: readonly UnseenTicket[];
  /** Hand this to `views.markSeen` once the caller has been shown the rest; absent where the store has no views. */
  readonly upTo?: Cursor | undefined;
}

interface Foreign {
  readonly id: TicketId;
  readonly before: TicketRecord | undefined;
  readonly after: TicketRecord | undefined;
  readonly last: TicketChange;
}

const longestValue = 60;

/**
 * What others changed since the owner of this view was last shown changes. Only reads: the caller shows it and then moves the mark to `upTo`.
 * A view without a mark has seen everything. A ticket whose fields are as they were is not named.
 */
export async function readUnseen(tickets: Tickets, viewer: Viewer): Promise<Unseen> {
  const { views, watch } = tickets.backend;
  if (views === undefined || watch === undefined) return { tickets: [] };
  const seen = await views.seen(viewer.viewFolder);
  const { foreign, upTo } = await readForeign(tickets, viewer.actor, seen);
  const unseen: UnseenTicket[] = [];
  for (const one of foreign)
    unseen.push({ id: one.id, changes: await fieldChanges(tickets, one, viewer.actor) });
  return { tickets: unseen.filter(({ changes }) => changes.length > 0), upTo };
}

/** One line: `tk-1a2b: state ready → in-progress (worker-0, 12:03)`. */
export function describeUnseen({ id, changes }: UnseenTicket): string {
  const last = changes.at(-1);
  const what = changes.map(describeChange).join(", ");
  return `${printable(id)}: ${what}${last === undefined ? "" : ` (${printable(last.by)}, ${clockTime(last.at)})`}`;
}

/** The early return of a write whose ticket others changed: nothing was written, what they changed is told line by line. */
export function changedError({ id, changes }: UnseenTicket): TicketError<"TICKET_CHANGED"> {
  const lines = changes.map(
    (change) => `  ${describeChange(change)} (${printable(change.by)}, ${clockTime(change.at)})`,
  );
  return new TicketError(
    "TICKET_CHANGED",
    `${printable(id)} changed since you saw it; nothing was written:\n${lines.join("\n")}`,
    { id, changes },
    { hint: "If it is still what you want, type it again: it then goes through." },
  );
}

/** `state ready → in-progress`. */
function describeChange({ field, before, after }: SeenChange): string {
  const name = printable(field);
  if (field === "ticket") return before === undefined ? `created: ${shown(after)}` : "deleted";
  if (before === undefined && after === undefined) return `${name} changed`;
  // What is long, or new, is best read in its new form alone.
  if (/^section |from /.test(field))
    return after === undefined ? `${name} removed` : `${name}: ${shown(after)}`;
  return `${name} ${shown(before)} → ${shown(after)}`;
}

async function readForeign(
  { backend }: Tickets,
  actor: Actor,
  seen: Cursor | undefined,
): Promise<{ readonly foreign: readonly Foreign[]; readonly upTo: Cursor }> {
  const { cursor: tip } = await (backend.summaries?.({ ids: [] }) ?? backend.list({ ids: [] }));
  if (seen === undefined || seen === tip) return { foreign: [], upTo: tip };
  const found = new Map<TicketId, Foreign>();
  let upTo = seen;
  try {
    for await (const change of backend.watch?.(seen, { follow: false }) ?? []) {
      upTo = change.cursor;
      if (change.actor.id === actor.id && change.actor.kind === actor.kind) continue;
      const { id, after } = change;
      const before = found.has(id) ? found.get(id)?.before : change.before;
      found.set(id, { id, before, after, last: change });
    }
  } catch (error) {
    // The store was put back to an older state, or the view comes from another one: what happened in between cannot be told.
    if (!isTicketError(error, "QUERY_INVALID")) throw error;
    return { foreign: [], upTo: tip };
  }
  return { foreign: [...found.values()], upTo };
}

async function fieldChanges(
  tickets: Tickets,
  { before, after, last }: Foreign,
  reader: Actor,
): Promise<readonly SeenChange[]> {
  const { at } = last;
  const by = last.actor.id;
  if (before === undefined && after === undefined) return []; // made and deleted meanwhile
  if (before === undefined)
    return [{ field: "ticket", before: undefined, after: after?.ticket.title, by, at }];
  if (after === undefined)
    return [{ field: "ticket", before: before.ticket.title, after: undefined, by, at }];
  const differences = await ticketDifference(tickets, before.ticket, after.ticket);
  // Its session was given the answer: to be told once more, in place of a write, would only cost the agent a turn.
  const news = reader.kind === "agent" ? differences.filter(({ field }) => !isAnswer(field)) : differences;
  return news.map((difference) => ({ ...difference, by, at }));
}

function isAnswer(field: string): boolean {
  return field.startsWith("answer from ");
}

function shown(value: SeenChange["after"]): string {
  if (value === undefined || value === null || value === "") return "nothing";
  const text = printable((typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " "));
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** Hours and minutes of a timestamp, as it is written (UTC). */
function clockTime(at: string): string {
  return /T(\d\d:\d\d)/.exec(at)?.[1] ?? printable(at);
}
