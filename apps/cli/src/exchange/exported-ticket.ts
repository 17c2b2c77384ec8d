// What writers of other formats are given of a ticket, and how its members are accounted for.
import type { Ticket, TicketId, TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import type { FieldAccount } from "./imported-ticket.js";

/** Where tickets can be written to; the word that `--to` takes. */
export const targetFormats = ["jsonl", "beads", "tk", "work-items", "backlog", "taskmaster"] as const;
export type TargetFormat = (typeof targetFormats)[number];

/** One ticket in the words of the target: a line of a file, or a file of a folder. */
export interface ExportedTicket {
  readonly id: string;
  /** Below the folder of the export; a target that is one file has their texts one after the other. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly account: readonly FieldAccount[];
}

/** Where a ticket stands, in the words of tools with three states. */
export function stageOf(types: TicketTypes, { type, state }: Ticket): "open" | "in_progress" | "closed" {
  const machine = Object.hasOwn(types.types, type) ? types.types[type] : undefined;
  if (machine?.states.some(({ name, final }) => name === state && final)) return "closed";
  return machine === undefined || machine.initial === state ? "open" : "in_progress";
}

/** The name of a person that the ticket refers to, or the agent that it is assigned to. */
export function assigneeOf({ references, assignedAgentId }: Ticket): string | undefined {
  return assignedAgentId ?? references.find(({ kind }) => kind === "assignee")?.target;
}

/** Over, and nothing was delivered. */
export function isGivenUp(types: TicketTypes, { type, state }: Ticket): boolean {
  const machine = Object.hasOwn(types.types, type) ? types.types[type] : undefined;
  return (
    machine?.states.some(
      ({ name, final, satisfiesDependants }) => name === state && final && !satisfiesDependants,
    ) ?? false
  );
}

/** Members of a ticket that say something, each with what became of it; what `known` does not name is dropped. */
export function accountOf(
  { ticket }: TicketRecord,
  known: Readonly<Record<string, readonly ["kept" | "mapped" | "dropped", string]>>,
): readonly FieldAccount[] {
  const members = Object.entries(ticket).flatMap(([name, value]): readonly (readonly [string, unknown])[] =>
    name === "fields"
      ? Object.entries(value as object).map(([key, inner]) => [`fields.${key}`, inner] as const)
      : [[name, value]],
  );
  return members
    .filter(([name, value]) => !isNothing(value) && name !== "preamble")
    .map(([field]) => {
      const [fate, note] = known[field] ??
        known[field.split(".")[0] ?? ""] ?? ["dropped", "has no place there"];
      return { field, fate, note };
    });
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

/** By ticket, those that say of themselves that they block it; other tools keep that with the ticket that waits. */
export function blockersOf(records: readonly TicketRecord[]): ReadonlyMap<TicketId, readonly TicketId[]> {
  const blockers = new Map<TicketId, TicketId[]>();
  for (const { ticket } of records) {
    for (const blocked of ticket.blocks) {
      const known = blockers.get(blocked);
      if (known === undefined) blockers.set(blocked, [ticket.id]);
      else known.push(ticket.id);
    }
  }
  return blockers;
}
