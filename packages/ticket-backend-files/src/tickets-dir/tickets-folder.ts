import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { TicketError, timestampOf } from "@wiggum/ticket-core";
import { withRoot } from "../folder/folder.js";
import type { PlannedChange } from "../planned-change.js";
import { openFolderStore } from "../store.js";
import { type FoundTicket, findTicket } from "../stored-tickets.js";
import { type FolderHeads, readHeads, readIds } from "./read-folder.js";
import type { TicketText } from "./ticket-text.js";
import { ticketsDirLayout } from "./tickets-dir-layout.js";

/** What a change of a folder sees and does. All or nothing, and nobody else writes at that time. */
export interface FolderChange {
  /** The bytes of a ticket. @throws TICKET_NOT_FOUND; TICKET_UNREADABLE for a link and the like */
  read(id: string): Uint8Array;
  isTaken(id: string): boolean;
  /** From here on these are the bytes of the ticket. */
  write(id: string, bytes: Uint8Array): void;
}

/**
 * A folder of tk, file by file, as the command needs it: any file name, any status, any bytes. Programs that want tickets as values take
 * `createFolderBackend` with `ticketsDirLayout`; both write under the same lock and into the same journal.
 */
export interface TicketsFolder {
  /** As it was given. */
  readonly path: string;
  /** In the order of names. */
  ids(): readonly string[];
  /** What `take` makes of front matter and title of each; the text may end below the title. */
  heads<Head>(take: (id: string, text: TicketText) => Head): FolderHeads<Head>;
  /** The bytes of a ticket; undefined = there is none. @throws STORE_BROKEN for a link and the like */
  read(id: string): Uint8Array | undefined;
  /**
   * Runs `work` under the lock of the folder and stores what it wrote. It may run again when somebody wrote past the lock, so it must start from
   * nothing each time.
   * @throws whatever `work` does; STORE_BUSY, STORE_READ_ONLY, DISK_FULL
   */
  change<Result>(
    by: { readonly actor: string; readonly subject: string },
    work: (change: FolderChange) => Result,
  ): Promise<Result>;
}

/** Opens a folder of tickets; nothing is read yet, and nothing is made before the first write. `now` is the clock. */
export function openTicketsFolder(path: string, now: () => Date = () => new Date()): TicketsFolder {
  const root = resolve(path);
  const layout = ticketsDirLayout();
  const fileOf = (id: string) => `${id}.md`;

  return {
    path,
    ids: () => readIds(root),
    heads: (take) => readHeads(root, take),
    read: (id) => withRoot(root, (folder) => folder.read(fileOf(id))),
    async change({ actor, subject }, work) {
      const store = openFolderStore({ root, layout, now });
      const operationId = `tk-${randomBytes(16).toString("hex")}`;
      let result: { readonly value: ReturnType<typeof work> } | undefined;
      try {
        await store.write(({ folder }) => {
          const before = new Map<string, FoundTicket | undefined>();
          const after = new Map<string, Uint8Array>();
          const find = (id: string) => {
            if (!before.has(id)) before.set(id, findTicket(folder, layout, id));
            return before.get(id);
          };
          const value = work({
            read(id) {
              const written = after.get(id);
              if (written !== undefined) return written;
              const found = find(id);
              const bytes = found?.stored.files.get(fileOf(id));
              if (bytes !== undefined) return bytes;
              if (found?.problem !== undefined) throw found.problem;
              throw new TicketError("TICKET_NOT_FOUND", `ticket '${id}' not found`, { id });
            },
            isTaken: (id) => find(id) !== undefined,
            write: (id, bytes) => void after.set(id, bytes),
          });
          result = { value };
          const changes = [...after].flatMap(([id, bytes]): readonly PlannedChange[] => {
            const stored = before.get(id)?.stored.files.get(fileOf(id));
            if (stored !== undefined && Buffer.compare(stored, bytes) === 0) return [];
            return [
              { id, before: find(id), after: { id, folder: "", files: new Map([[fileOf(id), bytes]]) } },
            ];
          });
          if (changes.length === 0) return { answer: undefined };
          const at = timestampOf(now());
          return {
            commit: { operationId, actor: { kind: "person", id: actor }, subject, skipHooks: false, at },
            changes,
          };
        });
      } finally {
        store.close();
      }
      if (result === undefined) throw new Error("a change was made without being decided");
      return result.value;
    },
  };
}
