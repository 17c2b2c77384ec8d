import { printable } from "../printable.js";
import { runOnTerminal } from "./run-on-terminal.js";

/** Shows a ticket and what belongs to it in the pager of the person. What would steer the terminal is escaped: pagers pass it on. */
export async function showInPager(
  pager: readonly string[],
  ticket: Uint8Array,
  sections: string,
): Promise<number> {
  const text = Buffer.from(ticket.buffer, ticket.byteOffset, ticket.byteLength).toString("utf8");
  return await runOnTerminal(pager, printable(text + sections, "lines"));
}
