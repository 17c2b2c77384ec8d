import { accessSync, constants, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { hookNameProblem } from "@wiggum/workflow";
import type { ProjectPaths } from "./project-paths.js";

/**
 * The program of a hook: the project's file if it is executable, else the shipped one, else undefined (there is nothing to do).
 * A name that could be a path has no file.
 */
export function findHook(paths: ProjectPaths, defaultsDirectory: string, name: string): string | undefined {
  if (hookNameProblem(name) !== undefined) return undefined;
  return [join(paths.hooksDirectory, name), join(defaultsDirectory, "hooks", name)].find(isExecutable);
}

/** Why what lies in the project's hooks folder under that name does not run, in words; undefined = it does, or there is nothing. */
export function inactiveReason(paths: ProjectPaths, name: string): string | undefined {
  if (hookNameProblem(name) !== undefined) return undefined;
  const path = join(paths.hooksDirectory, name);
  if (isExecutable(path)) return undefined;
  const shown = relative(paths.root, path);
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const status = statSync(path);
    if (status.isDirectory()) return `${shown} is a folder`;
    if (!status.isFile()) return `${shown} is no file`;
    return `${shown} is not executable (chmod +x ${shown})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ELOOP" ? `${shown} is a link to itself` : `${shown} is a link to nowhere`;
  }
}

/** Why nothing would run for that hook, in words; undefined = its program would. */
export function whyNoHook(paths: ProjectPaths, defaultsDirectory: string, name: string): string | undefined {
  if (findHook(paths, defaultsDirectory, name) !== undefined) return undefined;
  return inactiveReason(paths, name) ?? "there is no such hook";
}

/** What is in the project's hooks folder, active or not, and what ships. Sorted by name. */
export function listHooks(
  paths: ProjectPaths,
  defaultsDirectory: string,
): {
  readonly project: readonly { readonly name: string; readonly isActive: boolean }[];
  readonly defaults: readonly string[];
} {
  const project = namesIn(paths.hooksDirectory).map((path) => ({
    name: basename(path),
    isActive: isExecutable(path),
  }));
  return { project, defaults: namesIn(join(defaultsDirectory, "hooks")).map((path) => basename(path)) };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => hookNameProblem(name) === undefined)
      .sort()
      .map((name) => join(folder, name))
      .filter(isFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    if (!isFile(path)) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // no permission, a broken or circular link: inactive
  }
}
