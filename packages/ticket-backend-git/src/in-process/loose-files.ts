// Loose objects: one compressed file each, `objects/xx/<rest of the id>`, as git writes them.
import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { isMissing } from "../files.js";
import type { ObjectId } from "../objects.js";
import { type Found, largestObjectBytes, unclear } from "./found.js";

/** How the writer reaches the disk. Tests put one in its place that fails, or writes less than it was given. */
export interface ObjectFiles {
  /** Makes a new file. @throws EEXIST */
  create(path: string): number;
  /** Answers how many bytes went out, which may be fewer than asked for. */
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
  /** The content, and what it takes to find it, is on the disk. */
  sync(descriptor: number): void;
  close(descriptor: number): void;
  rename(from: string, to: string): void;
  /** Sets the time of the last change to now. */
  touch(path: string): void;
}

export const diskFiles: ObjectFiles = {
  // Nobody ever writes to an object again; git gives the same rights.
  create: (path) => openSync(path, "wx", 0o444),
  write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset),
  sync: fdatasyncSync,
  close: closeSync,
  rename: renameSync,
  touch(path) {
    const now = new Date();
    utimesSync(path, now, now);
  },
};

export interface LooseWriter {
  /** The repository's `objects`. */
  readonly folder: string;
  readonly files?: ObjectFiles | undefined;
  /** Told the name of each step; tests stop the process there. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** A `git gc` beside us may remove the folder of an object that often while it is empty. */
const folderAttempts = 10;
let made = 0;

/**
 * Stores an object and answers its id (sha1). It is whole and on the disk before it bears its name: a kill or a full disk leaves a
 * `tmp_obj_…` at most, which git's own housekeeping sweeps. One that is loose already is made young again instead, so that a gc spares it;
 * a copy in a pack does not count. @throws what the file system says
 */
export function writeLooseObject(writer: LooseWriter, type: string, content: Uint8Array): ObjectId {
  const stored = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash("sha1").update(stored).digest("hex");
  const path = loosePath(writer.folder, id);
  if (isWhole(path, stored) && touch(writer, path)) return id;
  // git's own choice for loose objects: fast rather than small.
  const bytes = deflateSync(stored, { level: 1 });
  for (let attempt = 1; ; attempt++) {
    try {
      store(writer, type, path, bytes);
      return id;
    } catch (error) {
      if (!isMissing(error) || attempt === folderAttempts) throw error;
      mkdirSync(dirname(path), { recursive: true });
    }
  }
}

function store({ files = diskFiles, atStep }: LooseWriter, type: string, path: string, bytes: Uint8Array) {
  const { temporary, descriptor } = createTemporary(files, dirname(path));
  try {
    try {
      atStep?.(`${type}-opened`);
      // On a full disk a write may be short without an error; the one after it tells.
      for (let offset = 0; offset < bytes.length; ) offset += files.write(descriptor, bytes, offset);
      atStep?.(`${type}-written`);
      files.sync(descriptor);
      atStep?.(`${type}-synced`);
    } finally {
      files.close(descriptor);
    }
    files.rename(temporary, path);
    atStep?.(`${type}-stored`);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The process id keeps names apart on one machine; in another container it may be the same, and then the next number is taken. */
function createTemporary(files: ObjectFiles, folder: string) {
  for (;;) {
    const temporary = join(folder, `tmp_obj_${process.pid}_${made++}`);
    try {
      return { temporary, descriptor: files.create(temporary) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** One that a power cut left empty or cut off is written over. */
function isWhole(path: string, stored: Buffer): boolean {
  try {
    return inflateSync(readFileSync(path), { maxOutputLength: stored.length + 1 }).equals(stored);
  } catch {
    return false; // Missing, mostly; whatever else it is, a good copy takes its place.
  }
}

function touch({ files = diskFiles }: LooseWriter, path: string): boolean {
  try {
    files.touch(path);
    return true;
  } catch {
    return false; // Gone since, or another user's: written anew, as git does.
  }
}

export function loosePath(folder: string, id: ObjectId): string {
  return join(folder, id.slice(0, 2), id.slice(2));
}

/** `undefined` = it is not loose here. */
export function readLooseObject(folder: string, id: ObjectId): Found | undefined | typeof unclear {
  let file: Buffer;
  try {
    file = readFileSync(loosePath(folder, id));
  } catch (error) {
    return isMissing(error) ? undefined : unclear;
  }
  try {
    const stored = inflateSync(file, { maxOutputLength: largestObjectBytes });
    const header = readHeader(stored);
    if (header === undefined || stored.length - header.start !== header.bytes) return unclear;
    if (createHash("sha1").update(stored).digest("hex") !== id) return unclear;
    return { type: header.type, content: stored.subarray(header.start) };
  } catch {
    return unclear;
  }
}

/** As `readLooseObject`, of which only the first bytes are looked at. */
export function sizeOfLooseObject(
  folder: string,
  id: ObjectId,
): { readonly type: string; readonly bytes: number } | undefined | typeof unclear {
  let file: Buffer;
  try {
    // Small, nearly always: to read it costs no more than to open it.
    file = readFileSync(loosePath(folder, id));
  } catch (error) {
    return isMissing(error) ? undefined : unclear;
  }
  try {
    const start = inflateSync(file.subarray(0, 256), { finishFlush: zlibSync });
    const header = readHeader(start);
    return header === undefined ? unclear : { type: header.type, bytes: header.bytes };
  } catch {
    return unclear;
  }
}

/** `Z_SYNC_FLUSH`: as much as can be told from a beginning. */
const zlibSync = 2;

function readHeader(stored: Buffer) {
  const end = stored.indexOf(0);
  const [, type, bytes] =
    /^(blob|tree|commit|tag) (\d{1,15})$/.exec(
      stored.toString("latin1", 0, Math.max(0, Math.min(end, 32))),
    ) ?? [];
  return type === undefined ? undefined : { type, bytes: Number(bytes), start: end + 1 };
}
