import type { TkCommand } from "../tk-call.js";
import { tkError, tkUsage } from "../tk-failure.js";
import { depCycle } from "./dep-cycle.js";
import { depTree } from "./dep-tree.js";

/** `dep`: one ticket waits for another; `dep tree` and `dep cycle` look at what waits for what. */
export const dep: TkCommand = async (call) => {
  const { words, host, store } = call;
  if (words[0] === "tree") return await depTree({ ...call, words: words.slice(1) });
  if (words[0] === "cycle") return await depCycle({ ...call, words: words.slice(1) });
  const [typed, typedDependency] = words;
  if (typed === undefined || typedDependency === undefined) {
    throw tkUsage(
      "Usage: ticket dep <id> <dependency-id>",
      "       ticket dep tree <id>  - show dependency tree",
      "       ticket dep cycle      - find dependency cycles",
    );
  }
  const id = await store.find(typed);
  const dependency = await store.find(typedDependency);
  if (id === dependency) throw tkError(`'${id}' cannot depend on itself`);
  const isNew = await store.addDependency(id, dependency);
  host.print(isNew ? `Added dependency: ${id} -> ${dependency}\n` : "Dependency already exists\n");
  return 0;
};
