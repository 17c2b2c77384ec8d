import type { Project } from "@wiggum/control-plane";
import { explain } from "./failure.js";
import { counted } from "./render/counted.js";
import { duration } from "./render/duration.js";

/** How the tickets stand to their upstream, as `wiggum status` tells it. Of the last exchange: the upstream is not asked. */
export interface UpstreamStatus {
  /** As the settings say it. */
  readonly url: string;
  readonly branch: string;
  /** Whose word counts: `local` or `upstream`. */
  readonly authority: string;
  readonly ahead: number;
  readonly aheadSince: string | null;
  readonly behind: number;
  /** Writes that wait for the upstream to accept them, and do not count yet. */
  readonly pending: number;
  readonly syncedAt: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly since: string | null } | null;
  /** Changes of this host that were refused and that nobody has taken note of. */
  readonly refused: number;
}

/** `undefined` = there is none. What cannot be used is told as a failure: the rest of the status stays. */
export async function collectUpstream(project: Project): Promise<UpstreamStatus | undefined> {
  const { upstream, settings } = project;
  if (upstream === undefined || settings.upstream === undefined) return undefined;
  const { url, branch, authority } = settings.upstream;
  try {
    const known = await upstream.status();
    const { ahead, aheadSince = null, behind, pending, syncedAt = null, failure, refused } = known;
    const { code, message, since } = failure ?? {};
    return {
      url,
      branch,
      authority,
      ahead,
      aheadSince,
      behind,
      pending,
      syncedAt,
      failure: code === undefined ? null : { code, message: message ?? "", since: since ?? null },
      refused: refused.length,
    };
  } catch (error) {
    const { code, message } = explain(error);
    if (code !== "UPSTREAM_UNUSABLE") throw error;
    const failure = { code, message, since: null };
    const nothing = { ahead: 0, aheadSince: null, behind: 0, pending: 0, syncedAt: null, refused: 0 };
    return { url, branch, authority, ...nothing, failure };
  }
}

/** Lines of `wiggum status`. */
export function upstreamLines(status: UpstreamStatus, nowMs: number): readonly string[] {
  const { url, branch, authority, ahead, aheadSince, behind, pending, syncedAt, failure, refused } = status;
  const age = (at: string) => duration(nowMs - Date.parse(at));
  const parts = [
    syncedAt === null ? "never reached" : `as of ${age(syncedAt)} ago`,
    ...(ahead === 0
      ? []
      : [`${counted(ahead, "change")} to send${aheadSince === null ? "" : ` (for ${age(aheadSince)})`}`]),
    ...(behind === 0 ? [] : [`${counted(behind, "change")} to take in`]),
    ...(pending === 0 ? [] : [`${counted(pending, "change")} sent or to be sent, and not counting yet`]),
    ...(ahead + behind + pending === 0 && syncedAt !== null && failure === null ? ["nothing to send"] : []),
    ...(refused === 0 ? [] : [`${counted(refused, "change")} refused ('wiggum doctor' names them)`]),
  ];
  return [
    `  ${url} ${branch}: ${parts.join(", ")}`,
    ...(authority === "upstream" ? ["  Its word counts: a change is made when it has accepted it."] : []),
    ...(failure === null
      ? []
      : [`  ${failure.message}${failure.since === null ? "" : ` (for ${age(failure.since)})`}`]),
  ];
}
