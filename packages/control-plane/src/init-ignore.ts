import { appendFile, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { InitPart } from "./init-report.js";
import { ignoredPaths, type ProjectPaths } from "./project-paths.js";
import { replaceFile } from "./write-files.js";

const file = ".gitignore";

/** Does the project hide only its data? Then a team commits the rest. */
export async function isSharedProject(paths: ProjectPaths): Promise<boolean> {
  const lines = (await readIgnore(paths)).split(/\r?\n/);
  // The line of the store alone decides: whoever takes another out (to commit it, too) keeps a shared project.
  const [store = ""] = ignoredPaths("data");
  return lines.includes(store) && !ignoredPaths("everything").some((line) => lines.includes(line));
}

/** Lines that hide the project's data and are not there. */
export async function missingIgnoreLines(
  paths: ProjectPaths,
  isShared: boolean,
  extra: readonly string[] = [],
): Promise<readonly string[]> {
  const present = (await readIgnore(paths)).split(/\r?\n/);
  return [...wantedLines(paths, isShared), ...extra].filter((line) => !present.includes(line));
}

function wantedLines(paths: ProjectPaths, isShared: boolean): readonly string[] {
  return [...ignoredPaths(isShared ? "data" : "everything"), ...worktreesLine(paths)];
}

/**
 * Keeps the project's data out of the code repository: appends what is missing as exact lines and leaves every other byte. With
 * `isShared` a line that hides the whole control folder gives way to those that hide the data.
 */
export async function writeIgnore(
  paths: ProjectPaths,
  wanted: { readonly isShared: boolean; readonly extra: readonly string[] },
): Promise<InitPart> {
  const before = await readIgnore(paths);
  const eol = /\r\n/.test(before) ? "\r\n" : "\n";
  const surplus = wanted.isShared ? ignoredPaths("everything") : [];
  const kept = before.split("\n").filter((line) => !surplus.includes(line.replace(/\r$/, "")));
  const text = kept.join("\n");
  const present = new Set(kept.map((line) => line.replace(/\r$/, "")));
  const lines = [...wantedLines(paths, wanted.isShared), ...wanted.extra];
  const missing = lines.filter((line) => !present.has(line));
  if (missing.length === 0 && text === before) return { part: "ignore", path: file, outcome: "kept" };
  const added = `${text === "" || text.endsWith("\n") ? "" : eol}${missing.map((line) => line + eol).join("")}`;
  const path = join(paths.root, file);
  // Appending leaves what a person writes at the same moment; only a line to be taken out needs a new file.
  if (text === before) await appendFile(path, added);
  else await replaceFile(path, text + added);
  return {
    part: "ignore",
    path: file,
    outcome: before === "" ? "created" : "changed",
    detail: missing.join(" "),
  };
}

/** The worktrees' folder, where it lies inside the project. */
function worktreesLine(paths: ProjectPaths): readonly string[] {
  const below = relative(paths.root, paths.worktreesDirectory).split(sep).join("/");
  if (below === "" || below === ".." || below.startsWith("../") || below.startsWith("/")) return [];
  return [below === "worktrees" ? "worktrees/" : `/${below}/`];
}

async function readIgnore(paths: ProjectPaths): Promise<string> {
  try {
    return await readFile(join(paths.root, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
