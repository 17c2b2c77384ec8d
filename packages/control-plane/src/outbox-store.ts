import { statSync } from "node:fs";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { printable } from "@wiggum/ticket-core";
import {
  maxCutOffRuns,
  type NewOutboxRow,
  type Outbox,
  type OutboxRow,
  WorkflowError,
} from "@wiggum/workflow";
import { readOutboxNote, writeOutboxNote } from "./outbox-note.js";
import { createOwner, isOwnerAlive, type Owner } from "./owner-lock.js";
import { openPatientDatabase } from "./patient-database.js";

/** Finished rows are kept so long, for people who look; the cursor alone says what was read. */
const keptMs = 30 * 24 * 3_600_000;

const format = 1;

const schema = `
CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), cursor TEXT NOT NULL) STRICT;
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL,
  hook TEXT NOT NULL,
  position INTEGER NOT NULL,
  ticket_id TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  agent_id TEXT,
  mode TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  at TEXT,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  last_output TEXT,
  not_before TEXT,
  ended_at TEXT,
  UNIQUE (event_id, hook)
) STRICT;
CREATE INDEX open_runs ON runs (ticket_id, seq) WHERE status IN ('pending', 'started');
`;

/** Where the outbox of after-hooks keeps its database (`path`) and its locks. */
export interface OutboxOptions {
  readonly path: string;
  /** Where owners prove that they live, see `owner-lock.ts`. */
  readonly ownersDirectory: string;
  /** Wall clock; it only delays. */
  readonly now?: (() => Date) | undefined;
}

/**
 * The outbox in a SQLite file, for any number of processes of this host. Nothing is opened before the first call. A row that a process took
 * belongs to it until it finishes it or is gone; then the row is free again (`retry`) or waits for a person (`once`).
 * @throws OUTBOX_BROKEN OUTBOX_BUSY from every method
 */
export function createOutbox({ path, ownersDirectory, now = () => new Date() }: OutboxOptions): Outbox {
  const database = openPatientDatabase({ path, schema, format, errors: errorsOf(path) });
  let owner: Owner | undefined;
  const timestamp = (inMs = 0) => new Date(now().getTime() + inMs).toISOString();

  return {
    quietAt: () => readOutboxNote(path)?.cursor,

    cursor: async () => readOutboxNote(path)?.cursor ?? (await database.read(readCursor)),

    record: (rows, upTo, from) =>
      database.change((db) => {
        const noted = readOutboxNote(path);
        if ((noted?.cursor ?? readCursor(db)) !== from) return false;
        // Most changes ask for no hook: that they were read is noted, which costs nothing, and told to the database with the next that does.
        const isQuiet = rows.length === 0 && from !== undefined && (noted !== undefined || !hasOpenRow(db));
        const moves = 1 + (noted?.moves ?? 0);
        if (isQuiet && writeOutboxNote(path, { cursor: upTo, moves })) return true;
        for (const row of rows) insertRow(db, row);
        db.prepare(
          "INSERT INTO progress VALUES (1, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
        ).run(upTo);
        const old = db.prepare("DELETE FROM runs WHERE status IN ('done', 'dropped') AND ended_at < ?");
        if (rows.length > 0) old.run(timestamp(-keptMs));
        return true;
      }),

    async takeNext() {
      await freeDeadOwners();
      owner ??= createOwner(ownersDirectory);
      const { id } = owner;
      return database.change((db) => takeRow(db, id, timestamp()));
    },

    finish: (row, { status, output, retryAfterMs, isAttempt = true }) =>
      database.change((db) => {
        const notBefore = retryAfterMs === undefined ? null : timestamp(retryAfterMs);
        const isOver = status !== "pending" && status !== "started";
        const { changes } = db
          .prepare(
            `UPDATE runs SET status = ?, last_output = ?, not_before = ?, attempts = attempts - ?, ended_at = ?, owner = NULL
             WHERE event_id = ? AND hook = ? AND status = 'started' AND owner = ?`,
          )
          .run(
            status,
            output,
            notBefore,
            isAttempt ? 0 : 1,
            isOver ? timestamp() : null,
            row.eventId,
            row.hook,
            owner?.id ?? "",
          );
        if (changes !== 1) throw new Error(`The run of ${row.hook} for ${row.eventId} is not ours to finish`);
      }),

    pending: (ticketId) =>
      database.read((db) => {
        const rows = db
          .prepare(
            `SELECT * FROM runs WHERE status NOT IN ('done', 'dropped') AND (? IS NULL OR ticket_id = ?) ORDER BY seq`,
          )
          // Node 22 takes values by place for bare question marks only, never for `?1`.
          .all(ticketId ?? null, ticketId ?? null)
          .map(rowOf);
        const cursor = rows.length === 0 && ticketId === undefined ? readCursor(db) : undefined;
        // As long as we read, nobody writes.
        if (cursor !== undefined && readOutboxNote(path) === undefined)
          writeOutboxNote(path, { cursor, moves: 0 });
        return rows;
      }),

    async resolve(eventId, hook, decision) {
      await freeDeadOwners();
      await database.change((db) => resolveRow(db, eventId, hook, decision, timestamp()));
    },

    async close() {
      owner?.release();
      owner = undefined;
      database.close();
    },
  };

  /** Rows of processes that are gone: `retry` rows may run again, `once` rows wait for a person. */
  async function freeDeadOwners(): Promise<void> {
    const owners = await database.read((db) =>
      db.prepare("SELECT DISTINCT owner FROM runs WHERE status = 'started' AND owner IS NOT NULL").all(),
    );
    const dead = owners
      .map(({ owner: id }) => String(id))
      .filter((id) => id !== owner?.id && !isOwnerAlive(ownersDirectory, id));
    if (dead.length === 0) return;
    await database.change((db) => {
      for (const id of dead) freeRows(db, id, timestamp());
    });
  }
}

