import { appendFile, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { InitPart } from "./init-report.js";
import { ignoredPaths, type ProjectPaths } from "./project-paths.js";
import { replaceFile } from "./write-files.js";

const file = ".gitignore";

/** Does the project hide only its data? Then a team commits the rest. */
export async function isSharedProject(paths: ProjectPaths): Promise<boolean> {
  const lines = (await readIgnore(paths)).split(/\r?\n/);
  return ignoredPaths("data").every((line) => lines.includes(line)) && !ignoredPaths("everything").some((line) => lines.includes(line));
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
  const scope = wanted.isShared ? "data" : "everything";
  const surplus = wanted.isShared ? ignoredPaths("everything") : [];
  const kept = before.split("\n").filter((line) => !surplus.includes(line.replace(/\r$/, "")));
  const text = kept.join("\n");
  const present = new Set(kept.map((line) => line.replace(/\r$/, "")));
  const missing = [...ignoredPaths(scope), ...worktreesLine(paths), ...wanted.extra].filter((line) => !present.has(line));
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
