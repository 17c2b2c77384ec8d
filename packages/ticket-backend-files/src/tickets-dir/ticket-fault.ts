import { printable } from "@wiggum/ticket-core";
import { readText } from "./field-values.js";
import type { TextFault, TicketText } from "./ticket-text.js";

/**
 * What makes front matter that of no ticket, though it can be read: a key twice, the id of another file, dependencies that are no list. Whoever went on
 * with it would guess, and the command would guess otherwise than the backend.
 */
export function ticketFault({ fields }: TicketText, id: string): TextFault | undefined {
  const lines = new Map<string, number>();
  for (const { key, value, line } of fields) {
    const first = lines.get(key);
    if (first !== undefined) {
      return { line, message: `\`${printable(key)}\` stands there twice, first on line ${first}` };
    }
    lines.set(key, line);
    if (key === "id" && value !== "" && readText(value) !== id) {
      return { line, message: `it bears the id ${printable(readText(value))}` };
    }
    if (key === "deps" && value !== "" && !(value.startsWith("[") && value.endsWith("]"))) {
      return { line, message: "`deps` must be a list, for example [a, b]" };
    }
  }
  return undefined;
}
