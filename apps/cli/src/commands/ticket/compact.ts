import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { lineFlag, switchFlag } from "../../parameters.js";
import { printable } from "../../printable.js";
import { counted } from "../../render/counted.js";
import { sinceTyped } from "../../since.js";

interface Flags {
  readonly olderThan?: string;
  readonly dryRun?: boolean;
}

const usualAge = "90d";

export default defineCommand({
  examples: [
    "wiggum ticket compact --dry-run",
    "wiggum ticket compact",
    "wiggum ticket compact --older-than 30d",
  ],
  details: [
    "Archives tickets that are in a final state and that nobody wrote for so long: 'ticket list' leaves them out, unless --archived asks for them. 'ticket show', ids, dependencies, exports and the history stay as they were; their files stay where they are. One that is reopened is back. Prints the ids.",
    "Up to 500 tickets go into one commit, which happens as a whole or not at all. After a kill the same command goes on with the others.",
  ],
  parameters: {
    flags: {
      olderThan: lineFlag(
        "older-than",
        "WHEN",
        `Not written for so long: 30d, 12w, or since 2026-01-02 (default ${usualAge})`,
      ),
      dryRun: switchFlag("Print what would be archived, change nothing"),
    },
  },
  async run(context: Context, { olderThan = usualAge, dryRun }: Flags) {
    const before = sinceTyped(olderThan, new Date(), "--older-than");
    if (dryRun === true) {
      const { tickets } = await context.reading();
      return answer(
        (await tickets.longOver(before)).map(({ ticket }) => ticket.id),
        before,
        true,
      );
    }
    const project = await context.project();
    const ids = await project.write(undefined, (write) => project.tickets.compact(before, write));
    const what = ids.length === 0 ? "Nothing to archive" : `Archived ${counted(ids.length, "ticket")}`;
    context.messages.ok(what);
    return answer(ids, before, false);
  },
});

function answer(ids: readonly string[], before: Date, isDryRun: boolean) {
  return {
    data: { before: before.toISOString(), isDryRun, tickets: ids },
    text: ids.map((id) => `${printable(id)}\n`).join(""),
  };
}
