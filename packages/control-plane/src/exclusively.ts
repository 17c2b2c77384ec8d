import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { isBusy } from "./owner-lock.js";
import { explainingStorage } from "./storage-errors.js";
import { systemClock } from "./system-clock.js";

/**
 * Runs `action` while no other process of this host is inside with the same `path`. The lock is the kernel's (an empty SQLite file that is
 * never written): it ends with the process, however that ends, so no left-over file ever blocks anybody.
 * @throws DISK_FULL NOT_WRITABLE; PROJECT_BUSY after `waitMs` milliseconds
 */
export async function exclusively<Result>(
  path: string,
  action: () => Promise<Result>,
  waitMs = 120_000,
): Promise<Result> {
  explainingStorage(path, () => mkdirSync(dirname(path), { recursive: true }));
  const deadline = systemClock.monotonicMs() + waitMs;
  for (let attempt = 0; ; attempt++) {
    const database = explainingStorage(path, () => new DatabaseSync(path, { timeout: 0 }));
    try {
      try {
        explainingStorage(path, () => database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE;"));
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (systemClock.monotonicMs() > deadline) throw busy(path, waitMs);
        await sleep(Math.min(200, 5 * 2 ** attempt) * (0.5 + Math.random() / 2));
        continue;
      }
      return await action();
    } finally {
      database.close();
    }
  }
}

function busy(path: string, waitedMs: number): WorkflowError<"PROJECT_BUSY"> {
  return new WorkflowError(
    "PROJECT_BUSY",
    `Another process has been at ${printable(dirname(path))} for ${Math.round(waitedMs / 1000)} s`,
    { path, waitedMs },
    { hint: "Wait until it has ended, then run the command again." },
  );
}
