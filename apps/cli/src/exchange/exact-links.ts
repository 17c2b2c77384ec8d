// Lines of JSONL are stored byte for byte: a link in them that leads nowhere, or round in a circle, stays, and is told.
import type { TicketId } from "@wiggum/ticket-core";
import type { ImportedTicket } from "./imported-ticket.js";
import type { PlanEntry, PlanOptions } from "./plan-import.js";
import { closingEdges } from "./plan-links.js";

/** Which entries are of such lines. */
export interface ExactEntry {
  readonly record: ImportedTicket;
  readonly entry: PlanEntry;
}

/** The entries in their order, those of exact lines with what is odd about their links. */
export function withLinkWarnings(all: readonly ExactEntry[], options: PlanOptions): readonly PlanEntry[] {
  const isMade = ({ record, entry }: ExactEntry) => record.exact !== undefined && entry.action === "create";
  if (!all.some(isMade)) return all.map(({ entry }) => entry);
  const tickets = [
    ...options.existing.map(({ ticket }) => ticket),
    ...all.flatMap(({ entry }) => (entry.action === "create" ? (entry.ticket ?? []) : [])),
  ];
  const dependsOn = new Map(tickets.map(({ id, dependsOn: on }) => [id, [...on]]));
  const parents = new Map(tickets.map(({ id, parent }) => [id, parent === undefined ? [] : [parent]]));
  const circles = {
    "depends-on": closingEdges(onlyKnown(dependsOn)),
    parent: closingEdges(onlyKnown(parents)),
  };
  return all.map((each) => {
    const { entry } = each;
    const { ticket } = entry;
    if (!isMade(each) || ticket === undefined) return entry;
    const links = [
      ...ticket.dependsOn.map((target) => ({ kind: "depends-on" as const, target })),
      ...(ticket.parent === undefined ? [] : [{ kind: "parent" as const, target: ticket.parent }]),
    ];
    const told = links.flatMap(({ kind, target }) => {
      const closes = target === ticket.id || circles[kind].has(`${ticket.id} ${target}`);
      const why = !dependsOn.has(target) ? "no ticket of this id" : closes ? "closes a cycle" : undefined;
      return why === undefined ? [] : [`${kind} ${target}: ${why}; kept as it stands in the line`];
    });
    return told.length === 0 ? entry : { ...entry, warnings: [...entry.warnings, ...new Set(told)] };
  });
}

function onlyKnown(
  graph: ReadonlyMap<TicketId, readonly TicketId[]>,
): ReadonlyMap<TicketId, readonly TicketId[]> {
  return new Map([...graph].map(([id, targets]) => [id, targets.filter((target) => graph.has(target))]));
}
