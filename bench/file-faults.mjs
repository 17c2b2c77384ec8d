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
 *   to be written is written, without an error
 */
export function faultFiles({ call, nth, does }) {
  const original = fs[call];
  let count = 0;
  fs[call] = (...args) => {
    // The journal is the bench's own.
    if (count < nth) count += 1;
    else return original(...args);
    if (count < nth) return original(...args);
    if (does === "kill") process.kill(process.pid, "SIGKILL");
    if (does === "kill-after") {
      original(...args);
      process.kill(process.pid, "SIGKILL");
    }
    if (does === "short") return original(...shortened(args));
    throw Object.assign(new Error(`${does}: planted, ${call}`), { code: does, errno: -5, syscall: call });
  };
  syncBuiltinESMExports();
}

/** Of a buffer the first half: what a full disk does without saying so. */
function shortened([descriptor, buffer, offset = 0, length = buffer.length - offset, position = null]) {
  return [descriptor, buffer, offset, Math.max(1, Math.floor(length / 2)), position];
}