function readCursor(db: DatabaseSync): string | undefined {
  const cursor = db.prepare("SELECT cursor FROM progress").get()?.["cursor"];
  return cursor === undefined ? undefined : String(cursor);
}

function hasOpenRow(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM runs WHERE status NOT IN ('done', 'dropped') LIMIT 1").get() !== undefined;
}

function insertRow(db: DatabaseSync, row: NewOutboxRow): void {
  db.prepare(
    `INSERT INTO runs (event_id, hook, position, ticket_id, from_state, to_state, agent_id, mode, timeout_ms, depth, at, status)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending') ON CONFLICT (event_id, hook) DO NOTHING`,
  ).run(
    row.eventId,
    row.hook,
    row.index,
    row.ticketId,
    row.from,
    row.to,
    row.agentId ?? null,
    row.mode,
    row.timeoutMs,
    row.depth,
    row.at ?? null,
  );
}

function takeRow(db: DatabaseSync, owner: string, moment: string): OutboxRow | undefined {
  const next = db
    .prepare(
      `SELECT seq FROM runs AS run WHERE status = 'pending' AND (not_before IS NULL OR not_before <= ?)
         AND NOT EXISTS (SELECT 1 FROM runs AS earlier WHERE earlier.ticket_id = run.ticket_id
           AND earlier.seq < run.seq AND earlier.status IN ('pending', 'started'))
       ORDER BY seq LIMIT 1`,
    )
    .get(moment);
  if (next === undefined) return undefined;
  const taken = db
    .prepare(
      `UPDATE runs SET status = 'started', owner = ?, attempts = attempts + 1, not_before = NULL
       WHERE seq = ? RETURNING *`,
    )
    .get(owner, next["seq"] ?? null);
  return taken && rowOf(taken);
}

function freeRows(db: DatabaseSync, owner: string, moment: string): void {
  const note = "The process that ran it was killed.";
  db.prepare(
    `UPDATE runs SET owner = NULL, last_output = ?, ended_at = CASE WHEN mode = 'once' OR attempts >= ? THEN ? END,
       status = CASE WHEN mode = 'once' THEN 'parked' WHEN attempts >= ? THEN 'failed' ELSE 'pending' END
     WHERE status = 'started' AND owner = ?`,
  ).run(note, maxCutOffRuns, moment, maxCutOffRuns, owner);
}

function resolveRow(
  db: DatabaseSync,
  eventId: string,
  hook: string,
  decision: "retry" | "drop",
  moment: string,
): void {
  const [status, endedAt] = decision === "retry" ? ["pending", null] : ["dropped", moment];
  const { changes } = db
    .prepare(
      `UPDATE runs SET status = ?, attempts = 0, not_before = NULL, owner = NULL, ended_at = ?
       WHERE event_id = ? AND hook = ? AND status IN ('pending', 'failed', 'parked')`,
    )
    .run(status ?? "pending", endedAt ?? null, eventId, hook);
  if (changes === 1) return;
  throw new WorkflowError(
    "HOOK_RUN_NOT_FOUND",
    `No run of ${printable(hook)} for ${printable(eventId)} waits for a decision`,
    { eventId, hook },
    { hint: "'wiggum hook pending' lists what waits." },
  );
}

function rowOf(row: Readonly<Record<string, SQLOutputValue>>): OutboxRow {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]));
  return {
    eventId: String(row["event_id"]),
    hook: String(row["hook"]),
    index: Number(row["position"]),
    ticketId: String(row["ticket_id"]),
    from: String(row["from_state"]),
    to: String(row["to_state"]),
    agentId: text("agent_id"),
    mode: row["mode"] === "once" ? "once" : "retry",
    timeoutMs: Number(row["timeout_ms"]),
    depth: Number(row["depth"]),
    at: text("at"),
    status: String(row["status"]) as OutboxRow["status"],
    attempts: Number(row["attempts"]),
    lastOutput: text("last_output"),
    notBefore: text("not_before"),
  };
}

function errorsOf(path: string) {
  const shown = printable(path);
  const broken = (reason: string, isReplaceable: boolean, hint: string, cause?: unknown) =>
    new WorkflowError(
      "OUTBOX_BROKEN",
      `The outbox of hooks ${shown} cannot be used: ${printable(reason)}`,
      { path, isReplaceable },
      { hint, cause },
    );
  const replaced =
    "'wiggum doctor --fix' moves it aside; hooks then run for what is done from that moment on.";
  return {
    broken(reason: string, cause: unknown, sqliteCode: number) {
      // 1 = a table or column is missing, 11 = damaged, 26 = not a database: whatever else is wrong, hooks that wait in it are not given up.
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      const isDamaged = [1, 11, 26].includes(sqliteCode);
      return broken(
        isFolder ? "a folder stands in its place" : reason,
        isDamaged,
        isDamaged
          ? replaced
          : isFolder
            ? "Move that folder away: a new outbox is made by the next command that needs it."
            : "Check the permissions of the file and its folder.",
        cause,
      );
    },
    foreign(found: number) {
      const isNewer = found > format;
      return broken(
        found === 0
          ? "it is another program's database"
          : `it has format ${found}, this version of wiggum knows ${format}`,
        !isNewer,
        isNewer ? "Use the newer version of wiggum that made it." : replaced,
      );
    },
    busy: (waitedMs: number, cause: unknown) =>
      new WorkflowError(
        "OUTBOX_BUSY",
        `The outbox of hooks ${shown} was in use for ${waitedMs} ms`,
        { path, waitedMs },
        { hint: "Try again.", cause },
      ),
  };
}
