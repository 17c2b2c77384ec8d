import { lstat } from "node:fs/promises";
import { printable } from "@wiggum/ticket-core";
import { fileAt } from "./worktree-file.js";

/** Work of a size that takes seconds to keep. */
export interface MuchWork {
  readonly worktree: string;
  readonly totalBytes: number;
  readonly largest: { readonly path: string; readonly bytes: number };
}

const muchBytes = 100 * 1024 * 1024;

/** Adds up what is about to be kept of a worktree, and tells where it is much. */
export async function tellMuchWork(
  worktree: string,
  paths: readonly string[],
  { onMuchWork }: { readonly onMuchWork?: ((work: MuchWork) => void) | undefined },
): Promise<void> {
  if (onMuchWork === undefined) return;
  let totalBytes = 0;
  let largest = { path: "", bytes: 0 };
  for (const path of paths) {
    // What is gone meanwhile is not kept either.
    const bytes = (await lstat(fileAt(worktree, path)).catch(() => undefined))?.size ?? 0;
    totalBytes += bytes;
    if (bytes > largest.bytes) largest = { path, bytes };
  }
  if (totalBytes >= muchBytes) onMuchWork({ worktree, totalBytes, largest });
}

/** Says it once for each worktree, however often that is looked at. */
export function tellOnce(notify: (line: string) => void): (work: MuchWork) => void {
  const told = new Set<string>();
  return ({ worktree, totalBytes, largest }) => {
    if (told.has(worktree)) return;
    told.add(worktree);
    const file = `${printable(largest.path)}, ${megabytes(largest.bytes)}`;
    notify(
      `Keeping ${megabytes(totalBytes)} of work in ${printable(worktree)} (the largest file: ${file}); this takes a while`,
    );
  };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
