// Puts an export on the disk: whole, or not at all.
import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "../command-error.js";
import { attachmentsBeside } from "./attachments-beside.js";

/** A file of an export: its text, or what it takes to get its bytes, so that they are not all in memory at once. */
export type TargetContent =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly load: () => Promise<Uint8Array> };

/**
 * One file; those that belong to it come into a folder beside it, before it: a file that is there has all of them.
 * `beside` absent = that folder means nothing.
 * @throws TARGET_EXISTS the file, or a folder beside it, whether it is needed or not: it would be taken for its own
 */
export async function writeTargetFile(
  shown: string,
  workingDirectory: string,
  text: string,
  beside?: readonly TargetContent[],
): Promise<void> {
  const path = resolve(workingDirectory, shown);
  const hasFiles = beside !== undefined && beside.length > 0;
  await refuseTaken(shown, path);
  if (beside !== undefined) await refuseTaken(attachmentsBeside(shown), attachmentsBeside(path));
  if (hasFiles) await writeTargetFolder(attachmentsBeside(shown), workingDirectory, beside);
  try {
    await inPlace(shown, path, async (temporary) => {
      await writeFile(join(temporary, "file"), text, { flush: true });
      return join(temporary, "file");
    });
  } catch (error) {
    if (hasFiles) await rm(attachmentsBeside(path), { recursive: true, force: true });
    throw error;
  }
}

/** A folder of files; an empty one that is there is taken. @throws TARGET_EXISTS */
export async function writeTargetFolder(
  shown: string,
  workingDirectory: string,
  files: readonly TargetContent[],
): Promise<void> {
  const path = resolve(workingDirectory, shown);
  await inPlace(shown, path, async (temporary) => {
    const folder = join(temporary, "folder");
    await mkdir(folder);
    for (const file of files) {
      const path = join(folder, file.name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, "text" in file ? file.text : await file.load());
    }
    return folder;
  });
}

async function inPlace(
  shown: string,
  path: string,
  make: (temporary: string) => Promise<string>,
): Promise<void> {
  await refuseTaken(shown, path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const temporary = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
    try {
      const made = await make(temporary);
      await rename(made, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "EISDIR") throw targetExists(shown, error);
    throw error;
  }
}

/** @throws TARGET_EXISTS. A link is in the way, wherever it leads: nothing can be put in its place as a whole. */
async function refuseTaken(shown: string, path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  const isFree = there === undefined || (there.isDirectory() && (await readdir(path)).length === 0);
  if (!isFree) throw targetExists(shown);
}

function targetExists(path: string, cause?: unknown): CommandError {
  return new CommandError("TARGET_EXISTS", `'${path}' is there already; nothing was written`, {
    hint: "Name a path that is free, or remove it first.",
    data: { path },
    cause,
  });
}
