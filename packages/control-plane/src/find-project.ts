import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { createGit, findTopLevel, listWorktrees, lookAtMovedWorktree } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { isLinkedFolder } from "./linked-control.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";

/** A project, seen from where the caller stands. Paths are absolute, symbolic links resolved. */
export interface FoundProject {
  readonly root: ProjectRoot;
  /** Top of the checkout that the caller stands in: the root itself, or a linked worktree of the repository. */
  readonly contextRoot: string;
}

/**
 * Finds the project of `cwd` from any folder of the main checkout, of an agent's worktree (wherever that lies) and of the views.
 * Decided by where the ticket store is and by git's common directory, never by the text of a path.
 * @throws NOT_A_PROJECT FOREIGN_FOLDER WORKTREE_COPIED
 */
export async function findProject(cwd: string): Promise<FoundProject> {
  const start = realPathOf(cwd);
  if (start === undefined) throw notAProject(cwd);
  let foreign: string | undefined;
  for (const folder of ancestors(start)) {
    const kind = inspectControlFolder(folder);
    if (kind === "ours") return { root: await mainRootOf(folder), contextRoot: folder };
    if (kind === "foreign") foreign ??= worktreePaths(folder).controlDirectory;
  }
  const owner = await ownerOfCheckout(start);
  if (owner !== undefined) return owner;
  if (foreign !== undefined) throw foreignFolder(foreign);
  throw notAProject(cwd);
}

/** Is there a control folder, and did Wiggum make it? `empty` is one that is just being made. */
export function inspectControlFolder(folder: string): "absent" | "empty" | "ours" | "foreign" {
  const control = worktreePaths(folder).controlDirectory;
  const status = statSync(control, { throwIfNoEntry: false });
  // A link that leads nowhere is in the way of a new one.
  if (status === undefined) return isLinkedFolder(control) ? "foreign" : "absent";
  if (!status.isDirectory()) return "foreign";
  const main = projectPaths(folder as ProjectRoot);
  const worktree = worktreePaths(folder);
  const signs = [main.marker, main.ticketStore, worktree.agentFile, join(worktree.ticketView, ".git")];
  const isOurs = () => signs.some((path) => existsSync(path));
  if (isOurs()) return "ours";
  if (isBeingMade(control, basename(main.marker))) return "empty";
  // Another process may have put the marker there since we looked for it.
  return isOurs() ? "ours" : "foreign";
}

export function foreignFolder(path: string): WorkflowError<"FOREIGN_FOLDER"> {
  return new WorkflowError(
    "FOREIGN_FOLDER",
    `${printable(path)} was not made by Wiggum`,
    { path },
    { hint: "Move that folder away, then run 'wiggum init'." },
  );
}

function notAProject(path: string): WorkflowError<"NOT_A_PROJECT"> {
  return new WorkflowError(
    "NOT_A_PROJECT",
    "Not in a wiggum project. Run 'wiggum init' first.",
    { path },
    {
      hint: "In your git repository: wiggum init. If it is set up already, go to a folder of it and try again.",
    },
  );
}

/** `init` makes the folder first and its marker at once after it; in between the folder is nobody else's. */
function isBeingMade(control: string, marker: string): boolean {
  return readdirSync(control).every((name) => name.startsWith(`${marker}.`));
}

/** The main root of the project whose control folder lies in `context`. */
async function mainRootOf(context: string): Promise<ProjectRoot> {
  if (hasStore(context)) return context as ProjectRoot;
  const enclosing = [...ancestors(dirname(context))];
  const shared = sharedDirectory(context);
  // Two checkouts of one repository may each be a project: an agent's worktree normally lies inside its own.
  refuseCopy(context, enclosing);
  const around = enclosing.find((folder) => hasStore(folder) && sharedDirectory(folder) === shared);
  if (shared !== undefined && around !== undefined) return around as ProjectRoot;
  const main = mainCheckout(shared);
  if (main !== undefined && hasStore(main)) return main as ProjectRoot;
  const found = (await checkoutsLike(context)) ?? [];
  const chosen =
    found.find((folder) => hasStore(folder)) ??
    // The store is lost or was never made here (settings that a team shares): the first checkout is the main one.
    found.find((folder) => inspectControlFolder(folder) === "ours") ??
    // A project that was moved: git no longer knows the worktree, the folder around it still says whose it is.
    (found.length === 0 ? enclosing.find((folder) => hasStore(folder)) : undefined) ??
    context;
  return chosen as ProjectRoot;
}

