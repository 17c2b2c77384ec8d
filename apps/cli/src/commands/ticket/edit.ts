import { requireDeclaredFields, type Ticket, typeNamed, writeSection } from "@wiggum/ticket-core";
import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { parseField } from "../../create-ticket.js";
import { editInEditor } from "../../edit-in-editor.js";
import {
  lineFlag,
  numberFlag,
  operationIdFlag,
  repeatedFlag,
  textFlag,
  ticketArgument,
} from "../../parameters.js";
import { optionalText } from "../../read-text.js";
import { writtenTicket } from "../../ticket-data.js";
import { writeTicket } from "../../write-ticket.js";

interface Flags {
  readonly title?: string;
  readonly priority?: number;
  readonly parent?: string;
  readonly description?: string;
  readonly addLabel?: readonly string[];
  readonly removeLabel?: readonly string[];
  readonly field?: readonly string[];
  readonly operationId?: string;
}

export default defineCommand({
  examples: [
    "wiggum ticket edit tk-5c46",
    "wiggum ticket edit tk-5c46 --priority 0 --add-label security",
    "wiggum ticket edit tk-5c46 --description - < story.md",
  ],
  details: [
    "Without flags the editor of the settings (WIGGUM_EDITOR, else EDITOR) opens the ticket's file in your ticket folder; what you saved is then submitted, merged by field with what others wrote meanwhile. A refused edit stays in the file.",
    "Dependencies and acceptance criteria have commands of their own: 'wiggum ticket dep', 'wiggum ticket criterion'.",
  ],
  parameters: {
    flags: {
      title: lineFlag("title", "TEXT", "New title"),
      priority: numberFlag("priority", "New priority, 0 (highest) to 4", 0, 4),
      parent: textFlag("ID", "Ticket that this one belongs to; an empty text takes it away"),
      description: textFlag("TEXT", "New description; - reads standard input"),
      addLabel: repeatedFlag("LABEL", "Add a label"),
      removeLabel: repeatedFlag("LABEL", "Take a label away"),
      field: repeatedFlag("NAME=VALUE", "Set a field that the ticket's type declares"),
      operationId: operationIdFlag,
    },
    positional: { kind: "tuple", parameters: [ticketArgument] },
  },
  async run(context: Context, flags: Flags, typedId: string) {
    const { operationId, ...changes } = flags;
    if (Object.values(changes).every((value) => value === undefined)) {
      return { data: await editInEditor(context, typedId) };
    }
    const project = await context.project();
    const parent = flags.parent ? await project.tickets.resolve(flags.parent, "write") : flags.parent;
    const text =
      flags.description === undefined ? undefined : await optionalText(context, [flags.description]);
    const fields = Object.fromEntries((flags.field ?? []).map(parseField));
    const record = await writeTicket(context, typedId, operationId, (_project, id, write) =>
      project.tickets.update(
        id,
        (ticket) => {
          const names = Object.keys(fields);
          if (names.length > 0) requireDeclaredFields(typeNamed(project.types, ticket.type), names);
          const edited = { ...withFlags(ticket, flags, parent), fields: { ...ticket.fields, ...fields } };
          if (text === undefined) return edited;
          return { ...edited, body: writeSection(edited.body, "Description", text) };
        },
        write,
        "Ticket update",
      ),
    );
    context.messages.ok(`Updated ${record.ticket.id}`);
    return { data: writtenTicket(record) };
  },
});

function withFlags(ticket: Ticket, flags: Flags, parent: string | undefined): Ticket {
  const { parent: former, ...rest } = ticket;
  const kept = parent === undefined ? former : parent || undefined;
  const labels = new Set([...ticket.labels, ...(flags.addLabel ?? [])]);
  for (const label of flags.removeLabel ?? []) labels.delete(label);
  return {
    ...rest,
    ...(kept === undefined ? {} : { parent: kept }),
    title: flags.title ?? ticket.title,
    priority: flags.priority ?? ticket.priority,
    labels: [...labels].toSorted(),
  };
}
