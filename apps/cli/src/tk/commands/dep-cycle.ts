import { cycleLines, dependencyCycles } from "@wiggum/ticket-backend-files";
import { lines } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

/** `dep cycle`: tickets that wait for themselves by way of others. */
export const depCycle: TkCommand = async ({ host, store }) => {
  const tickets = await store.list();
  const found = dependencyCycles(tickets);
  host.print(found.cycles.length === 0 ? "No dependency cycles found\n" : lines(cycleLines(found, tickets)));
  if (found.isCut) host.say(`Warning: there are more cycles than these ${found.cycles.length}`);
  return 0;
};