/** A person's own worktree has no control folder: the project is where another checkout of the repository has it. */
async function ownerOfCheckout(start: string): Promise<FoundProject | undefined> {
  const context = [...ancestors(start)].find((folder) => existsSync(join(folder, ".git")));
  if (context === undefined) return undefined;
  const main = mainCheckout(sharedDirectory(context));
  const candidates = main !== undefined && hasStore(main) ? [main] : ((await checkoutsLike(context)) ?? []);
  const owner = candidates.find((folder) => hasStore(folder));
  return owner === undefined ? undefined : { root: owner as ProjectRoot, contextRoot: context };
}

/** All checkouts of the repository of `context`, the main one first, each with the path that `context` has inside its own. */
async function checkoutsLike(context: string): Promise<readonly string[] | undefined> {
  // git is asked only when the files at hand do not answer: most commands never come here.
  const git = createGit({ cwd: context });
  const top = await findTopLevel(git);
  if (top === undefined) return undefined;
  const below = relative(realPathOf(top) ?? top, context);
  if (below === ".." || below.startsWith(`..${sep}`)) return undefined;
  const checkouts = (await listWorktrees(git)).filter(({ isBare }) => !isBare);
  return checkouts
    .map(({ path }) => realPathOf(join(path, below)))
    .filter((path): path is string => path !== undefined);
}

/** The git folder that all worktrees of a checkout's repository share, read from its own files; undefined where they do not say. */
function sharedDirectory(checkout: string): string | undefined {
  const entry = join(checkout, ".git");
  const link = readText(entry);
  if (link === undefined) return existsSync(entry) ? realPathOf(entry) : undefined;
  const gitDirectory = /^gitdir: (.+?)\r?\n?$/s.exec(link)?.[1];
  if (gitDirectory === undefined) return undefined;
  const own = resolve(checkout, gitDirectory);
  const common = readText(join(own, "commondir"))?.trim();
  // Without that file it is a whole repository that lies apart: a submodule's, or one of `git init --separate-git-dir`.
  return realPathOf(common === undefined ? own : resolve(own, common));
}

/**
 * A worktree that was copied together with its project leads git, and with it every command, to the original: who types there means the copy.
 * @throws WORKTREE_COPIED
 */
function refuseCopy(context: string, enclosing: readonly string[]): void {
  const copy = enclosing.find((folder) => hasStore(folder) && copiedFrom(context, folder) !== undefined);
  if (copy === undefined) return;
  throw worktreeCopied({ worktree: context, root: copy, original: copiedFrom(context, copy) ?? "" });
}

/** Where the original of a worktree is; undefined where it is no copy. */
function copiedFrom(worktree: string, root: string): string | undefined {
  const shared = sharedDirectory(root);
  const moved = shared === undefined ? undefined : lookAtMovedWorktree(worktree, shared);
  return moved?.kind === "copied" ? moved.original : undefined;
}

/** Nothing may be done with a worktree that git takes for the original's. */
export function worktreeCopied(data: {
  readonly worktree: string;
  readonly root: string;
  readonly original: string;
}): WorkflowError<"WORKTREE_COPIED"> {
  const { worktree, root, original } = data;
  return new WorkflowError(
    "WORKTREE_COPIED",
    `${printable(worktree)} is a copy: its .git still leads to ${printable(original)}, where the original works`,
    { worktree, original },
    {
      hint: `In ${printable(root)}: 'wiggum doctor --fix' makes it this project's own; the original stays as it is.`,
    },
  );
}

function mainCheckout(shared: string | undefined): string | undefined {
  return shared !== undefined && basename(shared) === ".git" ? dirname(shared) : undefined;
}

function hasStore(folder: string): boolean {
  return existsSync(projectPaths(folder as ProjectRoot).ticketStore);
}

function* ancestors(from: string): Generator<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    yield folder;
    if (dirname(folder) === folder) return;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Content of a small regular file; undefined where there is none (a folder `.git` is the main checkout's). */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
