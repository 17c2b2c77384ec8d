// What follows for a ticket from how its pull request stands. Pure.

/** A check of the newest commit of a pull request that did not pass. */
export interface FailedPullRequestCheck {
  readonly name: string;
  /** Page that shows more. */
  readonly url?: string | undefined;
}

/** What somebody wrote about a pull request. */
export interface PullRequestRemark {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  /** File and line that it is about. */
  readonly path?: string | undefined;
  readonly line?: number | undefined;
}

/** A pull request as its host tells of it. */
export interface PullRequestSight {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "merged" | "closed";
  /** The commit that it shows. */
  readonly head: string;
  readonly isConflicting: boolean;
  readonly failedChecks: readonly FailedPullRequestCheck[];
  /** Some of its checks have not ended. */
  readonly isChecking: boolean;
  /** Requests for changes, and comments of reviews and on lines. */
  readonly remarks: readonly PullRequestRemark[];
}

/** Something that its worker has to do. The same of the same commit has the same id. */
export interface PullRequestFinding {
  readonly id: string;
  readonly text: string;
}

/** What becomes of the ticket. */
export type PullRequestVerdict =
  | { readonly kind: "merged" }
  /** Closed without a merge: only a person knows why. */
  | { readonly kind: "closed" }
  | { readonly kind: "send-back"; readonly findings: readonly PullRequestFinding[] }
  | { readonly kind: "wait" };

/**
 * Judges by the commit that was pushed last: what is said of an older one is about to change. What was told before (`isTold`) is not told again, and while
 * checks are running nothing is: their failures come in one message.
 */
export function judgePullRequest(
  sight: PullRequestSight,
  pushed: string,
  isTold: (id: string) => boolean,
): PullRequestVerdict {
  if (sight.state !== "open") return { kind: sight.state };
  if (sight.head !== pushed) return { kind: "wait" };
  const { number, head } = sight;
  const conflict = {
    id: `pr-${number}-conflict-${head}`,
    text: "It conflicts with the branch that it is to be merged into. Run `wiggum rebase`, resolve, hand in again.",
  };
  const checks = sight.failedChecks.map(({ name, url }) => ({
    id: `pr-${number}-check-${head}-${name}`,
    text: `The check ${name} fails${url === undefined ? "" : `: ${url}`}`,
  }));
  const remarks = sight.remarks.map((remark) => ({
    id: `pr-${number}-remark-${remark.id}`,
    text: `${remark.author}${placeOf(remark)}: ${remark.text}`,
  }));
  const found = [
    ...(sight.isConflicting ? [conflict] : []),
    ...(sight.isChecking ? [] : checks),
    ...remarks,
  ].filter(({ id }) => !isTold(id));
  const isPatient = sight.isChecking && !sight.isConflicting;
  return found.length === 0 || isPatient ? { kind: "wait" } : { kind: "send-back", findings: found };
}

function placeOf({ path, line }: PullRequestRemark): string {
  if (path === undefined) return "";
  return line === undefined ? ` on ${path}` : ` on ${path}:${line}`;
}

/** How much of a host's hourly allowance is left. */
export interface HostQuota {
  readonly remaining: number;
  /** When it is whole again, milliseconds since 1970. */
  readonly resetsAtMs: number;
}

/**
 * Milliseconds until the host may be asked again: as often as is set, later after failures in a row, and not before the allowance is whole again once no
 * more than the reserve is left of it.
 */
export function untilNextPollMs(
  poll: {
    readonly lastMs: number | undefined;
    readonly everyMs: number;
    readonly failures: number;
    readonly quota?: HostQuota | undefined;
    readonly reserve: number;
  },
  nowMs: number,
): number {
  const { lastMs, everyMs, failures, quota, reserve } = poll;
  if (lastMs === undefined) return 0;
  const factor = 2 ** Math.min(failures, 6);
  const dueMs = lastMs + everyMs * factor;
  const isSpent = quota !== undefined && quota.remaining <= reserve && quota.resetsAtMs > nowMs;
  return Math.max(0, dueMs - nowMs, isSpent ? quota.resetsAtMs - nowMs : 0);
}
