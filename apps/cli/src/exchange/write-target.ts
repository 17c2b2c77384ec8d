// Puts an export on the disk: whole, or not at all.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "../command-error.js";

/** One file. @throws TARGET_EXISTS */
export async function writeTargetFile(shown: string, workingDirectory: string, text: string): Promise<void> {
  const path = resolve(workingDirectory, shown);
  await inPlace(shown, path, async (temporary) => {
    await writeFile(join(temporary, "file"), text, { flush: true });
    return join(temporary, "file");
  });
}

/** A folder of files; an empty one that is there is taken. @throws TARGET_EXISTS */
export async function writeTargetFolder(
  shown: string,
  workingDirectory: string,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  const path = resolve(workingDirectory, shown);
  await inPlace(shown, path, async (temporary) => {
    const folder = join(temporary, "folder");
    await mkdir(folder);
    for (const { name, text } of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return folder;
  });
}

async function inPlace(
  shown: string,
  path: string,
  make: (temporary: string) => Promise<string>,
): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  const isFree = there === undefined || (there.isDirectory() && (await readdir(path)).length === 0);
  if (!isFree) throw targetExists(shown);
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

function targetExists(path: string, cause?: unknown): CommandError {
  return new CommandError("TARGET_EXISTS", `'${path}' is there already; nothing was written`, {
    hint: "Name a path that is free, or remove it first.",
    data: { path },
    cause,
  });
}
