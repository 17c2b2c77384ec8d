import type { DatabaseSync } from "node:sqlite";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { openPatientDatabase } from "../patient-database.js";
import { isOver } from "./episodes.js";
import type { Episode, Notice } from "./notice.js";

/** What of one notice is still to be told through one channel. */
export interface DueNotice {
  readonly channel: string;
  readonly notice: Notice;
  /** How often it was tried, and failed. */
  readonly attempts: number;
}

/** A notice that a channel did not take for good. */
export interface UntoldNotice {
  readonly channel: string;
  readonly reason: string;
  readonly notice: Notice;
}

/** What was noticed and what was told, on disk: a supervisor that is killed tells nothing twice and forgets nothing. */
export interface NoticeStore {
  /**
   * Takes in what one look found: what is new is to be told through the channels that want its event, what is over is closed. Answers how many
   * are new.
   */
  take(found: readonly Episode[], channels: readonly Pick<ChannelWish, "name" | "events">[]): Promise<number>;
  /** What may be tried now through a channel, the oldest first. */
  due(channel: string): Promise<readonly DueNotice[]>;
  told(notice: Pick<Notice, "id">, channel: string): Promise<void>;
  /** It is tried again after `againInMs`; absent = never. */
  failed(
    notice: Pick<Notice, "id">,
    channel: string,
    reason: string,
    againInMs: number | undefined,
  ): Promise<void>;
  /** Nothing waits for channels that are not among these any more. */
  keepOnly(channels: readonly string[]): Promise<void>;
  untold(): Promise<readonly UntoldNotice[]>;
  forgetUntold(): Promise<void>;
  close(): void;
}

interface ChannelWish {
  readonly name: string;
  readonly events: readonly string[];
}

const format = 1;
const schema = `
CREATE TABLE episodes (key TEXT PRIMARY KEY, id TEXT NOT NULL, notice TEXT NOT NULL, ended_ms INTEGER) STRICT;
CREATE TABLE deliveries (
  id TEXT NOT NULL,
  channel TEXT NOT NULL,
  notice TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  PRIMARY KEY (id, channel)
) STRICT;
CREATE TABLE looks (only INTEGER PRIMARY KEY CHECK (only = 1)) STRICT;
`;

/** What is gone for one look only (a probe that failed) is the same matter when it is there again, milliseconds. */
const sameMatterMs = 30_000;
/** Closed episodes are kept so long, milliseconds. */
const keptMs = 7 * 24 * 3_600_000;
/** No pause is longer: one that seems to be comes from a clock that was put back, milliseconds. */
const longestPauseMs = 10 * 60_000;

