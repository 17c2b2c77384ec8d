// The files and the journal together: readings that no half-made commit shows in, and writes that are whole or not there.
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import {
  isTicketError,
  type OperationId,
  type Revision,
  storageFault,
  TicketError,
  type TicketId,
  timestampOf,
} from "@wiggum/ticket-core";
import { commitUnknown } from "./commit-unknown.js";
import { cursorOf } from "./cursor.js";
import { type Finished, type FinishPorts, finishCommit, placesOf } from "./finish-commit.js";
import { type Folder, withRoot } from "./folder/folder.js";
import { escaped, explained, isMissing } from "./folder/folder-faults.js";
import { journalFolder, openJournalFile } from "./journal/journal-file.js";
import type { JournalChange, JournalCommit, JournalTables, KeptCommit } from "./journal/journal-tables.js";
import { operationDays, usualJournalBytes } from "./journal/trim-journal.js";
import type { FolderLayout } from "./layout.js";
import { companionsOf, type PlannedChange, replacedBytes } from "./planned-change.js";
import { keepReserve, releaseReserve } from "./reserve.js";
import { type FoundTicket, revisionOf } from "./stored-tickets.js";

/** How a store is opened. */
export interface FolderStoreOptions {
  /** Path of the folder; it must be there. */
  readonly root: string;
  readonly layout: FolderLayout;
  /** Milliseconds until `STORE_BUSY`. Default 30,000. */
  readonly lockWaitMs?: number | undefined;
  readonly now?: (() => Date) | undefined;
  /** Bytes of history in `.ticket-journal` beyond which the oldest is forgotten; operation ids are known for 30 days all the same. Default 64 MiB. */
  readonly journalBytes?: number | undefined;
  /** For tests: told before each step of a write. */
  readonly atStep?: ((step: string) => void) | undefined;
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
  /** The last revision of each ticket that the journal knows; nothing where it cannot be read. */
  known(): Promise<ReadonlyMap<TicketId, Revision>>;
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
  /**
   * The commit of this operation, once it is in the files; `undefined` = it was not made, and never will be. Sees one through that is pending.
   * @throws COMMIT_UNKNOWN when that cannot be done now
   */
  outcome(operationId: OperationId): Promise<KeptCommit | undefined>;
  close(): void;
}

/** What a work under the lock came upon. */
interface Seen {
  isPending: boolean;
  obstacle?: TicketError | undefined;
}

