import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";

/** `undep`: a ticket no longer waits for another. */
export const undep: TkCommand = async ({ words, host, store }) => {
  const [typed, typedDependency] = words;
  if (typed === undefined || typedDependency === undefined) {
    throw tkUsage("Usage: ticket undep <id> <dependency-id>");
  }
  const id = await store.find(typed);
  const dependency = await store.find(typedDependency);
  const isRemoved = await store.removeDependency(id, dependency);
  host.print(isRemoved ? `Removed dependency: ${id} -/-> ${dependency}\n` : "Dependency not found\n");
  return isRemoved ? 0 : 1;
};
