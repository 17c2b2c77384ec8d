import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";

/** A project of the shell version: it has a store and `config.sh`, and no marker. */
export function isShellProject(paths: ProjectPaths): boolean {
  return !existsSync(paths.marker) && existsSync(paths.ticketStore) && existsSync(paths.configShell);
}

/**
 * Keeps what the shell version had and we replace: git hooks inside the store (Wiggum runs hooks itself; left there they would run twice),
 * the line that asked git to merge ticket text, and the registry files that become written views. Everything is moved or copied into
 * `before-adoption`, so that putting it back undoes the adoption. Tickets, settings, hooks, prompts and types are not touched.
 */
export async function backUpShellProject(paths: ProjectPaths): Promise<readonly InitPart[]> {
  const parts: InitPart[] = [];
  const keep = async (path: string, how: "move" | "copy", detail: string) => {
    if (!existsSync(path)) return;
    const target = join(paths.adoptionBackup, basename(dirname(path)) === "hooks" ? "store-hooks" : "", basename(path));
    if (existsSync(target)) return; // An adoption that was interrupted kept it already.
    await mkdir(dirname(target), { recursive: true });
    if (how === "move") await rename(path, target);
    else await cp(path, target);
    parts.push({ part: "backup", path: fromRoot(paths, path), outcome: "changed", detail: `${detail}: ${fromRoot(paths, target)}` });
  };
  for (const name of await gitHooks(join(paths.ticketStore, "hooks"))) {
    await keep(join(paths.ticketStore, "hooks", name), "move", "moved to");
  }
  await keep(join(paths.ticketStore, "info", "attributes"), "move", "moved to");
  await keep(paths.panelsFile, "copy", "copied to");
  return parts;
}

/** Hooks that git would run; its samples are none. */
async function gitHooks(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).filter((name) => !name.endsWith(".sample")).sort();
}
