// git's index of a view that leaves folders out: version 3, a folder that is left out is one entry.
import { createHash } from "node:crypto";
import { folderMode, isFanFolder } from "../fan-out.js";
import { type GitObjects, type ObjectId, parseTree, type TreeEntry } from "../objects.js";
import { isOrdinaryFile } from "../store-layout.js";
import { entryBytes, indexNumbers, isSettled, type OldIndex } from "./index-file.js";

const { signature, headerBytes, nameAt, idBytes } = indexNumbers;
const idAt = 40;
const extendedFlag = 0x4000;
const skipWorktree = 0x4000;

interface IndexEntry {
  readonly path: string;
  /** As a number of the file system. */
  readonly mode: number;
  readonly id: ObjectId;
  /** Not in the working folder: git does not miss it. */
  readonly isSkipped: boolean;
}

/**
 * An index of this tree that shows the files of `shown` folders and those at the top. `undefined` = an object is missing. `isPresent` tells which
 * paths the view writes.
 */
export function sparseIndex(
  objects: GitObjects,
  old: OldIndex | undefined,
  tree: ObjectId,
  shown: ReadonlySet<string>,
  isPresent: (path: string) => boolean,
): Buffer | undefined {
  const entries: IndexEntry[] = [];
  const read = (id: ObjectId) => {
    const content = objects.readAll([id]).get(id)?.content;
    return content === undefined ? undefined : parseTree(content, idBytes);
  };
  const take = (folder: string, inside: readonly TreeEntry[]): boolean =>
    inside.every(({ name, mode, id }) => {
      const path = `${folder}${name}`;
      const isLeftOut = folder === "" && !(isFanFolder({ name, mode }) && shown.has(name));
      if (mode === folderMode && isLeftOut) {
        entries.push({ path: `${path}/`, mode: 0o40000, id, isSkipped: true });
        return true;
      }
      if (mode === folderMode) {
        const below = read(id);
        return below !== undefined && take(`${path}/`, below);
      }
      entries.push({ path, mode: fileMode(mode), id, isSkipped: !isPresent(path) });
      return true;
    });
  const top = read(tree);
  if (top === undefined || !take("", top)) return undefined;
  entries.sort((left, right) => (left.path < right.path ? -1 : Number(left.path > right.path)));
  return encode(entries, old === undefined ? new Map() : knownStats(old));
}

function fileMode(mode: string): number {
  if (mode === "120000" || mode === "160000") return Number.parseInt(mode, 8);
  return isOrdinaryFile(mode) && (Number.parseInt(mode, 8) & 0o100) === 0 ? 0o100644 : 0o100755;
}

function encode(entries: readonly IndexEntry[], known: ReadonlyMap<string, Buffer>): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(signature, 0);
  // Flags of more than sixteen bits came with version 3.
  header.writeUInt32BE(entries.some(({ isSkipped }) => isSkipped) ? 3 : 2, 4);
  header.writeUInt32BE(entries.length, 8);
  const parts = entries.map((entry) => encodeOne(entry, known.get(entry.path)));
  // Without it git would not take an entry for a folder.
  const content = Buffer.concat([header, ...parts, Buffer.from("sdir\0\0\0\0", "latin1")]);
  return Buffer.concat([content, createHash("sha1").update(content).digest()]);
}

function encodeOne({ path, mode, id, isSkipped }: IndexEntry, known: Buffer | undefined): Buffer {
  const name = Buffer.from(path, "latin1");
  const at = nameAt + (isSkipped ? 2 : 0);
  const entry = Buffer.alloc(entryBytes(at + name.length));
  entry.writeUInt32BE(mode, 24);
  entry.write(id, idAt, "hex");
  entry.writeUInt16BE(Math.min(name.length, 0xfff) | (isSkipped ? extendedFlag : 0), nameAt - 2);
  if (isSkipped) entry.writeUInt16BE(skipWorktree, nameAt);
  name.copy(entry, at);
  const isSame =
    known?.compare(entry, 24, 28, 24, 28) === 0 && known.compare(entry, idAt, 60, idAt, 60) === 0;
  if (known !== undefined && isSame && !isSkipped) known.copy(entry, 0, 0, idAt);
  return entry;
}

/** What git knew of files on disk, by path; of an index that is not understood nothing, and git looks again. */
function knownStats({ content, changedNs }: OldIndex): ReadonlyMap<string, Buffer> {
  const known = new Map<string, Buffer>();
  const end = content.length - idBytes;
  const version = end < headerBytes ? 0 : content.readUInt32BE(4);
  if (version !== 2 && version !== 3) return known;
  let at = headerBytes;
  for (let left = content.readUInt32BE(8); left > 0; left--) {
    if (at + nameAt >= end) return known;
    const isExtended = (content.readUInt16BE(at + nameAt - 2) & extendedFlag) !== 0;
    const start = at + nameAt + (isExtended ? 2 : 0);
    const nameEnd = content.indexOf(0, start);
    if (nameEnd === -1 || nameEnd >= end) return known;
    const entry = content.subarray(at, nameEnd);
    if (!isExtended && isSettled(entry, changedNs))
      known.set(content.toString("latin1", start, nameEnd), entry);
    at += entryBytes(nameEnd - at);
  }
  return known;
}
