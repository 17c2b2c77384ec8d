// What the machine underneath refused with, in whatever shape the failure came here: of the system, of SQLite, of git.

/** `full` = no space, or the quota is used up. `read-only` = the file system may not be written to. */
export type StorageFault = "full" | "read-only";

const systemCodes: Readonly<Record<string, StorageFault>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read-only",
  // Our own, told by who noticed first.
  DISK_FULL: "full",
  STORE_READ_ONLY: "read-only",
  NOT_WRITABLE: "read-only",
};

/** SQLite's primary result codes: SQLITE_FULL, SQLITE_READONLY. */
const sqliteCodes: Readonly<Record<number, StorageFault>> = { 13: "full", 8: "read-only" };
/** SQLITE_IOERR_SHMSIZE: there was no room for the memory that the users of a database share. */
const noRoomToShare = 4874;
/** A file that was moved away under an open database is no property of the disk. */
const databaseMoved = 1032;

const saidByGit: readonly (readonly [RegExp, StorageFault])[] = [
  // The last is what it says of a pack.
  [/no space left on device|disk quota exceeded|out of diskspace/i, "full"],
  [/read-only file system/i, "read-only"],
];

/** How far causes are followed. */
const depth = 8;

/**
 * Is this failure, or what caused it, one of the storage? The one place that knows how each layer tells it; `undefined` = it is something
 * else. `path` = of the file, where the failure names it.
 */
export function storageFault(
  error: unknown,
): { readonly fault: StorageFault; readonly path?: string | undefined } | undefined {
  let current = error;
  for (let level = 0; level < depth && typeof current === "object" && current !== null; level++) {
    const { code, errcode, path, data, cause } = current as Readonly<Record<string, unknown>>;
    const fault = faultOf(code, errcode, data);
    const place = text(path) ?? text((data as { readonly path?: unknown } | undefined)?.path);
    if (fault !== undefined) return { fault, ...(place === undefined ? {} : { path: place }) };
    current = cause;
  }
  return undefined;
}

function faultOf(code: unknown, errcode: unknown, data: unknown): StorageFault | undefined {
  if (typeof errcode === "number" && errcode !== databaseMoved) {
    const fault = errcode === noRoomToShare ? "full" : sqliteCodes[errcode & 0xff];
    if (fault !== undefined) return fault;
  }
  if (typeof code === "string" && Object.hasOwn(systemCodes, code)) return systemCodes[code];
  const stderr = text((data as { readonly stderr?: unknown } | null | undefined)?.stderr);
  return stderr === undefined ? undefined : saidByGit.find(([said]) => said.test(stderr))?.[1];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
