import { randomBytes } from "node:crypto";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Actor, OperationId, Revision, TicketId, Timestamp } from "@wiggum/ticket-core";
import type { StoredTicket } from "../layout.js";
import { bytesSchema, createJournalBytes } from "./journal-bytes.js";
import { type JournalBounds, trimJournal, trimmedOf } from "./trim-journal.js";

/** The file that a commit attaches or takes away. Revisions are hashes of contents; `null` = there is none. */
export interface JournalAttachment {
  /** The folder of the attachments, from the root. */
  readonly folder: string;
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly bytes: number;
}

/** Who wrote what and why. Without an operation id: noticed, not written by us. */
export interface JournalCommit {
  readonly operationId?: OperationId | undefined;
  readonly actor: Actor;
  readonly subject: string;
  readonly cause?: string | undefined;
  readonly override?: string | undefined;
  readonly skipHooks: boolean;
  readonly at: Timestamp;
  /** When it came into the journal: how long its operation id is known counts from here, whatever `at` says. */
  readonly keptAt?: Timestamp | undefined;
  /** Its content is kept until it is in the files. */
  readonly attachment?: JournalAttachment | undefined;
}

/** What a commit makes of one ticket. `null` = there is none. */
export interface JournalChange {
  readonly id: TicketId;
  readonly before: Revision | null;
  readonly after: Revision | null;
}

/** A commit as it is kept. `position` rises; a pending one is decided, but perhaps not yet, or only in part, in the files. */
export interface KeptCommit extends JournalCommit {
  readonly position: number;
  readonly isPending: boolean;
  readonly changes: readonly JournalChange[];
  /** Files that are made beside those of new tickets, by path from the root. */
  readonly companions: ReadonlyMap<string, Uint8Array>;
}

/** Where the journal is. */
export interface JournalState {
  /** Drawn when the journal was made: cursors of another one are told apart. */
  readonly generation: string;
  /** Of the newest commit that is in the files. */
  readonly position: number;
  readonly isPending: boolean;
  /** History up to this position was forgotten. */
  readonly trimmedTo: number;
}

/** The tables, for the time of a transaction. */
export interface JournalTables {
  make(format: number): void;
  state(): JournalState;
  /** Keeps the files of a ticket under their revision; `before` is what they were, kept already. */
  keep(revision: Revision, stored: StoredTicket, before?: StoredTicket): void;
  /** Files that were kept. */
  kept(revision: Revision): StoredTicket | undefined;
  /** Keeps the content of an attachment until its commit is settled or dropped. */
  keepContent(position: number, content: Uint8Array): void;
  content(position: number): Uint8Array | undefined;
  /** Answers the position. */
  add(
    commit: JournalCommit,
    changes: readonly JournalChange[],
    isPending: boolean,
    companions?: ReadonlyMap<string, Uint8Array>,
  ): number;
  pending(): KeptCommit | undefined;
  /** The pending commit is in the files. */
  settle(position: number): void;
  /** The pending commit is not made. */
  drop(position: number): void;
  operation(operationId: OperationId): KeptCommit | undefined;
  /** Forgets old history where the journal is over its bound. */
  trim(bounds: JournalBounds): void;
  /** The first commits behind a position that are in the files; none that were forgotten. */
  after(position: number, limit: number): readonly KeptCommit[];
  /** Those of one ticket. */
  of(id: TicketId, after: number, limit: number): readonly KeptCommit[];
  /** The last revision of a ticket that is known; `undefined` = none ever, `null` = it was deleted. */
  last(id: TicketId): { readonly revision: Revision | null; readonly commit: KeptCommit } | undefined;
  /** The last known revision of every ticket that there is. */
  lastOfAll(): ReadonlyMap<TicketId, Revision>;
}

const schema = `
CREATE TABLE about (generation TEXT NOT NULL);
CREATE TABLE commits (
  position INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT UNIQUE, about TEXT NOT NULL, is_pending INTEGER NOT NULL, companions TEXT NOT NULL
);
CREATE TABLE changes (
  position INTEGER NOT NULL, rank INTEGER NOT NULL, id TEXT NOT NULL, before TEXT, after TEXT, PRIMARY KEY (position, rank)
) WITHOUT ROWID;
CREATE INDEX changes_of ON changes (id, position);
CREATE TABLE current (id TEXT PRIMARY KEY, revision TEXT, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tickets (revision TEXT PRIMARY KEY, id TEXT NOT NULL, folder TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (revision TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (revision, name)) WITHOUT ROWID;
CREATE TABLE attached (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
${bytesSchema}`;

type Row = Record<string, unknown>;

