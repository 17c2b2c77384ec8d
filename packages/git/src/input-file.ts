import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A nameless file that holds a child's standard input, for a call that blocks. Not a pipe: Node tells a blocking child the end of its input
 * with `shutdown(2)`, which the sandboxes of some coding agents forbid, and then the child would wait for more for ever. `folders` are
 * tried after the system's temporary folder; absent = none of them can be written, and the caller is left with the pipe.
 */
export function openInputFile(input: string | Uint8Array, folders: readonly string[]): number | undefined {
  for (const folder of [tmpdir(), ...folders]) {
    const path = join(folder, `.wiggum-input-${randomBytes(8).toString("hex")}`);
    let file: number;
    try {
      file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
      unlinkSync(path);
    } catch {
      continue;
    }
    try {
      const bytes = typeof input === "string" ? Buffer.from(input) : input;
      // At given places, so that the child reads from the beginning.
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
      return file;
    } catch {
      closeSync(file);
    }
  }
  return undefined;
}
