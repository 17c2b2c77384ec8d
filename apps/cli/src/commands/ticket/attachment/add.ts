import { basename, resolve } from "node:path";
import { isTicketError } from "@wiggum/ticket-core";
import { defineCommand } from "../../../command.js";
import { CommandError, usageError } from "../../../command-error.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, switchFlag, textArgument, textFlag, ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";
import { readFileContent } from "../../../read-file-content.js";

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
      file === "-"
        ? await context.host.readStdinBytes(most)
        : await readFileContent(path, { id, name, most });
    const writing = project.write(id, (write) => {
      const { operationId = write.operationId, replace } = flags;
      const isNewOperation = flags.operationId === undefined && write.isNewOperation;
      return project.tickets.attach(
        id,
        { name, content, isReplacing: replace },
        { ...write, operationId, isNewOperation },
      );
    });
    const attachment = await writing.catch((error: unknown) => Promise.reject(withFlag(error)));
    context.messages.ok(`Attached ${printable(attachment.name)} (${attachment.bytes} bytes) to ${id}`);
    return { data: { id, ...attachment } };
  },
});

/** What is there stays unless the person says otherwise: here, by a flag. */
function withFlag(error: unknown): unknown {
  if (!isTicketError(error, "ATTACHMENT_CONFLICT")) return error;
  const hint = "Choose another name with --name, or put it in the place of what is there with --replace.";
  return new CommandError(error.code, error.message, { hint, data: error.data, cause: error });
}
