import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { TicketError } from "@wiggum/ticket-core";
import { defineCommand } from "../../../command.js";
import { usageError } from "../../../command-error.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, switchFlag, textArgument, textFlag, ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";

interface Flags {
  readonly name?: string;
  readonly replace?: boolean;
  readonly operationId?: string;
}

export default defineCommand({
  examples: [
    "wiggum ticket attachment add tk-5c46 report.txt",
    "wiggum ticket attachment add tk-5c46 out/1.log --name tests.log --replace",
    "npm test 2>&1 | wiggum ticket attachment add tk-5c46 - --name tests.log",
  ],
  details: [
    "At most 10 MiB each and 100 for each ticket: every clone of the tickets carries them. What is larger is better kept elsewhere, with a reference to it in the ticket.",
  ],
  parameters: {
    flags: {
      name: textFlag("NAME", "Name of the attachment (default: the file's)"),
      replace: switchFlag("Put it in the place of what has that name"),
      operationId: operationIdFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        ticketArgument,
        textArgument("file", "File whose content is attached; - reads standard input"),
      ],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, file: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    const name = flags.name ?? (file === "-" ? undefined : basename(file));
    if (name === undefined) throw usageError("Standard input has no name: give it one with --name");
    const most = project.tickets.backend.attachments?.limits.maxBytes;
    const path = resolve(context.host.workingDirectory, file);
    const content =
      file === "-" ? await context.host.readStdinBytes() : await contentOf(path, { id, name, most });
    const attachment = await project.write(id, (write) => {
      const { operationId = write.operationId, replace } = flags;
      const isNewOperation = flags.operationId === undefined && write.isNewOperation;
      return project.tickets.attach(
        id,
        { name, content, isReplacing: replace },
        { ...write, operationId, isNewOperation },
      );
    });
    context.messages.ok(`Attached ${printable(attachment.name)} (${attachment.bytes} bytes) to ${id}`);
    return { data: { id, ...attachment } };
  },
});

/** Looks at the size first: nobody waits for a file that is refused anyway. @throws USAGE ATTACHMENT_INVALID */
async function contentOf(
  path: string,
  { id, name, most = Number.POSITIVE_INFINITY }: { id: string; name: string; most?: number | undefined },
): Promise<Uint8Array> {
  try {
    const { size: bytes } = await stat(path);
    if (bytes <= most) return await readFile(path);
    const message = `${printable(path)} has ${bytes} bytes; an attachment may have ${most}`;
    const hint = "Keep it elsewhere, and add a reference to it.";
    throw new TicketError("ATTACHMENT_INVALID", message, { id, name, bytes, most }, { hint });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw usageError(`There is no file ${printable(path)}`);
    if (code === "EISDIR") throw usageError(`${printable(path)} is a folder: pack it into a file first`);
    if (code === "EACCES") throw usageError(`${printable(path)} may not be read`);
    throw error;
  }
}
