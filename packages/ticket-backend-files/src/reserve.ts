// Room that is kept on the disk, so that a commit which a full disk refuses can be taken out of the journal again, and out of the files: a refusal
// has to be written down, too.
import { randomBytes } from "node:crypto";
import type { Folder } from "./folder/folder.js";

const fileName = "reserve";

/** Enough for the pages that taking back a small commit writes. */
const usualBytes = 256 * 1024;

/** What one change of a commit takes in the journal, generously. */
const bytesOfChange = 1024;

/** Sees to it that there is room to take a commit back: `replacedBytes` is what lies in the files that it replaces. @throws ENOSPC */
export function keepReserve(
  own: Folder,
  staging: Folder,
  commit: { readonly changes: number; readonly replacedBytes: number },
): void {
  const wanted = usualBytes + commit.changes * bytesOfChange + commit.replacedBytes;
  if ((own.sizeOf(fileName) ?? 0) >= wanted) return;
  own.remove(fileName);
  // Nothing that a file system could store as less than it is.
  own.write(fileName, randomBytes(wanted), staging);
}

/** Gives the room free. The next write asks for it again before it decides anything. */
export function releaseReserve(own: Folder): void {
  own.remove(fileName);
}
