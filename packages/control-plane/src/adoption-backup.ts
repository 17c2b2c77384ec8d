import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { finishedSign } from "./init-adoption.js";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";
import { templatePath } from "./templates.js";
import { createFile } from "./write-files.js";

/** Agents' folders that have a clone of the store, by the agent's name. */
export async function agentClones(
  paths: ProjectPaths,
): Promise<readonly { readonly agent: string; readonly folder: string }[]> {
  if (!existsSync(paths.worktreesDirectory)) return [];
  return (await readdir(paths.worktreesDirectory))
    .sort()
    .map((agent) => ({ agent, folder: worktreePaths(join(paths.worktreesDirectory, agent)).ticketView }))
    .filter(({ folder }) => existsSync(join(folder, ".git")));
}

/** Files in which the shell version kept which agents there are: its earlier and its later name. */
export function originalRegistries(paths: ProjectPaths): readonly string[] {
  return [join(paths.controlDirectory, "panes.json"), paths.panelsFile];
}

/**
 * Copies what an upgrade changes: the store, every clone with what is not committed or not pushed there, the registry, `.gitignore`. The copy
 * is whole or not there, and is made once; nothing else has been changed when it is made.
 */
export async function backUpShellProject(paths: ProjectPaths): Promise<readonly InitPart[]> {
  const target = paths.adoptionBackup;
  const part: InitPart = { part: "backup", path: `${fromRoot(paths, target)}/`, outcome: "kept" };
  if (existsSync(target)) return [part];
  const draft = `${target}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  // A push may be under way: refs are copied before the objects that they name, so the copy never names what it lacks.
  await copy(paths.ticketStore, join(draft, basename(paths.ticketStore)), "all but objects");
  await copy(join(paths.ticketStore, "objects"), join(draft, basename(paths.ticketStore), "objects"));
  await copy(paths.ticketView, join(draft, basename(paths.ticketView)));
  for (const { agent, folder } of await agentClones(paths))
    await copy(folder, join(draft, "worktrees", agent, basename(folder)));
  for (const file of originalRegistries(paths)) await copy(file, join(draft, basename(file)));
  await copy(join(paths.root, ".gitignore"), join(draft, "gitignore"));
  await rename(draft, target);
  return [{ ...part, outcome: "created", detail: "everything that changes, as it was" }];
}

/** Copies a file or folder as it is, links too, if it is there. */
async function copy(from: string, to: string, scope: "all" | "all but objects" = "all"): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(dirname(to), { recursive: true });
  const objects = join(from, "objects");
  await cp(from, to, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    filter: (path) => scope === "all" || path !== objects,
  });
}

/** The registry of the shell version is read no more and must not be taken for ours; its copy says which numbers were given. */
export async function retireOriginalRegistry(paths: ProjectPaths): Promise<readonly InitPart[]> {
  const parts: InitPart[] = [];
  for (const file of originalRegistries(paths)) {
    if (!existsSync(file) || !existsSync(join(paths.adoptionBackup, basename(file)))) continue;
    await rm(file, { force: true });
    parts.push({
      part: "backup",
      path: fromRoot(paths, file),
      outcome: "changed",
      detail: `moved to ${fromRoot(paths, paths.adoptionBackup)}/`,
    });
  }
  return parts;
}

/** The last step but the marker. */
export async function finishAdoption(paths: ProjectPaths): Promise<void> {
  const text = await readFile(templatePath(`${basename(paths.adoptionBackup)}.md`), "utf8");
  await createFile(finishedSign(paths), text, { drafts: paths.adoptionBackup });
}
