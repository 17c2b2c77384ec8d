import { join } from "node:path";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import type { ObjectId } from "../objects.js";

/** How a file lay on disk when its content was known; equal numbers mean equal content. */
export interface FileStamp {
  readonly bytes: string;
  readonly changedNs: string;
  readonly modifiedNs: string;
  readonly inode: string;
}

export interface ManifestFile {
  /** What the file was made from: the base of an edit of it. */
  readonly blob: ObjectId;
  /** Absent = look at the content. */
  readonly stamp?: FileStamp | undefined;
}

/** What Wiggum wrote into a view. Kept inside the view's git folder, replaced whole. */
export interface Manifest {
  /** Commit of the store that the files were brought to; absent in a view that has never been filled. */
  readonly at?: ObjectId | undefined;
  /** Commit that git's index of the view shows. */
  readonly indexAt?: ObjectId | undefined;
  readonly files: ReadonlyMap<string, ManifestFile>;
}

const version = 1;

/** `undefined` = there is none, or not one that can be read. */
export function readManifest(folder: string): Manifest | undefined {
  const text = readTextIfThere(join(folder, "manifest.json"));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as {
      version?: unknown;
      at?: string;
      indexAt?: string;
      files: Record<string, [ObjectId, FileStamp?]>;
    };
    if (value.version !== version) return undefined;
    const files = Object.entries(value.files).map(
      ([name, [blob, stamp]]) => [name, { blob, stamp }] as const,
    );
    return {
      at: value.at,
      indexAt: value.indexAt,
      files: new Map(files),
    };
  } catch {
    return undefined;
  }
}

export function writeManifest(folder: string, manifest: Manifest): void {
  const files = [...manifest.files].map(([name, { blob, stamp }]) => [
    name,
    stamp === undefined ? [blob] : [blob, stamp],
  ]);
  const value = {
    version,
    at: manifest.at,
    indexAt: manifest.indexAt,
    files: Object.fromEntries(files),
  };
  writeFileAtomically(join(folder, "manifest.json"), `${JSON.stringify(value)}\n`);
}
