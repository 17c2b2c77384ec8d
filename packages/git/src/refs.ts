import { setTimeout } from "node:timers/promises";
import type { CommitId } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError, isGitError } from "./errors.js";
import { lookAtRef } from "./look-at-ref.js";
import { printable } from "./printable.js";

/** A ref and where it stands. */
export interface Ref {
  /** Full name, for example `refs/heads/main`. */
  readonly name: string;
  readonly commit: CommitId;
  /** The checkout that is on this branch, if there is one. */
  readonly worktreePath?: string | undefined;
}

/** The object that a full ref name holds; `undefined` = it does not exist. @throws REF_NAME_INVALID */
export async function readRef(git: Git, ref: string): Promise<CommitId | undefined> {
  requireFullName(ref);
  const seen = lookAtRef(git, ref);
  if (seen !== "unclear") return seen === "absent" ? undefined : seen.id;
  const answer = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", ref], {
    allowedExitCodes: [0, 1, 128],
  });
  return answer.exitCode === 0 ? answer.stdout.trim() : undefined;
}

/** Makes a ref that must not exist. @throws REF_MOVED it exists, REF_LOCKED, REF_NAME_INVALID */
export async function createRef(git: Git, ref: string, commit: CommitId, reason = "wiggum"): Promise<void> {
  await swap(git, ref, commit, undefined, reason);
}

/** Moves a ref from `expected` to `commit`, or moves nothing. @throws REF_MOVED REF_LOCKED REF_NAME_INVALID */
export async function updateRef(
  git: Git,
  ref: string,
  commit: CommitId,
  expected: CommitId,
  reason = "wiggum",
): Promise<void> {
  await swap(git, ref, commit, expected, reason);
}

/** Deletes a ref that is at `expected`, or deletes nothing. @throws REF_MOVED REF_LOCKED REF_NAME_INVALID */
export async function deleteRef(git: Git, ref: string, expected: CommitId): Promise<void> {
  requireFullName(ref);
  try {
    await git.run(["update-ref", "--no-deref", "-d", ref, expected]);
  } catch (error) {
    throw await explained(git, error, ref, expected);
  }
}

/** Refs below the given prefixes or patterns (`refs/heads/feature/`), sorted by name; without any, all. */
export async function listRefs(git: Git, patterns: readonly string[] = []): Promise<readonly Ref[]> {
  const { stdout } = await readRefsAndWorktrees(git, patterns);
  const refs: Ref[] = [];
  for (const line of stdout.split("\0\n")) {
    const [name, commit, worktreePath] = line.split("\0");
    if (!name || !commit) continue;
    refs.push({ name, commit, ...(worktreePath ? { worktreePath } : {}) });
  }
  return refs;
}

/** How often to look again at a worktree that is being made, and how long to wait before each look, milliseconds. */
const halfMadeLooks = 40;
const halfMadeWaitMs = 25;

/** git refuses to list the places of worktrees while another process is in the middle of `git worktree add`: that passes. */
async function readRefsAndWorktrees(git: Git, patterns: readonly string[]) {
  const command = ["for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)%00", ...patterns];
  for (let look = 1; ; look += 1) {
    try {
      return await git.run(command);
    } catch (error) {
      if (look === halfMadeLooks || !isHalfMadeWorktree(error)) throw error;
      await setTimeout(halfMadeWaitMs);
    }
  }
}

function isHalfMadeWorktree(error: unknown): boolean {
  return (
    isGitError(error, "GIT_FAILED") && /worktrees\/[^/]+\/(?:commondir|gitdir|HEAD)/.test(error.data.stderr)
  );
}

/** Sees to it that git accepts this as the full name of a ref (`refs/heads/main`). @throws REF_NAME_INVALID */
export async function requireRefName(git: Git, ref: string): Promise<void> {
  const isText = ref !== "" && !ref.startsWith("-") && !ref.includes("\0");
  const answer = isText ? await git.run(["check-ref-format", ref], { allowedExitCodes: [0, 1] }) : undefined;
  if (answer?.exitCode !== 0) throw invalidRefName(ref);
}

async function swap(
  git: Git,
  ref: string,
  commit: CommitId,
  expected: CommitId | undefined,
  reason: string,
): Promise<void> {
  requireFullName(ref);
  try {
    // An all-zero old value means "must not exist"; the empty string says so for every hash.
    await git.run(["update-ref", "--no-deref", "-m", reason, ref, commit, expected ?? ""]);
  } catch (error) {
    throw await explained(git, error, ref, expected);
  }
}

async function explained(
  git: Git,
  error: unknown,
  ref: string,
  expected: CommitId | undefined,
): Promise<unknown> {
  if (!isGitError(error, "GIT_FAILED")) return error;
  const { stderr } = error.data;
  if (/bad name|not a valid ref|invalid refname|refusing to update ref with bad name/.test(stderr)) {
    return invalidRefName(ref);
  }
  const actual = await readRef(git, ref);
  if (actual !== expected) {
    const place = actual === undefined ? "does not exist" : `is at ${actual}`;
    return new GitError(
      "REF_MOVED",
      `${printable(ref)} ${place}, not ${expected === undefined ? "absent" : `at ${expected}`}`,
      { ref, expected, actual },
      { hint: "Somebody moved it in between: look again.", cause: error },
    );
  }
  if (/Unable to create '.*\.lock'/s.test(stderr)) {
    return new GitError(
      "REF_LOCKED",
      `${printable(ref)} is locked by another git process`,
      { ref, stderr },
      { hint: "Try again; a lock file that stays was left by a git process that was killed.", cause: error },
    );
  }
  // The other one may have come and gone between our attempt and our look.
  if (/but expected/.test(stderr)) {
    return new GitError(
      "REF_MOVED",
      `${printable(ref)} was moved by somebody else`,
      { ref, expected, actual },
      { cause: error },
    );
  }
  return error;
}

function requireFullName(ref: string): void {
  if (!ref.startsWith("refs/") || ref.includes("\0")) throw invalidRefName(ref);
}

/** The error for a name that is none. */
export function invalidRefName(ref: string): GitError {
  return new GitError("REF_NAME_INVALID", `${printable(ref)} is no name for a ref`, { ref });
}
