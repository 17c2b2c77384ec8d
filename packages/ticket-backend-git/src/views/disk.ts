import { createHash } from "node:crypto";
import { type BigIntStats, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "../files.js";
import type { ObjectId } from "../objects.js";
import type { FileStamp, ManifestFile } from "./manifest.js";

/** What lies under a name in a view's folder. Links are never followed. */
export type DiskFile =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly blob: ObjectId; readonly stamp: FileStamp | undefined }
  /** A symbolic link, a folder, a socket. */
  | { readonly kind: "other" };

/** The id that git gives to this content. */
export function blobId(content: Uint8Array, idLength: number): ObjectId {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Looks at a file; reads its content only when it may have changed since `known`. */
export function lookAtFile(
  folder: string,
  name: string,
  known: ManifestFile | undefined,
  idLength: number,
): DiskFile {
  const path = join(folder, name);
  let stats: BigIntStats;
  try {
    stats = lstatSync(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return { kind: "absent" };
    throw error;
  }
  if (!stats.isFile()) return { kind: "other" };
  const stamp = stampOf(stats);
  if (known?.stamp !== undefined && isSameStamp(known.stamp, stamp))
    return { kind: "file", blob: known.blob, stamp };
  const content = readFileSync(path);
  const isQuiet = BigInt(Date.now()) * 1_000_000n - stats.ctimeNs > quietNs;
  return { kind: "file", blob: blobId(content, idLength), stamp: isQuiet ? stamp : undefined };
}

/** A file that changed a moment ago could change again within the same tick of the file system's clock: no stamp for it yet. */
const quietNs = 100_000_000n;

function stampOf(stats: BigIntStats): FileStamp {
  return {
    bytes: String(stats.size),
    changedNs: String(stats.ctimeNs),
    modifiedNs: String(stats.mtimeNs),
    inode: String(stats.ino),
  };
}

function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return (
    one.bytes === other.bytes &&
    one.changedNs === other.changedNs &&
    one.modifiedNs === other.modifiedNs &&
    one.inode === other.inode
  );
}
