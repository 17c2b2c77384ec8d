import { printable, TicketError, type TicketId } from "@wiggum/ticket-core";

/** The error for an item, or a file of it, that cannot be read: where, and what was expected. */
export function unreadableItem(
  path: string,
  problem: string,
  line?: number,
): TicketError<"TICKET_UNREADABLE"> {
  const id = path.split("/").at(-2);
  const shown = printable(path).slice(-300);
  return new TicketError(
    "TICKET_UNREADABLE",
    `Cannot read ${line === undefined ? shown : `${shown}, line ${line}`}: ${problem.slice(0, 300)}`,
    { ...(id !== undefined && { id }), path, ...(line !== undefined && { line }) },
    { hint: "Correct the file, or restore the last version that could be read." },
  );
}

/** The error for a value that the format cannot hold. */
export function unfit(
  id: TicketId | undefined,
  field: string,
  problem: string,
): TicketError<"TICKET_INVALID"> {
  const name = id === undefined ? "The work item" : printable(id);
  return new TicketError(
    "TICKET_INVALID",
    `${name} cannot be stored: ${printable(problem).slice(0, 300)}`,
    { ...(id !== undefined && { id }), field },
    { hint: "Change the value. A line of `item.md` is `key: value`, to the end of the line." },
  );
}
