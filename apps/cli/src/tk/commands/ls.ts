import { listLine } from "@wiggum/ticket-backend-files";
import { lines, passesAll, readFilters } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

/** `ls`, `list`: all tickets, by file name. */
export const ls: TkCommand = async ({ words, host, store }) => {
  const filters = readFilters(words);
  const tickets = await store.list();
  host.print(lines(tickets.filter((ticket) => passesAll(store, ticket, filters)).map(listLine)));
  return 0;
};
