import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The files that Wiggum ships: what `init` copies, and the default hooks and prompts. Beside `src/` and beside `dist/` alike, and
 * beside the `dist/` of a program that bundles this package and copies the folder.
 */
export function templatesDirectory(): string {
  const folder = fileURLToPath(new URL("../templates", import.meta.url));
  if (!existsSync(folder)) throw new Error(`Wiggum's own files are missing: there is no folder ${folder}`);
  return folder;
}

/** Absolute path of a shipped file or folder, which may not exist. */
export function templatePath(...parts: readonly string[]): string {
  return join(templatesDirectory(), ...parts);
}
