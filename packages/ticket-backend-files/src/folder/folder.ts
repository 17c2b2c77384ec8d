// Files below one folder, and nowhere else. On Linux each step is taken from the open folder before it (`/proc/self/fd/<n>/<name>`, which is what
// `openat` does), so that nobody can swap a folder for a link between a check and its use. Elsewhere the real path is compared before and after.
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { escaped, isMissing, isRefusedLink, tooLarge } from "./folder-faults.js";

/** What lies under a name. Links are never followed, so they are a kind of their own. */
export type EntryKind = "file" | "folder" | "link" | "other";

/** A name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** Reads of a folder that is open, and of those below it. Names are single names; a `/`, `..` or NUL in one is refused. */
export interface FolderReader {
  /** From the root of the store, with `/`; the root itself is empty. */
  readonly path: string;
  /** Everything in it, by name in the order of code units. */
  entries(): readonly FolderEntry[];
  /** What lies there; `undefined` = nothing. */
  kindOf(name: string): EntryKind | undefined;
  /** The bytes of a file; `undefined` = there is none. @throws STORE_BROKEN when something lies there that is no plain file, or too large */
  read(name: string): Buffer | undefined;
  /** Length and SHA-256 (hex) of a file of any size; `undefined` = there is none. @throws STORE_BROKEN as `read` */
  digest(name: string): { readonly bytes: number; readonly hash: string } | undefined;
  /** Works in a folder below this one; `undefined` = there is none. @throws STORE_BROKEN when something else lies there */
  enter<Result>(name: string, work: (folder: FolderReader) => Result): Result | undefined;
}

/** A folder that may be written to. */
export interface Folder extends FolderReader {
  enter<Result>(name: string, work: (folder: Folder) => Result): Result | undefined;
  /** Makes the folder if it is missing, and works in it. */
  enterMade<Result>(name: string, work: (folder: Folder) => Result): Result;
  /** The file has the old or the new bytes at every moment, and what is there is on the disk when this returns. `staging` is on the same disk. Over `new` = nothing may lie there, not even since a moment. */
  write(name: string, bytes: Uint8Array, staging: Folder, over?: "any" | "new"): void;
  /** Puts bytes at the end of a file that is there, in one go. */
  append(name: string, bytes: Uint8Array): void;
  /** Leaves the first bytes of a file that is there; needs no room on the disk. */
  cut(name: string, bytes: number): void;
  /** Length of a file in bytes; `undefined` = there is none. */
  sizeOf(name: string): number | undefined;
  /** Takes a file away, if it is there. */
  remove(name: string): void;
  /** Takes an empty folder away; one that is not empty stays. */
  removeEmpty(name: string): void;
  /** Moves a file or folder. What lies at the target is refused, not replaced. */
  move(name: string, target: Folder, targetName: string): void;
  /** For other libraries that need a path. */
  readonly systemPath: string;
}

/** Largest file that is read: 64 MiB. */
export const maxFileBytes = 64 * 1024 * 1024;

/** How a name in an open folder is reached: from its descriptor, or by the path that it had when it was opened. */
export type FolderReach = "descriptor" | "path";

const usualReach: FolderReach =
  process.platform === "linux" && existsSync("/proc/self/fd") ? "descriptor" : "path";
const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
// A pipe that somebody put there must not make us wait.
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const appendFlags =
  constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const cutFlags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const newFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Works in the root of a store, whose own path may well be a link. `undefined` = there is no such folder. */
export function withRoot<Result>(
  root: string,
  work: (folder: Folder) => Result,
  reach: FolderReach = usualReach,
): Result | undefined {
  let real: string;
  let descriptor: number;
  try {
    real = realpathSync(root);
    descriptor = openSync(real, folderFlags);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return work(folderOf(descriptor, real, "", reach));
  } finally {
    closeSync(descriptor);
  }
}