/** How often a write is decided anew when somebody else writes past the lock. */
const attempts = 5;

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

  function finishPending(
    { folder, tables }: Deciding,
    pending: KeptCommit,
    wanted: FinishPorts["wanted"],
  ): Finished {
    return finishCommit({ folder, tables, layout, atStep, wanted }, pending);
  }

  /** A commit that can neither be made nor taken back for want of room: it is taken back in the room that was kept for that. */
  async function takeBackOnFullDisk(): Promise<void> {
    inRoot((folder) => placesOf(folder, { mark: "", atStep }, (_places, own) => releaseReserve(own)));
    await journalFile.exclusively((tables) =>
      inRoot((folder) => {
        const pending = tables.pending();
        if (pending !== undefined) finishPending({ folder, tables }, pending, "take back");
      }),
    );
  }

  async function exclusively<Value>(
    work: (deciding: Deciding) => Value,
    seen: Seen = { isPending: false },
  ): Promise<Value> {
    prepareFolder();
    let done: { readonly value: Value } | Extract<Finished, { end: "refused" }>;
    try {
      done = await journalFile.exclusively((tables) =>
        inRoot((folder) => {
          const pending = tables.pending();
          if (pending !== undefined) {
            seen.isPending = true;
            const finished = finishPending({ folder, tables }, pending, "make");
            if (finished.end === "refused") return finished;
            if (finished.end === "foreign") seen.obstacle = finished.obstacle;
          }
          return { value: work({ folder, tables }) };
        }),
      );
    } catch (error) {
      const isFull = storageFault(error)?.fault === "full";
      // What is in the way of that, too, is told by who asks for the outcome.
      if (isFull && seen.isPending) await takeBackOnFullDisk().catch(() => {});
      throw explained(error, root);
    }
    if ("end" in done) throw explained(done.failure, root);
    return done.value;
  }

  function trim(tables: JournalTables): void {
    const { journalBytes: bytes = usualJournalBytes } = options;
    const since = new Date(now().getTime() - operationDays * 24 * 60 * 60 * 1000);
    tables.trim({ bytes, operationsSince: timestampOf(since) });
  }

  /** Puts what was decided into the journal, and answers its position. */
  function keepDecision(
    deciding: Deciding,
    decision: Extract<Decision<never>, { commit: JournalCommit }>,
  ): number {
    const { folder, tables } = deciding;
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
    const keptAt = timestampOf(now());
    const position = tables.add(
      { ...decision.commit, keptAt },
      changes,
      true,
      companionsOf(decision.changes),
    );
    if (decision.content !== undefined) tables.keepContent(position, decision.content);
    placesOf(folder, { mark: "", atStep }, ({ staging }, own) =>
      keepReserve(own, staging, {
        changes: changes.length,
        replacedBytes: replacedBytes(layout, decision.changes),
      }),
    );
    return position;
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

  /** Who may not write, or has no room for it, cannot use a database that several share; the tickets are there all the same. */
  const lookAt = <Value>(work: (tables: JournalTables) => Value) =>
    journalFile.reading(work).catch((error: unknown) => {
      if (isTicketError(error, "STORE_READ_ONLY") || storageFault(error)?.fault === "full") return undefined;
      throw explained(error, root);
    });
  const look = () => lookAt((tables) => tables.state());

  /** Tries to see a pending commit through, for a reading. `false` = it stays pending for now. */
  async function isFinished(): Promise<boolean> {
    try {
      await exclusively(() => {});
      return true;
    } catch (error) {
      if (isTicketError(error, "STORE_BUSY")) throw error;
      // Somebody else may be at it.
      if (isTicketError(error, "STORE_READ_ONLY")) return true;
      return (await look())?.isPending === false;
    }
  }

  /** What became of a commit that was decided: it is in the files, or it was taken back, or nobody knows. */
  async function fateOf(position: number): Promise<"made" | "taken back" | "unknown"> {
    try {
      const fate = await journalFile.reading((tables) => {
        if (tables.pending()?.position === position) return "unknown";
        return tables.after(position - 1, 1)[0]?.position === position ? "made" : "taken back";
      });
      return fate ?? "unknown";
    } catch {
      return "unknown";
    }
  }

  return {
    root,
    layout,
    now,
    exclusively,
    notice,
    journal: (work) => journalFile.reading(work),
    known: async () => (await lookAt((tables) => tables.lastOfAll())) ?? new Map(),
    async read(work) {
      for (let attempt = 0; attempt < 8; attempt++) {
        const before = await look();
        // One that can neither be made nor taken back now keeps nobody from reading.
        if (before?.isPending === true && (await isFinished())) continue;
        const value = inRoot(work);
        const after = await look();
        if (before?.isPending === after?.isPending && before?.position === after?.position) {
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
        if (isTicketError(error, "STORE_BUSY")) throw error;
        return { value: inRoot(work), cursor: cursorOf((await look()) ?? { generation: "", position: 0 }) };
      }
    },
    async write(decide) {
      for (let attempt = 1; ; attempt++) {
        const operation: { id?: OperationId | undefined; position?: number } = {};
        const decided = await exclusively((deciding) => {
          const decision = decide(deciding);
          if ("answer" in decision) return decision;
          operation.id = decision.commit.operationId;
          operation.position = keepDecision(deciding, decision);
          return undefined;
        });
        if (decided !== undefined) return decided;
        atStep("decided");
        const { position = 0 } = operation;
        const seen: Seen = { isPending: true };
        const find = ({ tables }: Pick<Deciding, "tables">) => {
          const [made] = tables.after(position - 1, 1);
          if (made?.position !== position) return undefined;
          return { kept: made, cursor: cursorOf({ ...tables.state(), position }) };
        };
        const trimmed = (deciding: Deciding) => {
          const found = find(deciding);
          if (found !== undefined) trim(deciding.tables);
          return found;
        };
        const kept = await exclusively(trimmed, seen).catch(async (error: unknown) => {
          const fate = await fateOf(position);
          if (fate === "taken back") throw error;
          const made = fate === "made" ? await journalFile.reading((tables) => find({ tables })) : undefined;
          if (made !== undefined) return made;
          // Decided, and nobody can say whether it will be made: who has the lock may be at it.
          throw commitUnknown(operation.id ?? String(position), error);
        });
        if (kept !== undefined) return kept;
        if (attempt > 1 && seen.obstacle !== undefined) throw seen.obstacle;
        if (attempt >= attempts) {
          throw escaped(
            layout.name,
            "is written to by something that does not wait for others; nothing was written",
          );
        }
      }
    },
    async outcome(operationId) {
      const find = (tables: JournalTables) => ({ kept: tables.operation(operationId) });
      const first = await journalFile.reading(find);
      if (first?.kept?.isPending !== true) return first?.kept;
      const failure = await exclusively(() => {}).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const kept = (await journalFile.reading(find))?.kept;
      if (kept?.isPending === true) throw commitUnknown(operationId, failure?.error);
      return kept;
    },
    close: () => journalFile.close(),
  };
}
