import { byIdOf, dependencyTree } from "@wiggum/ticket-backend-files";
import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";

/** `dep tree`: a ticket, what it depends on, and so on. */
export const depTree: TkCommand = async ({ words, host, store }) => {
  const full = words.includes("--full");
  const [typed] = words.filter((word) => word !== "--full");
  if (typed === undefined) throw tkUsage("Usage: ticket dep tree [--full] <id>");
  const id = await store.find(typed);
  const byId = byIdOf(await store.list());
  for (const line of dependencyTree(id, byId, { full })) host.print(`${line}\n`);
  return 0;
};
