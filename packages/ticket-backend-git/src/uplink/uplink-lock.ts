import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { storeBusy } from "../mutex.js";

/** Held ones must stay reachable: the garbage collector would close a forgotten database, and the lock would go with it. */
const held = new Set<object>();

/** A kernel lock, which dies with its holder. */
export interface HeldLock {
  release(): void;
}

/** `undefined` = somebody else has it, in this process or another. */
export async function tryHold(path: string): Promise<HeldLock | undefined> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path);
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY");
    if (tryLock(database)) {
      held.add(database);
      return {
        release() {
          if (held.delete(database)) database.close();
        },
      };
    }
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/**
 * Runs `work` while no other process of this host runs such work on the same file. Unlike the write mutex the lock is held across the network, and no
 * write waits for it.
 * @throws STORE_BUSY another uplink was at it for `waitMs`
 */
export async function underUplinkLock<Result>(
  path: string,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const start = performance.now();
  let lock = await tryHold(path);
  while (lock === undefined) {
    const waitedMs = Math.round(performance.now() - start);
    if (waitedMs >= waitMs) throw storeBusy(waitedMs);
    await sleep(10 + Math.random() * 40);
    lock = await tryHold(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function tryLock(database: { exec(sql: string): void }): boolean {
  try {
    database.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) return false;
    throw error;
  }
}

const busy = 5;
