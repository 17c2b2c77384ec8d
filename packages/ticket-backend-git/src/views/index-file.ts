// git's index of a view as bytes: version 2, files at the top of the tree only. Anything else is git's to write.
import { createHash } from "node:crypto";
import type { ObjectId, TreeEntry } from "../objects.js";
import { isOrdinaryFile } from "../store-layout.js";

export interface OldIndex {
  readonly content: Buffer;
  /** When the file was written. */
  readonly changedNs: bigint;
}

const signature = 0x44495243; // DIRC
const headerBytes = 12;
/** What is known of the file on disk. */
const statBytes = 24;
const idAt = 40;
const nameAt = 62;
const idBytes = 20;

/** How the bytes lie. */
export const indexNumbers = { signature, headerBytes, nameAt, idBytes } as const;

/**
 * An index that shows `tree` as `git read-tree -i -m` would write it: what was known of unchanged files stays. `undefined` = the old index or
 * the tree has something that is not known here.
 */
export function nextIndex(old: OldIndex, tree: ObjectId, files: readonly TreeEntry[]): Buffer | undefined {
  if (!files.every(({ mode }) => isOrdinaryFile(mode))) return undefined;
  const known = readEntries(old.content);
  if (known === undefined) return undefined;
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(signature, 0);
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(files.length, 8);
  const entries = files.map((file) => encodeEntry(file, known.get(file.name), old.changedNs));
  const content = Buffer.concat([header, ...entries, treeExtension(tree, files.length)]);
  return Buffer.concat([content, createHash("sha1").update(content).digest()]);
}

/** By name, its bytes as Latin-1. */
function readEntries(index: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const end = index.length - idBytes;
  if (end < headerBytes || index.readUInt32BE(0) !== signature || index.readUInt32BE(4) !== 2)
    return undefined;
  const entries = new Map<string, Buffer>();
  let at = headerBytes;
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const nameEnd = index.indexOf(0, at + nameAt);
    if (nameEnd === -1 || nameEnd >= end) return undefined;
    // A stage of a conflict, or flags of a later version, which hide files or trust them.
    if ((index.readUInt16BE(at + nameAt - 2) & 0xf000) !== 0) return undefined;
    const entry = index.subarray(at, nameEnd);
    entries.set(entry.toString("latin1", nameAt), entry);
    at += entryBytes(entry.length);
  }
  while (at < end) {
    const first = index.readUInt8(at);
    // Those in small letters change what the entries mean.
    if (first < 0x41 || first > 0x5a) return undefined;
    at += 8 + index.readUInt32BE(at + 4);
  }
  return at === end ? entries : undefined;
}

/** With the name's end, and filled up to a multiple of eight. */
export function entryBytes(length: number): number {
  return (length & ~7) + 8;
}

/** `name` = the path; `known` = the entry of the old index. */
export function encodeEntry(
  { mode, id, name }: TreeEntry,
  known: Buffer | undefined,
  indexNs: bigint,
): Buffer {
  const nameBytes = Buffer.from(name, "latin1");
  const entry = Buffer.alloc(entryBytes(nameAt + nameBytes.length));
  const isExecutable = (Number.parseInt(mode, 8) & 0o100) !== 0;
  entry.writeUInt32BE(isExecutable ? 0o100755 : 0o100644, statBytes);
  entry.write(id, idAt, "hex");
  entry.writeUInt16BE(Math.min(nameBytes.length, 0xfff), nameAt - 2);
  nameBytes.copy(entry, nameAt);
  const isSame =
    known?.compare(entry, statBytes, statBytes + 4, statBytes, statBytes + 4) === 0 &&
    known.compare(entry, idAt, idAt + idBytes, idAt, idAt + idBytes) === 0;
  if (known !== undefined && isSame && isSettled(known, indexNs)) known.copy(entry, 0, 0, idAt);
  return entry;
}

/** A file that changed as late as its index was written may have changed after it: git has to look at it again. */
export function isSettled(entry: Buffer, indexNs: bigint): boolean {
  const changedNs = BigInt(entry.readUInt32BE(8)) * 1_000_000_000n + BigInt(entry.readUInt32BE(12));
  return changedNs < indexNs;
}

/** Spares git to make the tree again. */
function treeExtension(tree: ObjectId, count: number): Buffer {
  const data = Buffer.concat([Buffer.from(`\0${count} 0\n`), Buffer.from(tree, "hex")]);
  const header = Buffer.from("TREE\0\0\0\0");
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}
