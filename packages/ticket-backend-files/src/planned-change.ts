import type { TicketId } from "@wiggum/ticket-core";
import type { FolderLayout, StoredTicket } from "./layout.js";
import type { FoundTicket } from "./stored-tickets.js";

/** A change before it is written. */
export interface PlannedChange {
  readonly id: TicketId;
  readonly before: FoundTicket | undefined;
  readonly after: StoredTicket | undefined;
  readonly companions?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Files beside those of new tickets, by path from the root. */
export function companionsOf(changes: readonly PlannedChange[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    changes.flatMap(({ after, companions }) =>
      after === undefined
        ? []
        : [...(companions ?? [])].map(([path, bytes]) => [`${after.folder}/${path}`, bytes] as const),
    ),
  );
}

/** Bytes that have to be written again where a commit is taken back. */
export function replacedBytes(layout: FolderLayout, changes: readonly PlannedChange[]): number {
  const files = changes.flatMap(({ before, after }) =>
    after === undefined ? [] : [...(before?.stored.files ?? [])],
  );
  return files.reduce((sum, [name, bytes]) => sum + (layout.isAppended?.(name) ? 0 : bytes.length), 0);
}
