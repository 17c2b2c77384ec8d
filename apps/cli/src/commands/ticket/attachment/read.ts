import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "../../../command.js";
import { usageError } from "../../../command-error.js";
import type { Context } from "../../../context.js";
import { textArgument, textFlag, ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";

interface Flags {
  readonly output?: string;
}

export default defineCommand({
  examples: [
    "wiggum ticket attachment read tk-5c46 report.txt",
    "wiggum ticket attachment read tk-5c46 screen.png --output screen.png",
  ],
  details: [
    "Into a pipe or a file the bytes come as they are; on a terminal a text is shown with its control characters escaped, anything else is not shown. With --json the content is Base64.",
  ],
  parameters: {
    flags: { output: textFlag("PATH", "Write it to this file, which must not exist") },
    positional: {
      kind: "tuple",
      parameters: [ticketArgument, textArgument("attachment", "Its name, as 'attachment list' shows it")],
    },
  },
  async run(context: Context, { output }: Flags, typedId: string, name: string) {
    const { tickets } = await context.reading();
    const id = await tickets.resolve(typedId, "read");
    const { attachment, content } = await tickets.attachment(id, name);
    const data = { id, ...attachment };
    if (output !== undefined) {
      const path = resolve(context.host.workingDirectory, output);
      await writeNew(path, content);
      context.messages.ok(`Wrote ${attachment.bytes} bytes to ${printable(path)}`);
      return { data: { ...data, path } };
    }
    if (context.options.json) return { data: { ...data, content: Buffer.from(content).toString("base64") } };
    if (!context.host.stdout.isTerminal) return { data, bytes: content };
    return { data, text: printable(textOf(content, attachment.name), "lines") };
  },
});

async function writeNew(path: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(path, content, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw usageError(`${printable(path)} exists; it was left alone`);
    if (code === "ENOENT" || code === "ENOTDIR")
      throw usageError(`There is no folder for ${printable(path)}`);
    throw error;
  }
}

function textOf(content: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw usageError(`${printable(name)} is no text`, "Write it to a file: --output PATH, or '> PATH'.");
  }
}
