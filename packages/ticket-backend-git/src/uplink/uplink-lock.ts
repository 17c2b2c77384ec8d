import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { storeBusy } from "../mutex.js";

/** Held ones must stay reachable: the garbage collector would close a forgotten database, and the lock would go with it. */
const held = new Set<object>();
/**
 * Runs `work` while no other process of this host runs such work on the same file. A kernel lock, which dies with its holder; unlike the write
 * mutex it is held across the network, and no write waits for it.
 * @throws STORE_BUSY another uplink was at it for `waitMs`
 */
export async function underUplinkLock<Result>(
  path: string,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path);
  const start = performance.now();
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY");
    while (!tryLock(database)) {
      const waitedMs = Math.round(performance.now() - start);
      if (waitedMs >= waitMs) throw storeBusy(waitedMs);
      await sleep(10 + Math.random() * 40);
    }
    held.add(database);
    return await work();
  } finally {
    held.delete(database);
    database.close();
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