/** @throws OUTBOX_BROKEN OUTBOX_BUSY DISK_FULL NOT_WRITABLE from every method */
export function openNoticeStore({
  path,
  project,
  newId,
  now,
}: {
  readonly path: string;
  readonly project: string;
  readonly newId: () => string;
  readonly now: () => Date;
}): NoticeStore {
  const database = openPatientDatabase({ path, schema, format, errors: errorsOf(path) });
  const nowMs = () => now().getTime();

  function begin(db: DatabaseSync, episode: Episode, isTold: boolean, channels: readonly ChannelWish[]) {
    const { isSilent = false, ...rest } = episode;
    const notice: Notice = { id: newId(), at: now().toISOString(), project, ...rest };
    const text = JSON.stringify(notice);
    db.prepare(
      "INSERT INTO episodes VALUES (?, ?, ?, NULL) ON CONFLICT DO UPDATE SET id = excluded.id, notice = excluded.notice, ended_ms = NULL",
    ).run(episode.key, notice.id, text);
    if (isSilent || !isTold) return;
    const insert = db.prepare(
      "INSERT INTO deliveries (id, channel, notice, status) VALUES (?, ?, ?, 'pending')",
    );
    for (const { name, events } of channels)
      if (events.includes(episode.event)) insert.run(notice.id, name, text);
  }

  return {
    take: (found, channels) =>
      database.change((db) => {
        const at = nowMs();
        const known = new Map(
          db
            .prepare("SELECT key, ended_ms FROM episodes")
            .all()
            .map((row) => [String(row["key"]), row["ended_ms"] as number | null]),
        );
        const isFirst = db.prepare("SELECT 1 FROM looks").get() === undefined;
        if (isFirst) db.prepare("INSERT INTO looks VALUES (1)").run();
        const present = new Set(found.map(({ key }) => key));
        let begun = 0;
        for (const episode of found) {
          const endedMs = known.get(episode.key);
          if (endedMs === null) continue;
          if (endedMs !== undefined && Math.abs(at - endedMs) < sameMatterMs) {
            db.prepare("UPDATE episodes SET ended_ms = NULL WHERE key = ?").run(episode.key);
            continue;
          }
          begin(db, episode, !(isFirst && isOver(episode)), channels);
          begun += 1;
        }
        const end = db.prepare("UPDATE episodes SET ended_ms = ? WHERE key = ?");
        for (const [key, endedMs] of known) if (endedMs === null && !present.has(key)) end.run(at, key);
        db.prepare("DELETE FROM episodes WHERE ended_ms < ?").run(at - keptMs);
        return begun;
      }),

    due: (channel) =>
      database.read((db) =>
        db
          .prepare(
            "SELECT notice, attempts FROM deliveries WHERE channel = ? AND status = 'pending' AND (not_before_ms <= ? OR not_before_ms > ?) ORDER BY id",
          )
          .all(channel, nowMs(), nowMs() + longestPauseMs)
          .map((row) => ({
            channel,
            notice: JSON.parse(String(row["notice"])) as Notice,
            attempts: Number(row["attempts"]),
          })),
      ),

    told: ({ id }, channel) =>
      database.change((db) => {
        db.prepare("DELETE FROM deliveries WHERE id = ? AND channel = ?").run(id, channel);
      }),

    failed: ({ id }, channel, reason, againInMs) =>
      database.change((db) => {
        db.prepare(
          "UPDATE deliveries SET status = ?, attempts = attempts + 1, not_before_ms = ?, reason = ? WHERE id = ? AND channel = ?",
        ).run(
          againInMs === undefined ? "failed" : "pending",
          nowMs() + Math.min(againInMs ?? 0, longestPauseMs),
          printable(reason),
          id,
          channel,
        );
      }),

    keepOnly: (channels) =>
      database.change((db) => {
        const rows = db.prepare("SELECT DISTINCT channel FROM deliveries").all();
        const gone = rows.map((row) => String(row["channel"])).filter((name) => !channels.includes(name));
        for (const name of gone) db.prepare("DELETE FROM deliveries WHERE channel = ?").run(name);
      }),

    untold: () =>
      database.read((db) =>
        db
          .prepare("SELECT channel, reason, notice FROM deliveries WHERE status = 'failed' ORDER BY id")
          .all()
          .map((row) => ({
            channel: String(row["channel"]),
            reason: String(row["reason"] ?? ""),
            notice: JSON.parse(String(row["notice"])) as Notice,
          })),
      ),

    forgetUntold: () =>
      database.change((db) => {
        db.prepare("DELETE FROM deliveries WHERE status = 'failed'").run();
      }),

    close: () => database.close(),
  };
}

function errorsOf(path: string) {
  const hint = "Move the file away: a new one is made, and what goes on now is told once more.";
  return {
    broken: (reason: string) =>
      new WorkflowError(
        "OUTBOX_BROKEN",
        `${printable(path)} cannot be read: ${printable(reason)}`,
        { path, isReplaceable: true },
        { hint },
      ),
    foreign: (found: number) =>
      new WorkflowError(
        "OUTBOX_BROKEN",
        found > format
          ? `${printable(path)} is of a newer version of Wiggum`
          : `${printable(path)} is another program's database`,
        { path, isReplaceable: found <= format },
        { hint },
      ),
    busy: (waitedMs: number) =>
      new WorkflowError(
        "OUTBOX_BUSY",
        `Other processes have held ${printable(path)} for ${Math.round(waitedMs / 1000)} s`,
        { path, waitedMs },
        { hint: "Try again in a moment." },
      ),
  };
}
