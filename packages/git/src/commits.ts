import type { Git } from "./create-git.js";
import { GitError } from "./errors.js";
import { pathText } from "./path-text.js";
import { printable } from "./printable.js";
import { configIsTrue } from "./repository.js";

/** Forty hex digits (sixty-four in a sha256 repository). */
export type CommitId = string;

/** Who stands in a commit, as author and committer. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Who writes where no person is configured. */
export const wiggumIdentity: Identity = { name: "wiggum", email: "wiggum@local" };

/** The commit that `name` (branch, tag, id, `HEAD~2`, ...) stands for; `undefined` = none. A name is never taken for an option. */
export async function resolveCommit(git: Git, name: string): Promise<CommitId | undefined> {
  // git cuts an argument at a NUL, and "" would be an option-like nothing.
  if (name === "" || name.includes("\0")) return undefined;
  const { stdout, exitCode } = await git.run(
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`],
    { allowedExitCodes: [0, 1, 128] },
  );
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** The id of the commit that a name stands for: a branch, a tag, a beginning of an id. @throws COMMIT_NOT_FOUND */
export async function requireCommit(git: Git, name: string): Promise<CommitId> {
  const commit = await resolveCommit(git, name);
  if (commit !== undefined) return commit;
  throw new GitError("COMMIT_NOT_FOUND", `There is no commit ${printable(name)} here`, { name });
}

/** Is `ancestor` in the history of `commit` (or the same)? @throws COMMIT_NOT_FOUND */
export async function isAncestor(git: Git, ancestor: string, commit: string): Promise<boolean> {
  const pair = [await requireCommit(git, ancestor), await requireCommit(git, commit)];
  const answer = await git.run(["merge-base", "--is-ancestor", ...pair], { allowedExitCodes: [0, 1] });
  return answer.exitCode === 0;
}

/** The best common ancestor; `undefined` for unrelated histories. @throws COMMIT_NOT_FOUND */
export async function mergeBase(git: Git, one: string, other: string): Promise<CommitId | undefined> {
  const pair = [await requireCommit(git, one), await requireCommit(git, other)];
  const answer = await git.run(["merge-base", ...pair], { allowedExitCodes: [0, 1] });
  return answer.exitCode === 0 ? answer.stdout.trim() : undefined;
}

/** A commit without its changes. `subject` is the first line of its message. */
export interface CommitSummary {
  readonly id: CommitId;
  readonly parents: readonly CommitId[];
  readonly author: Identity;
  /** ISO 8601 with the author's offset. */
  readonly at: string;
  readonly subject: string;
}

/** Commits that `to` has and `from` lacks, newest first, at most `limit` (default 1,000). @throws COMMIT_NOT_FOUND */
export async function commitsBetween(
  git: Git,
  from: string,
  to: string,
  limit = 1000,
): Promise<readonly CommitSummary[]> {
  const pair = [await requireCommit(git, from), await requireCommit(git, to)];
  const { stdout } = await git.run([
    "log",
    "-z",
    "--no-show-signature",
    `--max-count=${limit}`,
    "--format=%H%n%P%n%an%n%ae%n%aI%n%s",
    `${pair[0]}..${pair[1]}`,
    "--",
  ]);
  return stdout
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [id = "", parents = "", name = "", email = "", at = "", ...subject] = entry.split("\n");
      return {
        id,
        parents: parents.split(" ").filter((parent) => parent !== ""),
        author: { name, email },
        at,
        subject: subject.join(" "),
      };
    });
}

/** How many commits `to` has that `from` lacks. @throws COMMIT_NOT_FOUND */
export async function countCommitsBetween(git: Git, from: string, to: string): Promise<number> {
  const pair = [await requireCommit(git, from), await requireCommit(git, to)];
  return Number((await git.run(["rev-list", "--count", `${pair[0]}..${pair[1]}`, "--"])).stdout.trim());
}

/** Files that differ between two commits, as `pathText` makes them; a rename counts as both names. @throws COMMIT_NOT_FOUND */
export async function changedFiles(git: Git, from: string, to: string): Promise<readonly string[]> {
  const pair = [await requireCommit(git, from), await requireCommit(git, to)];
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", ...pair, "--"];
  const { stdoutBytes } = await git.run(args);
  return pathText(stdoutBytes)
    .split("\0")
    .filter((name) => name !== "");
}

/** A commit to be written of a tree that exists. Nothing refers to it then. */
export interface NewCommit {
  /** A tree id. */
  readonly tree: string;
  readonly parents: readonly CommitId[];
  readonly message: string;
  /** Default: the person's where git knows one, else `wiggumIdentity`. */
  readonly identity?: Identity | undefined;
  /** `person` signs where `commit.gpgsign` is on; `never` (default) does not. */
  readonly sign?: "person" | "never" | undefined;
}

/** Writes a commit object; moves nothing. */
export async function writeCommit(git: Git, commit: NewCommit): Promise<CommitId> {
  const isSigned = commit.sign === "person" && (await configIsTrue(git, "commit.gpgsign"));
  const { stdout } = await git
    .with({ env: { ...git.options.env, ...(await identityVariables(git, commit.identity)) } })
    .run(
      [
        "commit-tree",
        ...(isSigned ? ["-S"] : []),
        ...commit.parents.flatMap((parent) => ["-p", parent]),
        commit.tree,
      ],
      { input: commit.message.endsWith("\n") ? commit.message : `${commit.message}\n` },
    );
  return stdout.trim();
}

/** Does git know who the person is (configuration or environment), without guessing from the host name? */
export async function hasIdentity(git: Git): Promise<boolean> {
  for (const variable of ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"]) {
    const answer = await git.run(["-c", "user.useConfigOnly=true", "var", variable], {
      allowedExitCodes: [0, 1, 128],
    });
    if (answer.exitCode !== 0) return false;
  }
  return true;
}

/** Variables that make git write as `identity`; none where the person's own is to be used. */
export async function identityVariables(git: Git, identity?: Identity): Promise<Record<string, string>> {
  const chosen = identity ?? ((await hasIdentity(git)) ? undefined : wiggumIdentity);
  if (chosen === undefined) return {};
  return {
    GIT_AUTHOR_NAME: chosen.name,
    GIT_AUTHOR_EMAIL: chosen.email,
    GIT_COMMITTER_NAME: chosen.name,
    GIT_COMMITTER_EMAIL: chosen.email,
  };
}
