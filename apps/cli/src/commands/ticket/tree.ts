import type { TicketTree } from "@wiggum/ticket-core";
import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";
import { printable } from "../../printable.js";
import { treeData } from "../../ticket-data.js";

export default defineCommand({
  examples: ["wiggum ticket tree tk-5c46"],
  details: ["A ticket that is its own ancestor is marked (cycle) and not followed further."],
  parameters: { positional: { kind: "tuple", parameters: [ticketArgument] } },
  async run(context: Context, _flags: object, typedId: string) {
    const { tickets } = await context.reading();
    const tree = await tickets.tree(typedId);
    return { data: treeData(tree), text: lines(tree, 0) };
  },
});

function lines(tree: TicketTree, level: number): string {
  const indent = level === 0 ? "" : `${"  ".repeat(level)}└── `;
  const { record } = tree;
  const what = record === undefined ? "(not found)" : `[${record.ticket.state}] ${record.ticket.title}`;
  const line = `${indent}${printable(`${tree.id} ${what}${tree.repeated ? " (cycle)" : ""}`)}\n`;
  return line + tree.dependencies.map((dependency) => lines(dependency, level + 1)).join("");
}
