import { lstatSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Git } from "./create-git.js";
import { GitError, isGitError } from "./errors.js";

/** The version of a git program; `text` as it tells it, `2.47.1`. */
export interface GitVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** `git merge-tree --write-tree`, which merges without a checkout, came with 2.38. */
export const oldestGit = { major: 2, minor: 38 } as const;

/** The version of the git that runs. @throws GIT_MISSING */
export async function gitVersion(git: Git): Promise<GitVersion> {
  const { stdout } = await git.run(["version"]);
  const text = /(\d+)\.(\d+)[\w.]*/.exec(stdout);
  return { text: text?.[0] ?? stdout.trim(), major: Number(text?.[1] ?? 0), minor: Number(text?.[2] ?? 0) };
}

/** Sees to it that git is there and new enough (`oldestGit`), and answers its version. @throws GIT_TOO_OLD GIT_MISSING */
export async function requireGit(git: Git): Promise<GitVersion> {
  const version = await gitVersion(git);
  const { major, minor } = oldestGit;
  if (version.major > major || (version.major === major && version.minor >= minor)) return version;
  throw new GitError(
    "GIT_TOO_OLD",
    `git ${version.text} is too old, ${major}.${minor} or newer is needed`,
    { version: version.text, needed: `${major}.${minor}` },
    { hint: `Install git ${major}.${minor} or newer.` },
  );
}

/** Top folder of the checkout that the working directory is in. @throws NOT_A_REPOSITORY also in a bare repository */
export async function topLevel(git: Git): Promise<string> {
  return withoutLineEnd((await git.run(["rev-parse", "--show-toplevel"])).stdout);
}

/** As `topLevel`, `undefined` outside of any checkout. */
export async function findTopLevel(git: Git): Promise<string | undefined> {
  try {
    return await topLevel(git);
  } catch (error) {
    if (isGitError(error, "NOT_A_REPOSITORY")) return undefined;
    throw error;
  }
}

/** The folder that all worktrees of a repository share (`<main>/.git`), absolute, symlinks resolved. @throws NOT_A_REPOSITORY */
export async function commonDirectory(git: Git): Promise<string> {
  const stamp = stampOfRepository(git.options.cwd ?? process.cwd());
  const known = commonDirectories.get(git);
  if (known !== undefined && known.stamp === stamp) return known.path;
  const path = absolute(git, withoutLineEnd((await git.run(["rev-parse", "--git-common-dir"])).stdout));
  if (stamp !== undefined) commonDirectories.set(git, { stamp, path });
  return path;
}

/** What git answered: whoever looks after a project asks this again and again, and the answer hangs on one folder entry. */
const commonDirectories = new WeakMap<Git, { readonly stamp: string; readonly path: string }>();

/** Names the `.git` in this very folder, and what it holds where that is a file. Absent = there is none, and git looks further up. */
function stampOfRepository(folder: string): string | undefined {
  const found = lstatSync(join(folder, ".git"), { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return `${found.dev}:${found.ino}${found.isDirectory() ? "" : `:${found.mtimeMs}:${found.size}`}`;
}

/** This worktree's own git folder (`<main>/.git/worktrees/x` in a linked one), absolute, symlinks resolved. @throws NOT_A_REPOSITORY */
export async function gitDirectory(git: Git): Promise<string> {
  return absolute(git, withoutLineEnd((await git.run(["rev-parse", "--absolute-git-dir"])).stdout));
}

/** What HEAD names. */
export interface Head {
  /** Short name of the branch that HEAD names, absent when HEAD is detached. */
  readonly branch?: string | undefined;
  /** Absent = the branch has no commit yet (unborn). */
  readonly commit?: string | undefined;
}

/** Where HEAD is. An empty repository has a branch and no commit. @throws NOT_A_REPOSITORY */
export async function readHead(git: Git): Promise<Head> {
  const symbolic = await git.run(["symbolic-ref", "--quiet", "HEAD"], { allowedExitCodes: [0, 1] });
  const name = withoutLineEnd(symbolic.stdout);
  const resolved = await git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    allowedExitCodes: [0, 1],
  });
  const commit = withoutLineEnd(resolved.stdout);
  return {
    ...(symbolic.exitCode === 0 ? { branch: name.replace(/^refs\/heads\//, "") } : {}),
    ...(resolved.exitCode === 0 ? { commit } : {}),
  };
}

/**
 * The branch that finished work goes to: the name of `origin/HEAD` where a local branch has it, else `main`, else `master`, else
 * the branch of HEAD. Absent in a repository whose HEAD is detached and that has none of these.
 */
export async function defaultBranch(git: Git): Promise<string | undefined> {
  return (await conventionalBranch(git)) ?? (await readHead(git)).branch;
}

/** As `defaultBranch`, but wherever HEAD is: `undefined` where nothing but HEAD names one, which moves with each checkout. */
export async function conventionalBranch(git: Git): Promise<string | undefined> {
  const remote = await git.run(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], {
    allowedExitCodes: [0, 1],
  });
  const fromRemote = withoutLineEnd(remote.stdout).replace(/^refs\/remotes\/origin\//, "");
  for (const name of remote.exitCode === 0 ? [fromRemote, "main", "master"] : ["main", "master"]) {
    const found = await git.run(["show-ref", "--verify", "--quiet", `refs/heads/${name}`], {
      allowedExitCodes: [0, 1],
    });
    if (found.exitCode === 0) return name;
  }
  return undefined;
}

/** A value of the configuration as git resolves it; `undefined` = not set. */
export async function configValue(git: Git, key: string): Promise<string | undefined> {
  const { stdout, exitCode } = await git.run(["config", "--get", "--null", key], {
    allowedExitCodes: [0, 1],
  });
  return exitCode === 0 ? stdout.replace(/\0$/, "") : undefined;
}

/** A yes-or-no value of the configuration; unset or unreadable = `false`. */
export async function configIsTrue(git: Git, key: string): Promise<boolean> {
  const answer = await git.run(["config", "--type=bool", "--get", key], { allowedExitCodes: [0, 1, 128] });
  return answer.exitCode === 0 && answer.stdout.trim() === "true";
}

function absolute(git: Git, path: string): string {
  return realpathSync(resolve(git.options.cwd ?? process.cwd(), path));
}

// A path may end in any white space but the line end that git adds.
function withoutLineEnd(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
