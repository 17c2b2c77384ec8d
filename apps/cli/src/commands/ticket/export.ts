import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { type TargetFormat, targetFormats } from "../../exchange/exported-ticket.js";

export default defineCommand({
  examples: [
    "wiggum ticket export --to jsonl tickets.jsonl",
    "wiggum ticket export --to tk .tickets",
    "wiggum ticket export --to beads > issues.jsonl",
  ],
  details: [
    "jsonl holds every byte of every ticket: imported into an empty project it gives the same tickets. Attachments go into a folder beside the file, and into that of work-items; where they cannot, the command says so and ends with 1. What the other formats cannot hold is printed, field by field. Nothing that is there is written over.",
  ],
  parameters: {
    flags: { to: { kind: "enum", values: targetFormats, brief: "What to write" } },
    positional: {
      kind: "tuple",
      parameters: [
        {
          placeholder: "path",
          brief: "New file or folder, as the format wants; - or nothing for a file: standard output",
          parse: (text: string) => text,
          optional: true,
        },
      ],
    },
  },
  async run(context: Context, flags: { readonly to: TargetFormat }, path?: string) {
    const { exportTickets } = await import("../../exchange/export-tickets.js");
    return await exportTickets(context, flags.to, path === "-" ? undefined : path);
  },
});
