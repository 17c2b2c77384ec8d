// Packs: many objects in one file, most of them as changes of others, and an index (version 2) that says where each one lies.
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { isMissing } from "../files.js";
import type { ObjectId } from "../objects.js";
import { applyDelta, deltaSizes } from "./deltas.js";
import { type Found, largestObjectBytes, unclear } from "./found.js";

/**
 * The packs of one `objects` folder, while some objects are looked up in them: files stay open until `close`, so a repack beside us takes
 * nothing away that was found. A multi-pack-index says nothing that the packs' own indexes, which git keeps, do not say.
 */
export interface Packs {
  read(id: ObjectId): Found | undefined | typeof unclear;
  size(id: ObjectId): { readonly type: string; readonly bytes: number } | undefined | typeof unclear;
  /** Looks for packs again. */
  refresh(): void;
  close(): void;
}

/** `findElsewhere` = an object that a pack names by its id and does not hold. */
export function openPacks(
  objectsFolder: string,
  findElsewhere: (id: ObjectId) => Found | undefined | typeof unclear,
): Packs {
  const folder = join(objectsFolder, "pack");
  const opened = new Map<string, Pack | undefined>();
  let names: readonly string[] | undefined;

  function* packs(): Generator<Pack> {
    names ??= indexNames(folder);
    for (const name of names) {
      if (!opened.has(name)) opened.set(name, openPack(join(folder, name)));
      const pack = opened.get(name);
      if (pack !== undefined) yield pack;
    }
  }

  function look<Result>(id: ObjectId, what: (pack: Pack, offset: number) => Result) {
    try {
      for (const pack of packs()) {
        const offset = pack.find(id);
        if (offset !== undefined) return what(pack, offset);
      }
      return undefined;
    } catch {
      return unclear; // Damaged, or of a form that is not known here: git tells.
    }
  }

  const read = (id: ObjectId): Found | undefined | typeof unclear =>
    look(id, (pack, offset) => readEntry(pack, offset, (base) => read(base) ?? findElsewhere(base)));

  const size = (id: ObjectId): ReturnType<Packs["size"]> =>
    look(id, (pack, offset) => sizeOfEntry(pack, offset, (base) => size(base) ?? findElsewhereSize(base)));

  function findElsewhereSize(id: ObjectId) {
    const found = findElsewhere(id);
    return found === undefined || found === unclear
      ? found
      : { type: found.type, bytes: found.content.length };
  }

  return {
    read,
    size,
    refresh() {
      names = undefined;
    },
    close() {
      for (const pack of opened.values()) pack?.close();
      opened.clear();
    },
  };
}

/** Indexes only: what has none yet is no pack to git either. */
function indexNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith("pack-") && name.endsWith(".idx"));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

interface Pack {
  /** Where the object lies in the pack. */
  find(id: ObjectId): number | undefined;
  /** Bytes of the pack; fewer at its end. */
  bytesAt(offset: number, length: number): Buffer;
  close(): void;
}

const idBytes = 20;
const indexMagic = 0xff744f63;
const fanoutAt = 8;
const namesAt = fanoutAt + 256 * 4;

