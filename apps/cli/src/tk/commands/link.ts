import type { TkCommand } from "../tk-call.js";
import { tkError, tkUsage } from "../tk-failure.js";

/** `link`: tickets that belong together, each with every other. */
export const link: TkCommand = async ({ words, host, store }) => {
  if (words.length < 2) throw tkUsage("Usage: ticket link <id> <id> [id...]");
  const ids: string[] = [];
  for (const word of words) {
    const id = await store.find(word);
    if (!ids.includes(id)) ids.push(id);
  }
  if (ids.length < 2) throw tkError(`'${ids[0]}' cannot be linked to itself`);
  const added = await store.link(ids);
  host.print(
    added === 0 ? "All links already exist\n" : `Added ${added} link(s) between ${ids.length} tickets\n`,
  );
  return 0;
};
