import {
  branchRef,
  type CommitId,
  createRef,
  deleteRef,
  type Git,
  isGitError,
  listRefs,
  readRef,
  updateRef,
} from "@wiggum/git";
import { printable, type TicketId } from "@wiggum/ticket-core";
import { featureBranch } from "../branch-names.js";
import type { HostAnswer } from "./gh-program.js";

/** A repository that work is pushed to, by the name of its remote. */
export interface PushTarget {
  readonly git: Git;
  readonly remote: string;
  /** Longest exchange, milliseconds. */
  readonly timeoutMs: number;
}

/** Where the remote's branch is known to be, since we pushed it there. */
const publishedRef = (ticketId: TicketId) => `refs/wiggum/published/${ticketId}`;
const remoteBaseRef = "refs/wiggum/published-base";

/** What became of a push. `rejected`: somebody else pushed to that branch. */
export type PushAnswer = HostAnswer<CommitId> | { readonly status: "rejected"; readonly why: string };

/** Where a ticket's feature branch is, and where it was when it was pushed last. */
export interface Work {
  readonly tip: CommitId;
  readonly published?: CommitId | undefined;
}

/** The work of these tickets, in one look; one without a feature branch is left out. */
export async function readPushes(
  git: Git,
  ticketIds: readonly TicketId[],
): Promise<ReadonlyMap<TicketId, Work>> {
  const names = ticketIds.flatMap((id) => [branchRef(featureBranch(id)), publishedRef(id)]);
  const refs = new Map((await listRefs(git, names)).map(({ name, commit }) => [name, commit]));
  return new Map(
    ticketIds.flatMap((id) => {
      const tip = refs.get(branchRef(featureBranch(id)));
      return tip === undefined ? [] : [[id, { tip, published: refs.get(publishedRef(id)) }] as const];
    }),
  );
}

/** Sees to it that the remote has the ticket's work. Asks nobody where it was pushed already. */
export async function pushWork(
  { git, remote, timeoutMs }: PushTarget,
  ticketId: TicketId,
  { tip, published }: Work,
): Promise<PushAnswer> {
  const branch = featureBranch(ticketId);
  if (published === tip) return { status: "answered", value: tip };
  try {
    // Never forced: what somebody else pushed there is theirs.
    await git.run(["push", "--quiet", "--no-verify", "--", remote, `${tip}:${branchRef(branch)}`], {
      timeoutMs,
    });
  } catch (error) {
    if (isGitError(error, "GIT_TIMEOUT"))
      return { status: "failed", why: `${remote} did not answer in time` };
    if (!isGitError(error, "GIT_FAILED")) throw error;
    const { stderr } = error.data;
    if (/\[rejected\]|non-fast-forward|fetch first/.test(stderr)) {
      return { status: "rejected", why: `${remote} has commits on ${branch} that are not here` };
    }
    return failed(remote, stderr);
  }
  if (published === undefined) await createRef(git, publishedRef(ticketId), tip, "wiggum: pushed");
  else await updateRef(git, publishedRef(ticketId), tip, published, "wiggum: pushed");
  return { status: "answered", value: tip };
}

/** Fetches the base branch of the remote, beside everything that a person has fetched. Answers where it is. */
export async function fetchBase(
  { git, remote, timeoutMs }: PushTarget,
  base: string,
): Promise<HostAnswer<CommitId>> {
  try {
    const refspec = `+${branchRef(base)}:${remoteBaseRef}`;
    await git.run(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", remote, refspec], {
      timeoutMs,
    });
  } catch (error) {
    if (isGitError(error, "GIT_TIMEOUT"))
      return { status: "failed", why: `${remote} did not answer in time` };
    if (!isGitError(error, "GIT_FAILED")) throw error;
    return failed(remote, error.data.stderr);
  }
  const commit = await readRef(git, remoteBaseRef);
  if (commit === undefined) return { status: "failed", why: `${remote} has no branch ${base}` };
  return { status: "answered", value: commit };
}

/** The ticket needs no pushes any more. */
export async function forgetPushes(git: Git, ticketId: TicketId): Promise<void> {
  const published = await readRef(git, publishedRef(ticketId));
  if (published !== undefined) await deleteRef(git, publishedRef(ticketId), published);
}

function failed(remote: string, stderr: string): HostAnswer<never> {
  const said = printable(stderr.trim().split("\n").slice(-2).join("; ")).slice(0, 400);
  const isUnknown =
    /does not appear to be a git repository|No such remote|No configured push destination/.test(stderr);
  return {
    status: "failed",
    why: `git could not exchange with ${printable(remote)}: ${said}`,
    ...(isUnknown
      ? { next: "Name a remote that exists (git remote -v) as publish.remote in config.yaml" }
      : {}),
  };
}