/** `undefined` = it is gone. */
function openPack(indexPath: string): Pack | undefined {
  const index = openIfThere(indexPath);
  if (index === undefined) return undefined;
  const pack = openIfThere(`${indexPath.slice(0, -".idx".length)}.pack`);
  if (pack === undefined) {
    closeSync(index);
    return undefined;
  }
  const numbers = (at: number, count: number) => readExactly(index, at, count * 4);
  let total: number | undefined;

  function countObjects(): number {
    const start = numbers(0, 2);
    if (start.readUInt32BE(0) !== indexMagic || start.readUInt32BE(4) !== 2) {
      throw new RangeError("An index of an unknown version");
    }
    return numbers(fanoutAt + 255 * 4, 1).readUInt32BE(0);
  }

  function offsetOf(entry: number, count: number): number {
    const offsetsAt = namesAt + count * (idBytes + 4);
    const offset = numbers(offsetsAt + entry * 4, 1).readUInt32BE(0);
    if (offset < 0x80000000) return offset;
    // Packs over 2 GiB: the place of the offset in a second table.
    const large = numbers(offsetsAt + count * 4 + (offset - 0x80000000) * 8, 2).readBigUInt64BE(0);
    if (large > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("An offset is too large");
    return Number(large);
  }

  return {
    find(id) {
      total ??= countObjects();
      const wanted = Buffer.from(id, "hex");
      const bucket = wanted.readUInt8(0);
      const first = bucket === 0 ? 0 : numbers(fanoutAt + (bucket - 1) * 4, 1).readUInt32BE(0);
      const end = numbers(fanoutAt + bucket * 4, 1).readUInt32BE(0);
      if (end < first || end > total) throw new RangeError("An index is damaged");
      const names = readExactly(index, namesAt + first * idBytes, (end - first) * idBytes);
      for (let low = 0, high = end - first; low < high; ) {
        const middle = (low + high) >>> 1;
        const order = names.compare(wanted, 0, idBytes, middle * idBytes, (middle + 1) * idBytes);
        if (order === 0) return offsetOf(first + middle, total);
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      return undefined;
    },
    bytesAt: (offset, length) => readUpTo(pack, offset, length),
    close() {
      closeSync(index);
      closeSync(pack);
    },
  };
}

const types: Readonly<Record<number, string>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const ofsDelta = 6;
const refDelta = 7;
/** git makes chains of 50 by itself, and of 4095 at most. */
const longestChain = 4096;

interface Entry {
  readonly kind: number;
  /** Of the content, or of the delta. */
  readonly bytes: number;
  /** Where the base of a delta lies, or its id. */
  readonly base?: number | ObjectId;
  readonly dataAt: number;
}

function entryAt(pack: Pack, offset: number): Entry {
  const start = pack.bytesAt(offset, 64);
  let at = 0;
  let byte = start.readUInt8(at++);
  const kind = (byte >> 4) & 7;
  let bytes = byte & 15;
  for (let factor = 16; byte >= 0x80; factor *= 128) {
    byte = start.readUInt8(at++);
    bytes += (byte & 0x7f) * factor;
  }
  if (bytes > largestObjectBytes) throw new RangeError("An object is too large to be read here");
  if (kind === ofsDelta) {
    byte = start.readUInt8(at++);
    let back = byte & 0x7f;
    while (byte >= 0x80) {
      byte = start.readUInt8(at++);
      back = (back + 1) * 128 + (byte & 0x7f);
    }
    if (back <= 0 || back > offset) throw new RangeError("A base lies outside of its pack");
    return { kind, bytes, base: offset - back, dataAt: offset + at };
  }
  if (kind === refDelta) {
    const base = start.toString("hex", at, at + idBytes);
    return { kind, bytes, base, dataAt: offset + at + idBytes };
  }
  if (types[kind] === undefined) throw new RangeError("An entry of an unknown kind");
  return { kind, bytes, dataAt: offset + at };
}

function readEntry(
  pack: Pack,
  offset: number,
  findBase: (id: ObjectId) => Found | undefined | typeof unclear,
): Found | typeof unclear {
  const deltas: Buffer[] = [];
  let entry = entryAt(pack, offset);
  let found: Found | undefined | typeof unclear;
  while (found === undefined) {
    const content = inflateAt(pack, entry);
    if (entry.base === undefined) found = { type: types[entry.kind] ?? "", content };
    else {
      if (deltas.push(content) > longestChain) return unclear;
      if (typeof entry.base === "number") entry = entryAt(pack, entry.base);
      else found = findBase(entry.base) ?? unclear;
    }
  }
  if (found === unclear) return unclear;
  let { content } = found;
  for (const delta of deltas.reverse()) {
    if (deltaSizes(delta).result > largestObjectBytes) return unclear;
    content = applyDelta(content, delta);
  }
  return { type: found.type, content };
}

function sizeOfEntry(
  pack: Pack,
  offset: number,
  findBase: (id: ObjectId) => ReturnType<Packs["size"]>,
): Exclude<ReturnType<Packs["size"]>, undefined> {
  let entry = entryAt(pack, offset);
  const bytes = entry.base === undefined ? entry.bytes : deltaSizes(inflateStart(pack, entry)).result;
  for (let steps = 0; steps <= longestChain; steps++) {
    if (entry.base === undefined) return { type: types[entry.kind] ?? "", bytes };
    if (typeof entry.base === "string") {
      const base = findBase(entry.base);
      return base === undefined || base === unclear ? unclear : { type: base.type, bytes };
    }
    entry = entryAt(pack, entry.base);
  }
  return unclear;
}

function inflateAt(pack: Pack, { bytes, dataAt }: Entry): Buffer {
  // What cannot be made smaller grows by a few bytes in each 16 KiB; the rest that is read is ignored.
  const stored = pack.bytesAt(dataAt, bytes + (bytes >> 8) + 128);
  const content = inflateSync(stored, { maxOutputLength: Math.max(bytes, 1) });
  if (content.length !== bytes) throw new RangeError("An object is cut off");
  return content;
}

/** The first bytes of the data, in which the sizes of a delta stand. */
function inflateStart(pack: Pack, { dataAt }: Entry): Buffer {
  const zlibSync = 2;
  return inflateSync(pack.bytesAt(dataAt, 256), { finishFlush: zlibSync });
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function readUpTo(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function readExactly(descriptor: number, offset: number, length: number): Buffer {
  const bytes = readUpTo(descriptor, offset, length);
  if (bytes.length !== length) throw new RangeError("An index is cut off");
  return bytes;
}
