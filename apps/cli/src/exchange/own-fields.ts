// Fields that the project's own types declare, where a record of the source has them: what an export of ours put away comes back to its place.
import {
  type FieldValue,
  type Ticket,
  type TicketType,
  type TicketTypes,
  ticketFaults,
} from "@wiggum/ticket-core";
import type { FieldAccount } from "./imported-ticket.js";

/** A value that may be one of a declared field. */
export interface OfferedField {
  readonly name: string;
  readonly value: unknown;
  /** The input field, as it is accounted for and kept where it is none. */
  readonly path: string;
  /** It is the rest of a line of front matter, as text: what is no text stands there as JSON. */
  readonly isLine?: boolean | undefined;
}

/** Fields of a new ticket, and by input field what became of it. */
export interface TakenFields {
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly notes: ReadonlyMap<string, string>;
}

/**
 * Those that the type of the ticket declares and that it would take; all others stay data. What names a ticket is re-pointed by `idOf`, and stays
 * data where it leads nowhere.
 */
export function takeOwnFields(
  offered: readonly OfferedField[],
  ticket: Ticket,
  type: TicketType,
  types: TicketTypes,
  idOf: (target: string) => string | undefined,
): TakenFields {
  const values: [string, FieldValue][] = [];
  const notes = new Map<string, string>();
  for (const { name, value: said, path, isLine = false } of offered) {
    const field = type.fields.find((each) => each.name === name);
    if (field === undefined || said === null || said === undefined || said === "") continue;
    const read = isLine ? valueOnLine(String(said), field.kind) : (said as FieldValue);
    const value = field.kind === "ticket" ? idOf(String(read)) : read;
    if (value === undefined || value === null) continue;
    const trial = { ...ticket, fields: Object.fromEntries([[name, value]]) };
    if (ticketFaults(trial, types).some((fault) => fault.field === `fields.${name}`)) continue;
    values.push([name, value]);
    notes.set(path, field.kind === "ticket" ? `field ${name}, re-pointed` : `field ${name}`);
  }
  return { values: Object.fromEntries(values), notes };
}

/** The account with what was taken after all. */
export function withTaken(account: readonly FieldAccount[], { notes }: TakenFields): readonly FieldAccount[] {
  return account.map((entry) => {
    const note = notes.get(entry.field);
    return note === undefined ? entry : { ...entry, fate: "kept", note };
  });
}

/** A text may stand in quotes of JSON, all else is JSON. */
function valueOnLine(text: string, kind: string): FieldValue | undefined {
  const isText = kind === "string" || kind === "ticket";
  if (isText && !text.startsWith('"')) return text;
  try {
    const value = JSON.parse(text) as FieldValue;
    return isText && typeof value !== "string" ? text : value;
  } catch {
    if (kind === "list" && /^\[.*\]$/.test(text)) return bareList(text);
    return isText ? text : undefined;
  }
}

/** `[a, b]`, as people and other tools write it. */
function bareList(text: string): readonly string[] {
  return text
    .slice(1, -1)
    .split(",")
    .map((item) => item.trim().replace(/^(["'])(.*)\1$/, "$2"))
    .filter((item) => item !== "");
}
