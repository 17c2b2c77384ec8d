import { byIdOf, relatedSections, withTitleOfParent } from "@wiggum/ticket-backend-files";
import { showInPager } from "../pager.js";
import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";

/** `show`: a ticket as it is, and what hangs together with it. */
export const show: TkCommand = async ({ words: [typed], host, store }) => {
  if (typed === undefined) throw tkUsage("Usage: ticket show <id>");
  const id = await store.find(typed);
  const { ticket, text } = await store.read(id);
  const tickets = await store.list();
  const parent = byIdOf(tickets).get(ticket.parent);
  const shown = parent === undefined ? text : withTitleOfParent(text, parent.id, parent.title);
  const related = relatedSections(ticket, tickets);
  // A blank line stands before them, also behind a last line without an end.
  const isEnded = shown.length === 0 || shown.at(-1) === 10;
  const sections = related === "" || isEnded ? related : `\n${related}`;
  const pager = host.environment["TICKET_PAGER"] || host.environment["PAGER"];
  const words = pager?.split(/\s+/).filter((word) => word !== "") ?? [];
  if (words.length > 0 && host.isTerminal(1)) return await showInPager(words, shown, sections);
  host.printExactly(shown);
  host.print(sections);
  return 0;
};
