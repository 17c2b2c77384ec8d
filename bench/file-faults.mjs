// Makes the N-th call of one of node's own file functions fail, or be the last: where no strace is, and for calls in which node's own drown.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** Calls that change a file system. */
export const changingCalls = [
  "openSync",
  "writeSync",
  "writeFileSync",
  "fdatasyncSync",
  "fsyncSync",
  "linkSync",
  "renameSync",
  "rmSync",
  "unlinkSync",
  "mkdirSync",
  "mkdtempSync",
  "utimesSync",
  "futimesSync",
];

/**
 * Must run before the code under test is loaded.
 * @param fault `{ call, nth, does }`: `does` is `kill` (before the call), `kill-after`, an error code such as `EIO`, or `short`: half of what was
 *   to be written is written, without an error. Absent = none fails
 * @returns how often each was called, counted on
 */
export function faultFiles(fault) {
  const counts = new Map();
  for (const call of changingCalls) {
    const original = fs[call];
    fs[call] = (...args) => {
      const count = (counts.get(call) ?? 0) + 1;
      counts.set(call, count);
      const isHit = fault?.call === call && fault.nth === count;
      return isHit ? fail(call, fault.does, () => original(...args), original, args) : original(...args);
    };
  }
  syncBuiltinESMExports();
  return counts;
}

function fail(call, does, run, original, args) {
  if (does === "kill") process.kill(process.pid, "SIGKILL");
  if (does === "kill-after") {
    run();
    process.kill(process.pid, "SIGKILL");
  }
  if (does === "short") return original(...shortened(args));
  throw Object.assign(new Error(`${does}: planted, ${call}`), { code: does, errno: -5, syscall: call });
}

/** Of a buffer the first half: what a full disk does without saying so. */
function shortened([descriptor, buffer, offset = 0, length = buffer.length - offset, position = null]) {
  return [descriptor, buffer, offset, Math.max(1, Math.floor(length / 2)), position];
}
