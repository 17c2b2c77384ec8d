import { runOnTerminal } from "../run-on-terminal.js";
import type { TkCommand } from "../tk-call.js";
import { tkError, tkUsage } from "../tk-failure.js";

/** `edit`: opens the ticket in the editor; without a terminal it only says where the file is, and never waits. */
export const edit: TkCommand = async ({ words: [typed], host, store }) => {
  if (typed === undefined) throw tkUsage("Usage: tk edit <id>");
  const id = await store.find(typed);
  const file = await store.file(id);
  if (!host.isTerminal(0) || !host.isTerminal(1)) {
    host.print(`Edit ticket file: ${file}\n`);
    return 0;
  }
  const editor = host.environment["EDITOR"]?.trim() || "vi";
  const exitCode = await runOnTerminal([...editor.split(/\s+/), file]);
  if (exitCode !== 0) throw tkError(`the editor '${editor}' ended with exit code ${exitCode}`);
  await store.submit?.(id);
  return 0;
};
