import type { FieldValue, NewTicket, Reference } from "@wiggum/ticket-core";
import { usageError } from "./command-error.js";
import type { Context } from "./context.js";
import {
  lineFlag,
  noSyncFlag,
  numberFlag,
  operationIdFlag,
  repeatedFlag,
  switchFlag,
  textFlag,
} from "./parameters.js";
import { optionalText } from "./read-text.js";
import { unsubmitted, writtenTicket } from "./ticket-data.js";
import { isFileOnly, sayFileOnly } from "./write-ticket.js";

/** What `ticket create` and `start` can be told about a new ticket. */
export interface NewTicketFlags {
  readonly type?: string;
  readonly priority?: number;
  readonly dep?: readonly string[];
  readonly description?: string;
  readonly acceptanceTest?: readonly string[];
  readonly parent?: string;
  readonly label?: readonly string[];
  readonly risk?: readonly string[];
  readonly readiness?: string;
  readonly needsPreflight?: boolean;
  readonly reference?: readonly string[];
  readonly field?: readonly string[];
  readonly operationId?: string;
  readonly noSync?: boolean;
}

export const newTicketFlags = {
  type: lineFlag("type", "T", "Ticket type (default: what the project's types say, as shipped task)"),
  priority: numberFlag("priority", "0 (highest) to 4 (default: 2)", 0, 4),
  dep: repeatedFlag("ID", "Ticket that must be done first"),
  description: textFlag("TEXT", "Description; - reads standard input"),
  acceptanceTest: repeatedFlag("TEXT", "Acceptance criterion: what must hold in the end"),
  parent: textFlag("ID", "Ticket that this one belongs to"),
  label: repeatedFlag("LABEL", "Word to find it by: 'wiggum ticket list --label'"),
  risk: repeatedFlag("FLAG", "Word that names a risk, for example data-loss"),
  readiness: lineFlag("readiness", "WORD", "How well it is understood, for example implementation-ready"),
  needsPreflight: switchFlag("Somebody must check the ticket before work starts"),
  reference: repeatedFlag("KIND:TARGET", "What it speaks of, for example file:src/a.ts or url:https://…"),
  field: repeatedFlag("NAME=VALUE", "Field that the ticket's type declares; the value is JSON or text"),
  operationId: operationIdFlag,
  noSync: noSyncFlag,
} as const;

/** Files a ticket and says so; used by `ticket create` and `start`. `isStored`: never as a file alone, whatever flags and settings say. */
export async function createTicket(
  context: Context,
  title: string,
  flags: NewTicketFlags,
  options: { readonly isStored?: boolean } = {},
): Promise<{ readonly id: string; readonly data: object }> {
  const input = await newTicket(context, title, flags);
  const project = await context.project();
  if (options.isStored !== true && isFileOnly(project, flags)) {
    const { id, path, ticket } = await project.createViewOnly(input);
    sayFileOnly(context, path);
    return { id, data: unsubmitted(ticket, path) };
  }
  const { operationId } = flags;
  const record = await project.write(undefined, (write) =>
    project.tickets.create(input, operationId === undefined ? write : { ...write, operationId }),
  );
  context.messages.ok(`Created ticket: ${record.ticket.id}`);
  return { id: record.ticket.id, data: writtenTicket(record) };
}

async function newTicket(context: Context, title: string, flags: NewTicketFlags): Promise<NewTicket> {
  const description =
    flags.description === undefined ? undefined : await optionalText(context, [flags.description]);
  return {
    title,
    type: flags.type,
    priority: flags.priority,
    dependsOn: flags.dep,
    description,
    acceptanceCriteria: flags.acceptanceTest,
    parent: flags.parent,
    labels: flags.label,
    riskFlags: flags.risk,
    readiness: flags.readiness,
    needsPreflight: flags.needsPreflight,
    references: flags.reference?.map(parseReference),
    fields: flags.field === undefined ? undefined : Object.fromEntries(flags.field.map(parseField)),
  };
}

function parseReference(text: string): Reference {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) {
    throw usageError(
      `--reference: '${text}' is not KIND:TARGET`,
      "For example: --reference file:src/index.ts",
    );
  }
  return { kind: text.slice(0, colon), target: text.slice(colon + 1) };
}

/** `NAME=VALUE`; a value that is JSON is taken as such, anything else is text. */
export function parseField(text: string): readonly [string, FieldValue] {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw usageError(`--field: '${text}' is not NAME=VALUE`, "For example: --field severity=high");
  const value = text.slice(equals + 1);
  try {
    return [text.slice(0, equals), JSON.parse(value) as FieldValue];
  } catch {
    return [text.slice(0, equals), value];
  }
}
