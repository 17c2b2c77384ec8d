import { blockedLine } from "@wiggum/ticket-backend-files";
import { lines, passesOwner, readFilters } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

/** `blocked`: what waits for other tickets, best first. */
export const blocked: TkCommand = async ({ words, host, store }) => {
  const filters = readFilters(words);
  const waiting = (await store.blocked()).filter(({ ticket }) => passesOwner(ticket, filters));
  host.print(lines(waiting.map(({ ticket, waitsFor }) => blockedLine(ticket, waitsFor))));
  return 0;
};
