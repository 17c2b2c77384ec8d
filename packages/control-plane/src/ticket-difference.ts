import type { FieldValue, Ticket, TicketEvent, Tickets } from "@wiggum/ticket-core";

/** What one side of a change shows, by front matter key; sections and entries by name. */
export interface FieldDifference {
  readonly field: string;
  readonly before: FieldValue | undefined;
  readonly after: FieldValue | undefined;
}

/** Entries stand in these; a section whose entries tell the change is not named besides. */
const entrySections: readonly string[] = ["Feedback", "Comments", "Thread"];
const longestExcerpt = 500;

/**
 * How two versions of a ticket differ, for a reader: values by the names that they have in the file, new entries with their text, changed
 * sections by name with the beginning of their text; never a whole body. Times, revisions and epochs of our own making are left out.
 */
export async function ticketDifference(
  tickets: Pick<Tickets, "events" | "section">,
  before: Ticket,
  after: Ticket,
): Promise<readonly FieldDifference[]> {
  const [left, right] = [valuesOf(before), valuesOf(after)];
  const fields = [...new Set([...left.keys(), ...right.keys()])];
  const differences = fields.flatMap((field): readonly FieldDifference[] => {
    const [old, now] = [left.get(field), right.get(field)];
    return JSON.stringify(old) === JSON.stringify(now) ? [] : [{ field, before: old, after: now }];
  });
  if (before.body === after.body) return differences;
  const entries = await newEntries(tickets, before, after);
  const sections = await changedSections(tickets, before, after, entries.length > 0);
  return [...differences, ...entries, ...sections];
}

function valuesOf(ticket: Ticket): ReadonlyMap<string, FieldValue | undefined> {
  const list = (items: readonly string[]) => (items.length === 0 ? undefined : items);
  return new Map<string, FieldValue | undefined>([
    ["title", ticket.title],
    ["state", ticket.state],
    ["assigned_agent_id", ticket.assignedAgentId],
    ["type", ticket.type],
    ["priority", ticket.priority],
    ["parent", ticket.parent],
    ["depends_on", list(ticket.dependsOn)],
    ["blocks", list(ticket.blocks)],
    ["labels", list(ticket.labels)],
    ["readiness", ticket.readiness],
    ["needs_preflight", ticket.needsPreflight],
    ["risk_flags", list(ticket.riskFlags)],
    ["action_required", ticket.actionRequired?.reason],
    ["references", list(ticket.references.map(({ kind, target }) => `${kind}:${target}`))],
    ...Object.entries(ticket.fields),
  ]);
}

async function newEntries(
  tickets: Pick<Tickets, "events">,
  before: Ticket,
  after: Ticket,
): Promise<readonly FieldDifference[]> {
  const key = ({ id, kind, source, at, text }: TicketEvent) => id ?? JSON.stringify([kind, source, at, text]);
  const known = new Set((await tickets.events(before)).map(key));
  return (await tickets.events(after))
    .filter((event) => !known.has(key(event)))
    .map((event) => ({
      field: `${event.kind} from ${event.source}`,
      before: undefined,
      after: excerpt(event.text),
    }));
}

async function changedSections(
  tickets: Pick<Tickets, "section">,
  before: Ticket,
  after: Ticket,
  hasEntries: boolean,
): Promise<readonly FieldDifference[]> {
  const changed: FieldDifference[] = [];
  for (const heading of headingsIn(`${before.body}\n${after.body}`)) {
    if (hasEntries && entrySections.includes(heading)) continue;
    const [old, now] = [await tickets.section(before, heading), await tickets.section(after, heading)];
    if (old === now) continue;
    changed.push({ field: `section ${heading}`, before: old && excerpt(old), after: now && excerpt(now) });
  }
  // Text above the first heading, or a heading that was moved: still something that a reader must know of.
  if (changed.length === 0 && !hasEntries)
    changed.push({ field: "text", before: undefined, after: undefined });
  return changed;
}

/** Lines that look like headings; which of them are is for the reader of sections to say. */
function headingsIn(body: string): readonly string[] {
  return [...new Set([...body.matchAll(/^##[ \t]+(.+?)[ \t]*\r?$/gm)].map((match) => match[1] ?? ""))];
}

function excerpt(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > longestExcerpt ? `${trimmed.slice(0, longestExcerpt)}…` : trimmed;
}
