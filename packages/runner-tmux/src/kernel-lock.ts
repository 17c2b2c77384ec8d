import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "@wiggum/runner-process/sessions";
import { tmuxFailed } from "./failures.js";

/**
 * Runs `work` while no other process or caller runs work under the same path. The kernel holds the lock and drops it when the process
 * is gone, however it went. SQLite takes it (no byte is ever written), because Node has no other way to. The file is to be opened by
 * nobody else: closing any descriptor of it would drop the lock.
 * @throws RUNNER_FAILED others had it for all of `patienceMs`, or the file cannot be used
 */
export async function underLock<Result>(
  path: string,
  patienceMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = await acquire(path, patienceMs);
  try {
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(path: string, patienceMs: number): Promise<DatabaseSync> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    const database = open(path);
    try {
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      return database;
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw unusable(path, error);
    }
    if (performance.now() > giveUpAtMs) {
      throw tmuxFailed(`${printable(path)} was held by another process for ${patienceMs} ms`, {
        hint: "Try again; another command is working on the same panes.",
      });
    }
    // With jitter, so that processes that start together do not meet again and again.
    await sleep(Math.random() * Math.min(50, 4 * 2 ** Math.min(attempt, 4)));
  }
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown) {
  return tmuxFailed(`The lock file ${printable(path)} cannot be used`, {
    hint: "Nothing is stored in it: it may be removed while no command runs.",
    cause,
  });
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" && (code & 0xff) === 5;
}
