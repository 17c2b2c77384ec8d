import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { commonDirectory, type Git } from "@wiggum/git";
import { isSharedProject } from "./init-ignore.js";
import { ignoredPaths, type ProjectPaths } from "./project-paths.js";

/**
 * Keeps what a spawn puts into a worktree out of every commit, whatever the agent types (`git add -A`). The project's own `.gitignore`
 * may not be committed yet, so a new worktree may lack it: the repository's `info/exclude` holds for all worktrees.
 */
export async function hideOwnFiles(git: Git, paths: ProjectPaths): Promise<void> {
  const scope = (await isSharedProject(paths)) ? "data" : "everything";
  const below = relative(paths.root, paths.worktreesDirectory);
  const isInside = below !== "" && !below.startsWith("..") && !below.startsWith(sep);
  await exclude(git, [
    ...ignoredPaths(scope).map((path) => `/${path}`),
    ...(isInside ? [`/${escaped(below.split(sep).join("/"))}/`] : []),
  ]);
}

/**
 * Hides these paths of a worktree (from its top) unless git ignores or tracks them already. A link in the place of a folder is matched by
 * no pattern that ends in `/`, so a project that ignores `node_modules/` would see its link committed.
 */
export async function hidePaths(git: Git, worktree: string, made: readonly MadePath[]): Promise<void> {
  if (made.length === 0) return;
  const inside = git.with({ cwd: worktree, gitDirectory: undefined, workTree: undefined });
  const lines: string[] = [];
  for (const { path, isLink } of made) {
    const known = await inside.run(["ls-files", "--error-unmatch", "--", `:(literal)${path}`], {
      allowedExitCodes: [0, 1],
    });
    if (known.exitCode === 0 || (await isIgnored(inside, path))) continue;
    const pattern = `/${escaped(path)}`;
    lines.push(pattern);
    // The main checkout may have a folder there that its people still want to see.
    if (isLink && !(await isIgnored(git, `${path}/`))) lines.push(`!${pattern}/`);
  }
  await exclude(git, lines);
}

export interface MadePath {
  /** From the top of the worktree, forward slashes. */
  readonly path: string;
  readonly isLink: boolean;
}

async function isIgnored(git: Git, path: string): Promise<boolean> {
  const answer = await git.run(["check-ignore", "--quiet", "--", path], { allowedExitCodes: [0, 1] });
  return answer.exitCode === 0;
}

/** Appends what is missing, in one write: of two processes that do so at once one line may come twice, which does no harm. */
async function exclude(git: Git, lines: readonly string[]): Promise<void> {
  const path = join(await commonDirectory(git), "info", "exclude");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const present = new Set(text.split(/\r?\n/));
  const missing = lines.filter((line) => !present.has(line));
  if (missing.length === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const start = text === "" || text.endsWith("\n") ? "" : "\n";
  const heading = present.has(comment) ? "" : `${comment}\n`;
  await appendFile(path, `${start}${heading}${missing.map((line) => `${line}\n`).join("")}`);
}

const comment = "# wiggum: what agents' worktrees hold beside the code";

function escaped(path: string): string {
  return path.replace(/[\\*?[\]!# ]/g, "\\$&");
}
