import { readyLine } from "@wiggum/ticket-backend-files";
import { lines, passesOwner, readFilters } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

/** `ready`: what somebody can work on now, best first. */
export const ready: TkCommand = async ({ words, host, store }) => {
  const filters = readFilters(words);
  const tickets = await store.ready();
  host.print(lines(tickets.filter((ticket) => passesOwner(ticket, filters)).map(readyLine)));
  return 0;
};
