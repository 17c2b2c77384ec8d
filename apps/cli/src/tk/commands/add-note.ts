import type { TkCommand } from "../tk-call.js";
import { tkError, tkUsage } from "../tk-failure.js";

/** `add-note`: a note with its time, at the end of the ticket. */
export const addNote: TkCommand = async ({ words: [typed, ...texts], host, store }) => {
  if (typed === undefined) throw tkUsage("Usage: ticket add-note <id> [note text]");
  const id = await store.find(typed);
  if (texts.length === 0 && host.isTerminal(0)) throw tkError("no note provided");
  const note = texts.length > 0 ? texts.join(" ") : host.readStdin().replace(/(?:\r?\n)+$/, "");
  await store.addNote(id, note);
  host.print(`Note added to ${id}\n`);
  return 0;
};
