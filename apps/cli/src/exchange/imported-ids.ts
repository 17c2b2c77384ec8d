import { createHash } from "node:crypto";
import { idDigits, type TicketId, type TicketRecord } from "@wiggum/ticket-core";
import type { PlanOptions } from "./plan-import.js";

export interface IdGiver {
  /** The ticket that was made of this record by an import before. */
  imported(externalId: string): TicketRecord | undefined;
  recordOf(id: TicketId): TicketRecord | undefined;
  isTaken(id: TicketId): boolean;
  /** An id that is free. */
  give(externalId: string): TicketId;
}

/** How a ticket names the record that it was made of. */
export function importedId({ source }: Pick<PlanOptions, "source">, externalId: string): string {
  return source === undefined ? externalId : `${source}/${externalId}`;
}

/**
 * Ids are drawn from the external id, not by chance: an import that was interrupted gives the rest the very ids that the tickets of its first
 * half depend on.
 */
export function createIdGiver(options: PlanOptions, recordCount: number): IdGiver {
  const { format, existing, takenIds } = options;
  const byId = new Map(existing.map((record) => [record.ticket.id, record]));
  const imported = new Map<string, TicketRecord>();
  for (const record of existing) {
    const { imported_from: from, imported_id: id } = record.ticket.fields;
    if (from === format && typeof id === "string") imported.set(id, record);
  }
  const taken = new Set(takenIds);
  const others = existing.length - imported.size;
  const digits = Math.max(6, idDigits(others + recordCount));
  return {
    imported: (externalId) => imported.get(importedId(options, externalId)),
    recordOf: (id) => byId.get(id),
    isTaken: (id) => taken.has(id),
    give(externalId) {
      for (let attempt = 0; ; attempt += 1) {
        const hash = createHash("sha256");
        hash.update(JSON.stringify([format, importedId(options, externalId), attempt]));
        const id = `tk-${hash.digest("hex").slice(0, digits + 2 * Math.floor(attempt / 8))}`;
        if (taken.has(id)) continue;
        taken.add(id);
        return id;
      }
    },
  };
}
