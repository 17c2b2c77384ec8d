import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";

/** `unlink`: takes a link away from both tickets. */
export const unlink: TkCommand = async ({ words, host, store }) => {
  const [typed, typedTarget] = words;
  if (typed === undefined || typedTarget === undefined) {
    throw tkUsage("Usage: ticket unlink <id> <target-id>");
  }
  const id = await store.find(typed);
  const target = await store.find(typedTarget);
  const isRemoved = await store.unlink(id, target);
  host.print(isRemoved ? `Removed link: ${id} <-> ${target}\n` : "Link not found\n");
  return isRemoved ? 0 : 1;
};
