// The files and the journal together: readings that no half-made commit shows in, and writes that are whole or not there.
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import {
  isTicketError,
  type OperationId,
  TicketError,
  type TicketId,
  timestampOf,
} from "@wiggum/ticket-core";
import { type Folder, withRoot } from "./folder/folder.js";
import { escaped, explained, isMissing } from "./folder/folder-faults.js";
import { journalFolder, openJournalFile } from "./journal/journal-file.js";
import type { JournalChange, JournalCommit, JournalTables, KeptCommit } from "./journal/journal-tables.js";
import type { FolderLayout, StoredTicket } from "./layout.js";
import { makeAttachment, stateOfAttachment } from "./place-attachment.js";
import {
  type ChangePlaces,
  inFolder,
  makeChange,
  type PlaceChange,
  stateOf,
  takeBackChange,
} from "./place-change.js";
import { type FoundTicket, revisionOf } from "./stored-tickets.js";

/** How a store is opened. */
export interface FolderStoreOptions {
  /** Path of the folder; it must be there. */
  readonly root: string;
  readonly layout: FolderLayout;
  /** Milliseconds until `STORE_BUSY`. Default 30,000. */
  readonly lockWaitMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
  /** For tests: told before each step of a write. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** A change before it is written. */
export interface PlannedChange {
  readonly id: TicketId;
  readonly before: FoundTicket | undefined;
  readonly after: StoredTicket | undefined;
  readonly companions?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** What a decision under the lock is made from. */
export interface Deciding {
  readonly folder: Folder;
  readonly tables: JournalTables;
}

/** What was decided: to write, or that there is an answer already. */
export type Decision<Answer> =
  | { readonly answer: Answer }
  | {
      readonly commit: JournalCommit;
      readonly changes: readonly PlannedChange[];
      /** Of the attachment that the commit adds. */
      readonly content?: Uint8Array | undefined;
    };

/** A reading, and the point of the journal that it shows. */
export interface Snapshot<Value> {
  readonly value: Value;
  readonly cursor: string;
}

/** One folder of tickets. */
export interface FolderStore {
  readonly root: string;
  readonly layout: FolderLayout;
  readonly now: () => Date;
  /** Reads between two commits. @throws STORE_BROKEN when there is no such folder */
  read<Value>(work: (folder: Folder) => Value): Promise<Snapshot<Value>>;
  /** Reads the journal alone; `undefined` = there is none. */
  journal<Value>(work: (tables: JournalTables) => Value): Promise<Value | undefined>;
  /**
   * Decides under the lock, and writes what was decided: all or nothing. `decide` may be called again when the files changed in between.
   * @throws whatever `decide` does, STORE_BUSY, STORE_READ_ONLY, DISK_FULL, STORE_BROKEN
   */
  write<Answer>(
    decide: (deciding: Deciding) => Decision<Answer>,
  ): Promise<{ readonly answer: Answer } | { readonly kept: KeptCommit; readonly cursor: string }>;
  /** Works under the lock, with nothing half-made, on what is in the journal. */
  exclusively<Value>(work: (deciding: Deciding) => Value): Promise<Value>;
  /** Takes the changes of others (a person, another tool) into the journal: of these ids, of which `found` is there now, or of all. */
  notice(deciding: Deciding, found: readonly FoundTicket[], ids: readonly TicketId[] | "all"): void;
  close(): void;
}

/** How often a write is decided anew when somebody else writes past the lock. */
const attempts = 5;

/** Cursor of a position in a journal. Before there is a journal all begin at the same place. */
export function cursorOf({ generation, position }: { generation: string; position: number }): string {
  return position === 0 ? "start" : `${generation}-${position}`;
}

/** Opens a folder of tickets; nothing is read or made yet. */
export function openFolderStore(options: FolderStoreOptions): FolderStore {
  const root = resolve(options.root);
  const { layout, lockWaitMs = 30_000, now = () => new Date(), atStep = () => {} } = options;
  const real = () => {
    try {
      return realpathSync(root);
    } catch (error) {
      if (!isMissing(error)) throw explained(error, root);
      return root;
    }
  };
  const journalFile = openJournalFile(real(), lockWaitMs);

  function inRoot<Value>(work: (folder: Folder) => Value): Value {
    let done: { readonly value: Value } | undefined;
    try {
      withRoot(root, (folder) => {
        done = { value: work(folder) };
      });
    } catch (error) {
      throw explained(error, root);
    }
    if (done !== undefined) return done.value;
    throw new TicketError(
      "STORE_BROKEN",
      `There is no folder ${root}`,
      { path: root },
      { hint: "Make the folder, or name another." },
    );
  }

  /** Makes what the journal needs in the root; its files are nobody's to commit. */
  function prepareFolder(): void {
    inRoot((folder) => {
      for (const name of layout.folders ?? [])
        if (folder.kindOf(name) === undefined) folder.enterMade(name, () => {});
      folder.enterMade(journalFolder, (own) => {
        own.enterMade("staging", (staging) => {
          if (own.kindOf(".gitignore") === undefined) own.write(".gitignore", Buffer.from("*\n"), staging);
        });
        own.enterMade("removed", () => {});
      });
    });
  }

  function placesOf(folder: Folder, mark: string, work: (places: ChangePlaces) => void): void {
    inFolder(folder, journalFolder, (own) =>
      own.enterMade("staging", (staging) =>
        own.enterMade("removed", (removed) => work({ root: folder, staging, removed, mark, atStep })),
      ),
    );
  }

  function changesOf(tables: JournalTables, { changes, companions }: KeptCommit): readonly PlaceChange[] {
    return changes.map(({ id, before, after }) => {
      const wanted = after === null ? undefined : tables.kept(after);
      return {
        id,
        before: before === null ? undefined : tables.kept(before),
        after: wanted,
        companions: companionsBelow(companions, wanted?.folder),
      };
    });
  }

  /**
   * Brings a decided commit into the files, or takes it back where somebody else wrote in between or the disk refuses. Answers what it refused
   * with: what was taken back stays so.
   */
  function finishPending({ folder, tables }: Deciding): { readonly failure: unknown } | undefined {
    const pending = tables.pending();
    if (pending === undefined) return undefined;
    const { position, attachment } = pending;
    const changes = changesOf(tables, pending);
    const isForeign =
      changes.some((change) => stateOf(folder, layout, change) === "foreign") ||
      (attachment !== undefined && stateOfAttachment(folder, attachment) === "foreign");
    const attach = (staging: Folder) => {
      if (attachment === undefined || stateOfAttachment(folder, attachment) === "after") return true;
      atStep(`attachment: ${attachment.name}`);
      return makeAttachment(folder, staging, attachment, tables.content(position));
    };
    let refusal: { readonly failure: unknown } | undefined;
    placesOf(folder, String(position), (places) => {
      if (!isForeign) {
        let isMade = false;
        try {
          isMade = changes.every((change) => makeChange(places, layout, change)) && attach(places.staging);
        } catch (failure) {
          // Where something lies in the way, somebody else was there: that is told as such.
          if (!isTicketError(failure, "STORE_BROKEN")) refusal = { failure };
        }
        if (isMade) {
          atStep("settle");
          tables.settle(position);
          empty(places.staging);
          return;
        }
      }
      for (const change of changes.toReversed()) takeBackChange(places, layout, change);
      tables.drop(position);
      empty(places.staging);
    });
    return refusal;
  }

  async function exclusively<Value>(work: (deciding: Deciding) => Value): Promise<Value> {
    prepareFolder();
    try {
      const done = await journalFile.exclusively((tables) =>
        inRoot((folder) => finishPending({ folder, tables }) ?? { value: work({ folder, tables }) }),
      );
      if ("failure" in done) throw done.failure;
      return done.value;
    } catch (error) {
      throw explained(error, root);
    }
  }

  function notice(
    { tables }: Deciding,
    found: readonly FoundTicket[],
    ids: readonly TicketId[] | "all",
  ): void {
    const known =
      ids === "all"
        ? tables.lastOfAll()
        : new Map(ids.flatMap((id) => [[id, tables.last(id)?.revision ?? null] as const]));
    const changes: JournalChange[] = [];
    for (const { id, stored, revision, record } of found) {
      const last = known.get(id) ?? null;
      if (record === undefined || last === revision) continue;
      tables.keep(revision, stored);
      changes.push({ id, before: last, after: revision });
    }
    const there = new Set(found.map(({ id }) => id));
    for (const [id, last] of known) {
      if (last !== null && !there.has(id)) changes.push({ id, before: last, after: null });
    }
    for (const change of changes) {
      const how = change.after === null ? "removed" : change.before === null ? "added" : "changed";
      const subject = `${change.id} was ${how} in the files`;
      const actor = { kind: "person", id: "unknown" } as const;
      tables.add({ actor, subject, skipHooks: false, at: timestampOf(now()) }, [change], false);
    }
  }

  /** Who may not write cannot use a database that several share; the tickets are there all the same. */
  const look = () =>
    journalFile
      .reading((tables) => tables.state())
      .catch((error: unknown) => {
        if (isTicketError(error, "STORE_READ_ONLY")) return undefined;
        throw error;
      });

  return {
    root,
    layout,
    now,
    exclusively,
    notice,
    journal: (work) => journalFile.reading(work),
    async read(work) {
      for (let attempt = 0; attempt < 8; attempt++) {
        const before = await look();
        if (before?.isPending === true) {
          try {
            await exclusively(() => {});
          } catch (error) {
            if (!isTicketError(error, "STORE_READ_ONLY")) throw error;
          }
          continue;
        }
        const value = inRoot(work);
        const after = await look();
        if (after?.isPending !== true && before?.position === after?.position) {
          return { value, cursor: cursorOf(after ?? { generation: "", position: 0 }) };
        }
      }
      // Others write all the time: one look between two of them.
      try {
        return await exclusively(({ folder, tables }) => ({
          value: work(folder),
          cursor: cursorOf(tables.state()),
        }));
      } catch (error) {
        if (!isTicketError(error, "STORE_READ_ONLY")) throw error;
        return { value: inRoot(work), cursor: cursorOf((await look()) ?? { generation: "", position: 0 }) };
      }
    },
    async write(decide) {
      for (let attempt = 1; ; attempt++) {
        const operation: { id?: OperationId | undefined; position?: number } = {};
        const decided = await exclusively((deciding) => {
          const decision = decide(deciding);
          if ("answer" in decision) return decision;
          const { tables } = deciding;
          notice(
            deciding,
            decision.changes.flatMap(({ before }) => before ?? []),
            decision.changes.map(({ id }) => id),
          );
          const changes = decision.changes.map(({ id, before, after }): JournalChange => {
            if (before !== undefined) tables.keep(before.revision, before.stored);
            const revision = after === undefined ? null : revisionOf(after);
            if (after !== undefined && revision !== null) tables.keep(revision, after, before?.stored);
            return { id, before: before?.revision ?? null, after: revision };
          });
          operation.id = decision.commit.operationId;
          const position = tables.add(decision.commit, changes, true, companionsOf(decision.changes));
          operation.position = position;
          if (decision.content !== undefined) tables.keepContent(position, decision.content);
          return undefined;
        });
        if (decided !== undefined) return decided;
        atStep("decided");
        const { position = 0 } = operation;
        const kept = await exclusively(({ tables }) => {
          const [made] = tables.after(position - 1, 1);
          if (made?.position !== position) return undefined;
          return { kept: made, cursor: cursorOf({ ...tables.state(), position }) };
        }).catch((error: unknown) => {
          // Decided, and nobody can say whether it is made: who has the lock may be at it.
          if (!isTicketError(error, "STORE_BUSY")) throw error;
          throw unknown(operation.id ?? String(position), error);
        });
        if (kept !== undefined) return kept;
        if (attempt >= attempts) {
          throw escaped(
            layout.name,
            "is written to by something that does not wait for others; nothing was written",
          );
        }
      }
    },
    close: () => journalFile.close(),
  };
}

function companionsOf(changes: readonly PlannedChange[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    changes.flatMap(({ after, companions }) =>
      after === undefined
        ? []
        : [...(companions ?? [])].map(([path, bytes]) => [`${after.folder}/${path}`, bytes] as const),
    ),
  );
}

function companionsBelow(
  companions: ReadonlyMap<string, Uint8Array>,
  folder: string | undefined,
): ReadonlyMap<string, Uint8Array> {
  if (folder === undefined) return new Map();
  return new Map(
    [...companions].flatMap(([path, bytes]) =>
      path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), bytes] as const] : [],
    ),
  );
}

/** What a killed writer left there. Only who has the lock writes there. */
function empty(staging: Folder): void {
  for (const { name, kind } of staging.entries()) {
    if (kind === "folder") {
      staging.enter(name, empty);
      staging.removeEmpty(name);
    } else staging.remove(name);
  }
}

function unknown(operationId: OperationId, cause: unknown): TicketError<"COMMIT_UNKNOWN"> {
  return new TicketError(
    "COMMIT_UNKNOWN",
    "The write was decided, but the store was too busy to see it through",
    { operationId },
    { hint: "The next command that writes completes it. Ask for the outcome, then go on.", cause },
  );
}
