// What workers tried, and what they were told: a line of JSON each, appended at one go, so that a kill loses no line that was written.
import fs from "node:fs";

// As they are now: what a bench makes fail later is not the journal.
const { existsSync, openSync, readFileSync, writeSync } = fs;

/** Microseconds of the system's monotonic clock, the same for all processes of this machine. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/** Writes to `path`. `begin` and `end` belong together by the operation id. */
export function createJournal(path) {
  const descriptor = openSync(path, "a");
  const append = (line) => writeSync(descriptor, `${JSON.stringify(line)}\n`);
  return {
    begin: (operationId, effect) => append({ kind: "begin", operationId, effect, beginUs: nowUs() }),
    /** `more`: `status`, and what is known now of the effect and of a refusal. */
    end: (operationId, more) => append({ kind: "end", operationId, endUs: nowUs(), ...more }),
    read: (read) => append({ kind: "read", ...read }),
  };
}

/**
 * Everything that was tried, as `judgeStore` wants it: `{ attempts, reads }`. What has no answer was killed; its `endUs` is never.
 * @param paths journals that were written by processes which have ended
 */
export function readJournals(paths) {
  const attempts = new Map();
  const reads = [];
  for (const path of paths.filter((name) => existsSync(name))) {
    const lines = readFileSync(path, "utf8").split("\n");
    for (const line of lines.filter((text) => text.endsWith("}"))) {
      const { kind, ...entry } = JSON.parse(line);
      if (kind === "read") reads.push(entry);
      else if (kind === "begin")
        attempts.set(entry.operationId, { ...entry, status: "killed", endUs: Number.POSITIVE_INFINITY });
      else {
        const { effect, ...answer } = entry;
        const before = attempts.get(entry.operationId);
        attempts.set(entry.operationId, { ...before, ...answer, effect: { ...before.effect, ...effect } });
      }
    }
  }
  return { attempts: [...attempts.values()], reads };
}
