import type { TicketPage, TicketQuery, TicketTypes } from "@wiggum/ticket-core";
import { defineCommand } from "../../command.js";
import { usageError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { commaFlag, switchFlag, textFlag } from "../../parameters.js";
import { ticketSummary } from "../../ticket-data.js";

interface Flags {
  readonly state?: readonly string[];
  readonly type?: readonly string[];
  readonly label?: readonly string[];
  readonly assignee?: readonly string[];
  readonly parent?: string;
  readonly text?: string;
  readonly actionRequired?: boolean;
  readonly archived?: boolean;
}

export default defineCommand({
  examples: [
    "wiggum ticket list",
    "wiggum ticket list --state ready,in-progress --type bug",
    "wiggum ticket list --json",
  ],
  details: [
    "Ordered by id. What 'wiggum ticket compact' archived is left out unless --archived asks for it. Files that are no readable tickets are named on standard error and do not hide the others.",
  ],
  parameters: {
    flags: {
      state: commaFlag("S,S", "Only tickets in these states"),
      type: commaFlag("T,T", "Only tickets of these types"),
      label: commaFlag("L,L", "Only tickets with one of these labels"),
      assignee: commaFlag("AGENT", "Only tickets of these agents"),
      parent: textFlag("ID", "Only tickets that belong to this one"),
      text: textFlag("WORDS", "Only tickets whose title or text contains this"),
      actionRequired: switchFlag("Only tickets on which a person must act"),
      archived: switchFlag("Only tickets that were archived; others leave those out"),
    },
  },
  async run(context: Context, flags: Flags) {
    const { tickets, types } = await context.reading();
    checkFilters(types, flags);
    const parent = flags.parent === undefined ? undefined : await tickets.resolve(flags.parent, "read");
    const query: TicketQuery = {
      states: flags.state,
      types: flags.type,
      labels: flags.label,
      assignedAgentIds: flags.assignee,
      parents: parent === undefined ? undefined : [parent],
      text: flags.text,
      actionRequired: flags.actionRequired,
      // Another store may not know what that is.
      archived: flags.archived ?? (tickets.backend.supports.archive === true ? false : undefined),
    };
    const page = await tickets.summaries(query);
    warnOf(context, page.problems);
    const records = page.tickets.toSorted((left, right) => (left.ticket.id < right.ticket.id ? -1 : 1));
    const rows = records.map(({ ticket: { id, state, type, priority, title } }) => [
      id,
      state,
      type,
      String(priority),
      title,
    ]);
    return {
      data: context.options.json ? { tickets: records.map(ticketSummary), problems: page.problems } : null,
      table: {
        header: ["ID", "STATE", "TYPE", "PRI", "TITLE"],
        rows,
        widths: [10, 10, 10, 3, 40],
        dashes: 79,
        cutAt: 38,
      },
      asOf: page.asOf,
    };
  },
});

/** Problems that are named one by one: thousands of them would hide the tickets. */
const mostNamed = 20;

function warnOf(context: Context, problems: TicketPage["problems"]): void {
  for (const { message } of problems.slice(0, mostNamed)) context.messages.warn(message);
  const more = problems.length - mostNamed;
  if (more > 0) context.messages.warn(`There are ${more} more of these: 'wiggum ticket doctor' names all`);
}

/** A filter that can match nothing is a typing error: an empty table would hide it. */
function checkFilters({ types }: TicketTypes, flags: Flags): void {
  const typeNames = Object.keys(types);
  const states = [...new Set(Object.values(types).flatMap((type) => type.states.map(({ name }) => name)))];
  for (const type of flags.type ?? []) {
    if (!typeNames.includes(type)) throw usageError(`--type: '${type}' is none of ${typeNames.join(", ")}`);
  }
  for (const state of flags.state ?? []) {
    if (!states.includes(state)) throw usageError(`--state: '${state}' is none of ${states.join(", ")}`);
  }
}