/** Statements are prepared when they are first used. */
export function createTables(database: DatabaseSync): JournalTables {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const get = (sql: string, ...values: SQLInputValue[]): Row | undefined => prepared(sql).get(...values);
  const all = (sql: string, ...values: SQLInputValue[]): readonly Row[] => prepared(sql).all(...values);
  const run = (sql: string, ...values: SQLInputValue[]) => prepared(sql).run(...values);

  const bytes = createJournalBytes(prepared);

  function commitOf(row: Row): KeptCommit {
    const position = Number(row["position"]);
    const changes = all(
      "SELECT id, before, after FROM changes WHERE position = ? ORDER BY rank",
      position,
    ).map((change): JournalChange => {
      const { id, before, after } = change as unknown as JournalChange;
      return { id, before, after };
    });
    const about = JSON.parse(String(row["about"])) as JournalCommit;
    const companions = JSON.parse(String(row["companions"])) as Record<string, string>;
    return {
      ...about,
      ...(typeof row["operation"] === "string" && { operationId: row["operation"] }),
      position,
      isPending: row["is_pending"] === 1,
      changes,
      companions: new Map(
        Object.entries(companions).map(([path, text]) => [path, Buffer.from(text, "base64")]),
      ),
    };
  }

  function noteCurrent(position: number): void {
    run(
      "INSERT OR REPLACE INTO current SELECT id, after, position FROM changes WHERE position = ? ORDER BY rank",
      position,
    );
  }

  return {
    make(format) {
      if (Number(get("PRAGMA user_version")?.["user_version"]) === format) return;
      database.exec(schema);
      run("INSERT INTO about VALUES (?)", randomBytes(8).toString("hex"));
      database.exec(`PRAGMA user_version = ${format}`);
    },
    state() {
      const row = get(
        "SELECT generation, (SELECT max(position) FROM commits WHERE is_pending = 0) AS position, EXISTS (SELECT 1 FROM commits WHERE is_pending = 1) AS pending FROM about",
      );
      return {
        generation: String(row?.["generation"]),
        position: Number(row?.["position"] ?? 0),
        isPending: row?.["pending"] === 1,
        trimmedTo: trimmedOf(database).position,
      };
    },
    keep(revision, { id, folder, files }, before) {
      const { changes } = run("INSERT OR IGNORE INTO tickets VALUES (?, ?, ?)", revision, id, folder);
      if (changes === 0) return;
      for (const [name, content] of files) {
        run(
          "INSERT INTO files VALUES (?, ?, ?)",
          revision,
          name,
          bytes.keep(content, before?.files.get(name)),
        );
      }
    },
    kept(revision) {
      const row = get("SELECT id, folder FROM tickets WHERE revision = ?", revision);
      if (row === undefined) return undefined;
      const files = all("SELECT name, hash FROM files WHERE revision = ? ORDER BY name", revision);
      return {
        id: String(row["id"]),
        folder: String(row["folder"]),
        files: new Map(files.map(({ name, hash }) => [String(name), bytes.read(String(hash))])),
      };
    },
    keepContent(position, content) {
      run("INSERT INTO attached VALUES (?, ?)", position, content);
    },
    content: (position) =>
      get("SELECT bytes FROM attached WHERE position = ?", position)?.["bytes"] as Uint8Array | undefined,
    add({ operationId, ...about }, changes, isPending, companions = new Map()) {
      const beside = Object.fromEntries(
        [...companions].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]),
      );
      const { lastInsertRowid } = run(
        "INSERT INTO commits (operation, about, is_pending, companions) VALUES (?, ?, ?, ?)",
        operationId ?? null,
        JSON.stringify(about),
        isPending ? 1 : 0,
        JSON.stringify(beside),
      );
      const position = Number(lastInsertRowid);
      for (const [rank, { id, before, after }] of changes.entries()) {
        run("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", position, rank, id, before, after);
      }
      if (!isPending) noteCurrent(position);
      return position;
    },
    pending() {
      const row = get("SELECT * FROM commits WHERE is_pending = 1 ORDER BY position LIMIT 1");
      return row === undefined ? undefined : commitOf(row);
    },
    settle(position) {
      run("UPDATE commits SET is_pending = 0, companions = '{}' WHERE position = ?", position);
      run("DELETE FROM attached WHERE position = ?", position);
      noteCurrent(position);
    },
    drop(position) {
      run("DELETE FROM attached WHERE position = ?", position);
      run("DELETE FROM changes WHERE position = ?", position);
      run("DELETE FROM commits WHERE position = ?", position);
    },
    operation(operationId) {
      const row = get("SELECT * FROM commits WHERE operation = ?", operationId);
      return row === undefined ? undefined : commitOf(row);
    },
    trim: (bounds) => trimJournal(database, bounds),
    after: (position, limit) =>
      all(
        "SELECT * FROM commits WHERE position > ? AND is_pending = 0 ORDER BY position LIMIT ?",
        Math.max(position, trimmedOf(database).position),
        limit,
      ).map(commitOf),
    of: (id, after, limit) =>
      all(
        "SELECT DISTINCT commits.* FROM changes JOIN commits USING (position) WHERE id = ? AND position > ? AND is_pending = 0 ORDER BY position LIMIT ?",
        id,
        Math.max(after, trimmedOf(database).position),
        limit,
      ).map(commitOf),
    last(id) {
      const row = get(
        "SELECT commits.*, revision FROM current JOIN commits USING (position) WHERE id = ?",
        id,
      );
      if (row === undefined) return undefined;
      return { revision: row["revision"] as string | null, commit: commitOf(row) };
    },
    lastOfAll: () =>
      new Map(
        all("SELECT id, revision FROM current WHERE revision IS NOT NULL").map(({ id, revision }) => [
          String(id),
          String(revision),
        ]),
      ),
  };
}
