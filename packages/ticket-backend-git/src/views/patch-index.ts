// git's index of a large view with a few files changed: what did not change stays byte for byte.
import { createHash } from "node:crypto";
import { isFanFolder } from "../fan-out.js";
import type { ObjectId, TreeEntry } from "../objects.js";
import { encodeEntry, entryBytes, indexNumbers, isSettled, type OldIndex } from "./index-file.js";

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
  const waiting = changes.toSorted((left, right) => order(left.path, right.path));
  const parts: Buffer[] = [];
  const counts = new Map<string, number>();
  let total = 0;
  const take = (entry: Buffer, path: string) => {
    parts.push(entry);
    total += 1;
    const slash = path.indexOf("/");
    if (slash !== -1) counts.set(path.slice(0, slash), (counts.get(path.slice(0, slash)) ?? 0) + 1);
  };
  const add = ({ path, after }: IndexChange) => {
    if (after !== undefined) take(encodeEntry({ name: path, ...after }, undefined, changedNs), path);
  };
  let at = headerBytes;
  for (let left = content.readUInt32BE(8); left > 0; left--) {
    const flags = content.readUInt16BE(at + nameAt - 2) & 0xf000;
    const isHidden = flags === extendedFlag && content.readUInt16BE(at + nameAt) === skipWorktree;
    if (flags !== 0 && !isHidden) return undefined;
    const start = at + nameAt + (isHidden ? 2 : 0);
    const nameEnd = content.indexOf(0, start);
    if (nameEnd === -1 || nameEnd >= end) return undefined;
    const path = content.toString("latin1", start, nameEnd);
    if (path.endsWith("/")) return undefined;
    const bytes = entryBytes(nameEnd - at);
    while (waiting[0] !== undefined && order(waiting[0].path, path) < 0) add(waiting.shift() as IndexChange);
    if (waiting[0]?.path === path) add(waiting.shift() as IndexChange);
    else take(settled(content.subarray(at, at + bytes), changedNs), path);
    at += bytes;
  }
  for (const change of waiting) add(change);
  const trees = treeExtension(tree, total, counts) ?? Buffer.alloc(0);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(signature, 0);
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(total, 8);
  const whole = Buffer.concat([header, ...parts, trees]);
  return Buffer.concat([whole, createHash("sha1").update(whole).digest()]);
}

/** Characters are bytes here. */
function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** What may have changed after its index was written has to be looked at again. */
function settled(entry: Buffer, indexNs: bigint): Buffer {
  if (isSettled(entry, indexNs)) return entry;
  const copy = Buffer.from(entry);
  copy.fill(0, 0, statBytes);
  copy.fill(0, statBytes + 4, 40);
  return copy;
}

/** The trees that git need not make again: the one at the top, and those of the folders. `undefined` = there are folders in folders. */
function treeExtension(
  { id, top }: { readonly id: ObjectId; readonly top: readonly TreeEntry[] },
  total: number,
  counts: ReadonlyMap<string, number>,
): Buffer | undefined {
  const folders = top.filter(isFanFolder);
  const files = top.length - folders.length;
  const inside = folders.map(({ name }) => counts.get(name) ?? 0);
  const isWhole =
    inside.every((count) => count > 0) &&
    counts.size === folders.length &&
    files + inside.reduce((sum, count) => sum + count, 0) === total;
  if (!isWhole) return undefined;
  const parts = [Buffer.from(`\0${total} ${folders.length}\n`), Buffer.from(id, "hex")];
  for (const [index, folder] of folders.entries()) {
    parts.push(Buffer.from(`${folder.name}\0${inside[index]} 0\n`), Buffer.from(folder.id, "hex"));
  }
  const data = Buffer.concat(parts);
  const header = Buffer.from("TREE\0\0\0\0");
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}
