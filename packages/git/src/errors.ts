/** What each error code of this package carries. */
export interface GitErrorData {
  /** git ran and said no. `stderr` is cut to 4,000 characters. */
  GIT_FAILED: { readonly args: readonly string[]; readonly exitCode: number; readonly stderr: string };
  /** git was ended by a signal before it was through. What it did until then is unknown. */
  GIT_STOPPED: { readonly args: readonly string[]; readonly signal: string };
  /** There is no git program on PATH. */
  GIT_MISSING: { readonly path: string };
  /** The git on PATH is older than what is needed. */
  GIT_TOO_OLD: { readonly version: string; readonly needed: string };
  /** git was not through within `timeoutMs` milliseconds, and was stopped. */
  GIT_TIMEOUT: { readonly args: readonly string[]; readonly timeoutMs: number };
  /** git wrote more than `limitBytes` to standard output. */
  OUTPUT_TOO_LARGE: { readonly args: readonly string[]; readonly limitBytes: number };
  /** The folder belongs to no git repository, or the repository has no checkout. */
  NOT_A_REPOSITORY: { readonly path: string };
  /** A name that git does not accept for a ref or branch. */
  REF_NAME_INVALID: { readonly ref: string };
  /** A compare-and-swap lost: the ref is at `actual` (absent = it does not exist). */
  REF_MOVED: {
    readonly ref: string;
    readonly expected: string | undefined;
    readonly actual: string | undefined;
  };
  /** Another git process holds the ref's lock file, or left it behind. */
  REF_LOCKED: { readonly ref: string; readonly stderr: string };
  /** A name that is no commit here. */
  COMMIT_NOT_FOUND: { readonly name: string };
  /** The two commits have no commit in common, and nobody said that they may. */
  UNRELATED_HISTORIES: { readonly ours: string; readonly theirs: string };
  /** Local changes in the checkout of the merge target touch the same files. Nothing was moved. */
  CHECKOUT_OVERLAP: {
    readonly branch: string;
    readonly worktree: string;
    readonly files: readonly string[];
  };
  /** The checkout of the merge target is in the middle of something (a merge, a running git). Nothing was moved. */
  CHECKOUT_BUSY: { readonly branch: string; readonly worktree: string; readonly stderr: string };
  /** Checked out in several worktrees at once, so that no move keeps all of them consistent. */
  BRANCH_CHECKED_OUT: { readonly branch: string; readonly worktrees: readonly string[] };
  /** A branch is not deleted while it has commits that `into` lacks. */
  BRANCH_NOT_MERGED: { readonly branch: string; readonly into: string };
  /** `removeWorktree` refuses a worktree with changed or untracked files. */
  WORKTREE_NOT_CLEAN: { readonly path: string; readonly files: readonly string[] };
  /** The folder is no linked worktree of this repository. */
  WORKTREE_NOT_FOUND: { readonly path: string };
  /** Somebody locked the worktree (`git worktree lock`); `reason` may be empty. */
  WORKTREE_LOCKED: { readonly path: string; readonly reason: string };
  /** Continue or abort was asked for and no rebase is open. */
  NO_REBASE: { readonly path: string };
  /** A rebase is open in the worktree already. */
  REBASE_OPEN: { readonly path: string };
}

/** Every code that a `GitError` may have. Codes stay; a new version may add some. */
export type GitErrorCode = keyof GitErrorData;

const marker = Symbol.for("@wiggum/git/error");

/** Every failure of this package that a caller may handle. `code` is stable, the message is for people, `hint` says the next step. */
export class GitError<Code extends GitErrorCode = GitErrorCode> extends Error {
  override readonly name = "GitError";
  readonly [marker] = true;
  readonly code: Code;
  readonly data: GitErrorData[Code];
  readonly hint: string | undefined;

  constructor(
    code: Code,
    message: string,
    data: GitErrorData[Code],
    extra: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.data = data;
    this.hint = extra.hint;
  }
}

/** Is this a `GitError` (of that code)? Works across copies of the package. */
export function isGitError<Code extends GitErrorCode>(value: unknown, code?: Code): value is GitError<Code> {
  if (typeof value !== "object" || value === null) return false;
  if ((value as Record<symbol, unknown>)[marker] !== true) return false;
  return code === undefined || (value as GitError).code === code;
}
