import { closedLine } from "@wiggum/ticket-backend-files";
import { lines, readFilters } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

const usualLimit = 20;

/** `closed`: what is over, last changed first. */
export const closed: TkCommand = async ({ words, host, store }) => {
  const { assignee, tag, limit = usualLimit } = readFilters(words);
  host.print(lines((await store.closed({ assignee, tag }, limit)).map(closedLine)));
  return 0;
};
