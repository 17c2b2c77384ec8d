import { isTicketError, printable, type TicketError } from "@wiggum/ticket-core";
import type { RefusedField } from "./uplink.js";

const longestValue = 200;

/** The values of a FIELD_CONFLICT in words: the history keeps them whole. */
export function refusedFields(error: TicketError): readonly RefusedField[] {
  if (!isTicketError(error, "FIELD_CONFLICT")) return [];
  return error.data.conflicts.map(({ field, theirs, mine }) => ({
    field: printable(field),
    stored: shown(theirs),
    refused: shown(mine),
  }));
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = printable(text.trim().replace(/\s+/g, " "));
  return line.length > longestValue ? `${line.slice(0, longestValue)}…` : line;
}
