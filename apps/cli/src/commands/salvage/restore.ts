import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { textArgument, textFlag } from "../../parameters.js";
import { printable } from "../../printable.js";

interface Flags {
  readonly into?: string;
}

export default defineCommand({
  examples: [
    "wiggum salvage restore worker-0/01JD2Q",
    "wiggum salvage restore worker-0/01JD2Q --into rescued",
  ],
  details: [
    "Prints the folder. A file that is in the way is never overwritten: the restore is refused and names it. A unique beginning or end of the name is enough.",
  ],
  parameters: {
    flags: {
      into: textFlag("FOLDER", "Folder to put the files into (default: a new one beside the worktrees)"),
    },
    positional: { kind: "tuple", parameters: [textArgument("name", "Name, from 'wiggum salvage list'")] },
  },
  async run(context: Context, flags: Flags, name: string) {
    const project = await context.project();
    const restored = await project.salvage.restore(name, flags.into);
    context.messages.ok(`Restored ${restored.files.length} files`);
    return { data: restored, text: `${printable(restored.folder)}\n` };
  },
});