function folderOf(descriptor: number, real: string, path: string, reach: FolderReach): Folder {
  const base = reach === "descriptor" ? `/proc/self/fd/${descriptor}` : real;
  const at = (name: string) => {
    if (!isSafeName(name)) throw escaped(below(path, name), "is no name of a file in it");
    return `${base}/${name}`;
  };
  /** Where paths are all there is: is it still the same folder? */
  const checkStill = () => {
    if (reach === "descriptor") return;
    const [here, open] = [lstatSync(real, { throwIfNoEntry: false }), fstatSync(descriptor)];
    if (here?.ino === open.ino && here.dev === open.dev && realpathSync(real) === real) return;
    throw escaped(path, "was replaced while it was in use");
  };

  function enter<Result>(name: string, work: (folder: Folder) => Result): Result | undefined {
    const opened = openIfThere(at(name), folderFlags, below(path, name), "folder");
    if (opened === undefined) return undefined;
    try {
      checkStill();
      return work(folderOf(opened, join(real, name), below(path, name), reach));
    } finally {
      closeSync(opened);
    }
  }

  function reading<Result>(name: string, work: (opened: number, size: number) => Result): Result | undefined {
    const opened = openIfThere(at(name), readFlags, below(path, name), "file");
    if (opened === undefined) return undefined;
    try {
      checkStill();
      const about = fstatSync(opened);
      if (!about.isFile()) throw escaped(below(path, name), "is no plain file");
      return work(opened, about.size);
    } finally {
      closeSync(opened);
    }
  }

  /** Changes a file where it lies. */
  function changing(name: string, flags: number, work: (opened: number) => void): void {
    const opened = openIfThere(at(name), flags, below(path, name), "file");
    if (opened === undefined) throw escaped(below(path, name), "is not there any more");
    try {
      checkStill();
      if (!fstatSync(opened).isFile()) throw escaped(below(path, name), "is no plain file");
      work(opened);
      fdatasyncSync(opened);
    } finally {
      closeSync(opened);
    }
  }

  return {
    path,
    systemPath: base,
    enter,
    entries() {
      const found = readdirSync(base, { withFileTypes: true });
      checkStill();
      return found
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
    },
    kindOf(name) {
      const found = lstatSync(at(name), { throwIfNoEntry: false });
      return found === undefined ? undefined : kindOf(found);
    },
    read: (name) =>
      reading(name, (opened, size) => {
        if (size > maxFileBytes) throw tooLarge(below(path, name), "64 MiB");
        return readFileSync(opened);
      }),
    digest: (name) =>
      reading(name, (opened) => {
        const hash = createHash("sha256");
        const part = Buffer.alloc(1024 * 1024);
        let bytes = 0;
        for (let count = readSync(opened, part); count > 0; count = readSync(opened, part)) {
          hash.update(part.subarray(0, count));
          bytes += count;
        }
        return { bytes, hash: hash.digest("hex") };
      }),
    enterMade(name, work) {
      try {
        mkdirSync(at(name));
        fsyncSync(descriptor);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      let result: { readonly value: ReturnType<typeof work> } | undefined;
      enter(name, (folder) => {
        result = { value: work(folder) };
      });
      if (result === undefined) throw escaped(below(path, name), "was taken away while it was in use");
      return result.value;
    },
    write(name, bytes, staging, over = "any") {
      const previous = lstatSync(at(name), { throwIfNoEntry: false });
      if (previous !== undefined && !previous.isFile()) {
        throw escaped(below(path, name), "is no plain file");
      }
      const temporaryName = `new-${randomBytes(8).toString("hex")}`;
      const temporary = `${staging.systemPath}/${temporaryName}`;
      try {
        const opened = openSync(temporary, newFlags, 0o666);
        try {
          // Loops until every byte is out, unlike a single write.
          writeFileSync(opened, bytes);
          if (previous !== undefined) fchmodSync(opened, previous.mode & 0o777);
          fdatasyncSync(opened);
        } finally {
          closeSync(opened);
        }
        checkStill();
        if (over === "any") renameSync(temporary, at(name));
        else appear(temporary, at(name), below(path, name));
        syncFolder(descriptor);
      } catch (error) {
        staging.remove(temporaryName);
        throw error;
      }
    },
    append: (name, bytes) => changing(name, appendFlags, (opened) => writeFileSync(opened, bytes)),
    cut: (name, bytes) => changing(name, cutFlags, (opened) => ftruncateSync(opened, bytes)),
    sizeOf(name) {
      const found = lstatSync(at(name), { throwIfNoEntry: false });
      return found?.isFile() === true ? found.size : undefined;
    },
    remove(name) {
      checkStill();
      ignoreMissing(() => unlinkSync(at(name)));
      syncFolder(descriptor);
    },
    removeEmpty(name) {
      checkStill();
      try {
        rmdirSync(at(name));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
      }
    },
    move(name, target, targetName) {
      checkStill();
      if (target.kindOf(targetName) !== undefined) {
        throw escaped(below(target.path, targetName), "is in the way");
      }
      renameSync(at(name), `${target.systemPath}/${targetName}`);
      syncFolder(descriptor);
    },
  };
}

/** Renames, unless something lies there. Where there are no hard links, the last look is a moment before. */
function appear(from: string, to: string, path: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") throw escaped(path, "is in the way", error);
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw escaped(path, "is in the way");
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

/** One name, of which no system makes more than that. */
export function isSafeName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

function openIfThere(
  systemPath: string,
  flags: number,
  path: string,
  wanted: "file" | "folder",
): number | undefined {
  try {
    return openSync(systemPath, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (isRefusedLink(error)) throw escaped(path, `is no plain ${wanted}`, error);
    throw error;
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

function ignoreMissing(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Makes the names in a folder survive a power cut, where the system knows how. */
function syncFolder(descriptor: number): void {
  try {
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EINVAL" && code !== "EPERM" && code !== "ENOTSUP") throw error;
  }
}
