import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TestLog } from "./merge-combination.js";
import type { ProjectPaths } from "./project-paths.js";
import { newUlid } from "./ulid.js";

/** Logs that are kept, newest first: feedback of tickets names them. */
const keptLogs = 100;
/** Longest log, bytes: a check that prints without end fills no disk. */
const longestLog = 16 * 1024 * 1024;

/** Where the logs of tests of the merge queue lie, one file a test. */
export function mergeLogs({ stateRoot }: Pick<ProjectPaths, "stateRoot">): string {
  return join(stateRoot, "merges");
}

/**
 * A new log of one test; the oldest ones go. Where it cannot be written (the disk is full), the test goes on, and `close` answers no path: what is
 * to be known of a failure is in its outcome, too.
 */
export function openMergeLog(
  paths: Pick<ProjectPaths, "stateRoot">,
): TestLog & { readonly path: string | undefined } {
  const folder = mergeLogs(paths);
  const path = join(folder, `${newUlid()}.log`);
  let file: number | undefined;
  let left = longestLog;
  let isClosed = false;
  const giveUp = (action: () => void) => {
    try {
      action();
    } catch {
      // A log that lacks its end would be taken for the whole.
      const open = file;
      file = undefined;
      if (open !== undefined && !isClosed) closeSync(open);
    }
  };
  giveUp(() => {
    mkdirSync(folder, { recursive: true });
    file = openSync(path, "ax");
    const old = readdirSync(folder).filter((name) => /^[0-9A-Z]{26}\.log$/.test(name));
    for (const name of old.sort().slice(0, -keptLogs)) rmSync(join(folder, name), { force: true });
  });
  const write = (chunk: string | Buffer) =>
    giveUp(() => {
      if (file === undefined || isClosed || left <= 0) return;
      const bytes = Buffer.from(chunk);
      writeSync(file, bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0)
        writeSync(file, `\n[longer than ${longestLog / 1024 / 1024} MB: the rest is left out]\n`);
    });
  return {
    path: file === undefined ? undefined : path,
    write,
    close() {
      if (file !== undefined && !isClosed) closeSync(file);
      isClosed = true;
      return file === undefined ? undefined : path;
    },
  };
}
