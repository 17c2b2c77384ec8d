import { fieldOf, isTextFault, listOf, listText, readTicketText, type TicketText } from "./ticket-text.js";

/**
 * The text with this value for this key: its line is replaced, or a new one stands right after the opening `---`. Every other byte stays. A value
 * that is there already changes nothing.
 */
export function withField(ticket: TicketText, key: string, value: string): string {
  const { text, fields, fieldsStart, lineEnd } = ticket;
  const field = fields.find((candidate) => candidate.key === key);
  const line = `${key}: ${value}${lineEnd}`;
  if (field === undefined) return text.slice(0, fieldsStart) + line + text.slice(fieldsStart);
  if (field.value === value) return text;
  return text.slice(0, field.start) + line + text.slice(field.end);
}

/** The text without this key. */
export function withoutField(ticket: TicketText, key: string): string {
  const field = ticket.fields.find((candidate) => candidate.key === key);
  if (field === undefined) return ticket.text;
  return ticket.text.slice(0, field.start) + ticket.text.slice(field.end);
}

/** The text with these ids at the end of a list, each once. */
export function withListed(ticket: TicketText, key: string, ids: readonly string[]): string {
  const there = listOf(fieldOf(ticket, key) ?? "");
  const added = [...new Set(ids)].filter((id) => !there.includes(id));
  return added.length === 0 ? ticket.text : withField(ticket, key, listText([...there, ...added]));
}

/** The text without this id in a list. */
export function withoutListed(ticket: TicketText, key: string, id: string): string {
  const there = listOf(fieldOf(ticket, key) ?? "");
  if (!there.includes(id)) return ticket.text;
  return withField(ticket, key, listText(there.filter((item) => item !== id)));
}

/**
 * The text with a note at its end, below `## Notes`, which is added where no line begins so. `at` is ISO 8601 in UTC.
 */
export function withNote(ticket: TicketText, at: string, note: string): string {
  const { text, bodyStart, lineEnd } = ticket;
  const body = text.slice(bodyStart);
  const isEnded = text === "" || text.endsWith("\n");
  const heading = /^## Notes/m.test(body) ? [] : ["", "## Notes"];
  const lines = [...heading, "", `**${at}**`, "", ...note.split("\n")];
  return `${text}${isEnded ? "" : lineEnd}${lines.join(lineEnd)}${lineEnd}`;
}

/** Applies one change after the other to a text that is a ticket. @throws Error where a change made it none, which none of ours does */
export function changeText(
  ticket: TicketText,
  ...changes: readonly ((ticket: TicketText) => string)[]
): string {
  return changes.reduce((current, change) => {
    const text = change(current);
    if (text === current.text) return current;
    const read = readTicketText(text);
    if (isTextFault(read)) throw new Error(`a change left no ticket: ${read.message}`);
    return read;
  }, ticket).text;
}
