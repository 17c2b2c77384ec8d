// git's index of a large view with a few files changed: what did not change stays byte for byte.
import { createHash } from "node:crypto";
import { folderMode, isFanFolder } from "../fan-out.js";
import type { ObjectId, TreeEntry } from "../objects.js";
import { encodeEntry, entryBytes, indexNumbers, type OldIndex } from "./index-file.js";

const { signature, headerBytes, nameAt, idBytes } = indexNumbers;
/** Of what git knows of the file on disk: times, place, owner; the mode lies behind them. */
const statBytes = 24;
/** More flags follow; the one that we set says that the file is not in the working folder, and not missed there. */
const extendedFlag = 0x4000;
const skipWorktree = 0x4000;

/** A file of the view, and what the index is to have for it. */
export interface IndexChange {
  /** From the view's folder, bytes as Latin-1. */
  readonly path: string;
  /** Absent = it goes. */
  readonly after?: { readonly mode: string; readonly id: ObjectId } | undefined;
}

/**
 * The index with these changes, of a commit with this tree. `undefined` = the old index has something that is not known here: a conflict, an
 * entry that git trusts without a look, or one that stands for a folder.
 */
export function patchIndex(
  { content, changedNs }: OldIndex,
  tree: { readonly id: ObjectId; readonly top: readonly TreeEntry[] },
  changes: readonly IndexChange[],
): Buffer | undefined {
  const end = content.length - idBytes;
  const version = end < headerBytes || content.readUInt32BE(0) !== signature ? 0 : content.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  const [seconds, nanoseconds] = [Number(changedNs / 1_000_000_000n), Number(changedNs % 1_000_000_000n)];
  const waiting = changes
    .map((change) => ({ ...change, bytes: Buffer.from(change.path, "latin1") }))
    .sort((left, right) => left.bytes.compare(right.bytes));
  const counts = createCounts();
  const parts: Buffer[] = [];
  let next = 0;
  /** From here on the old bytes are not copied yet. */
  let copied: number = headerBytes;
  const copyUpTo = (at: number) => {
    if (at > copied) parts.push(content.subarray(copied, at));
    copied = at;
  };
  const add = ({ path, after, bytes }: (typeof waiting)[number]) => {
    if (after === undefined) return;
    parts.push(encodeEntry({ name: path, ...after }, undefined, changedNs));
    counts.add(bytes, 0, bytes.length);
  };
  let hasHidden = false;
  // One turn for each file of the store: nothing is made in here that is not needed.
  let at: number = headerBytes;
  for (let left = content.readUInt32BE(8); left > 0; left--) {
    if (at + nameAt >= end) return undefined;
    const flags = content.readUInt16BE(at + nameAt - 2);
    const isHidden = (flags & 0xf000) === extendedFlag && content.readUInt16BE(at + nameAt) === skipWorktree;
    if ((flags & 0xf000) !== 0 && !isHidden) return undefined;
    hasHidden ||= isHidden;
    const start = at + nameAt + (isHidden ? 2 : 0);
    const short = flags & 0xfff;
    const nameEnd = short < 0xfff ? start + short : content.indexOf(0, start);
    if (nameEnd <= start || nameEnd >= end || content[nameEnd - 1] === slash) return undefined;
    const behind = at + entryBytes(nameEnd - at);
    for (let change = waiting[next]; change !== undefined; change = waiting[next]) {
      const order = orderOf(change.bytes, content, start, nameEnd);
      if (order > 0) break;
      copyUpTo(at);
      add(change);
      next += 1;
      if (order === 0) copied = behind;
    }
    if (copied <= at) {
      counts.add(content, start, nameEnd);
      const changed = content.readUInt32BE(at + 8);
      const isOld = changed < seconds || (changed === seconds && content.readUInt32BE(at + 12) < nanoseconds);
      if (!isOld && !isHidden) {
        copyUpTo(at);
        parts.push(unsettled(content.subarray(at, behind)));
        copied = behind;
      }
    }
    at = behind;
  }
  copyUpTo(at);
  for (const change of waiting.slice(next)) add(change);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(signature, 0);
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(counts.total(), 8);
  // What is hidden lies in folders of folders, which would need entries of their own.
  const trees = (hasHidden ? undefined : treeExtension(tree, counts)) ?? Buffer.alloc(0);
  const whole = Buffer.concat([header, ...parts, trees]);
  return Buffer.concat([whole, createHash("sha1").update(whole).digest()]);
}

const slash = 0x2f;

/** As `Buffer.compare`, for names of which nearly all differ in their first bytes: a call of that for each takes longer. */
function orderOf(name: Buffer, content: Buffer, start: number, end: number): number {
  const length = Math.min(name.length, end - start);
  for (let at = 0; at < length; at++) {
    const difference = (name[at] ?? 0) - (content[start + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return name.length - (end - start);
}

/** How many files there are, and how many in each folder of two letters. */
interface Counts {
  add(path: Buffer, start: number, end: number): void;
  total(): number;
  in(folder: string): number;
}

function createCounts(): Counts {
  const inFolders = new Uint32Array(0x10000);
  let total = 0;
  return {
    add(path, start, end) {
      total += 1;
      if (end - start > 3 && path[start + 2] === slash) {
        const folder = path.readUInt16BE(start);
        inFolders[folder] = (inFolders[folder] ?? 0) + 1;
      }
    },
    total: () => total,
    in: (folder) => inFolders[Buffer.from(folder, "latin1").readUInt16BE(0)] ?? 0,
  };
}

/** What may have changed after its index was written has to be looked at again. */
function unsettled(entry: Buffer): Buffer {
  const copy = Buffer.from(entry);
  copy.fill(0, 0, statBytes);
  copy.fill(0, statBytes + 4, 40);
  return copy;
}

/** The trees that git need not make again: the one at the top, and those of the folders. `undefined` = there are folders in folders. */
function treeExtension(
  { id, top }: { readonly id: ObjectId; readonly top: readonly TreeEntry[] },
  counts: Counts,
): Buffer | undefined {
  const folders = top.filter(isFanFolder);
  const inside = folders.map(({ name }) => counts.in(name));
  const inAll = inside.reduce((sum, count) => sum + count, 0);
  const isWhole =
    inside.every((count) => count > 0) && top.length - folders.length + inAll === counts.total();
  // A folder that holds folders would need an entry for each of them.
  if (!isWhole || hasOtherFolders(top)) return undefined;
  const parts = [Buffer.from(`\0${counts.total()} ${folders.length}\n`), Buffer.from(id, "hex")];
  for (const [index, folder] of folders.entries()) {
    parts.push(Buffer.from(`${folder.name}\0${inside[index]} 0\n`), Buffer.from(folder.id, "hex"));
  }
  const data = Buffer.concat(parts);
  const header = Buffer.from("TREE\0\0\0\0");
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function hasOtherFolders(top: readonly TreeEntry[]): boolean {
  return top.some((entry) => entry.mode === folderMode && !isFanFolder(entry));
}
