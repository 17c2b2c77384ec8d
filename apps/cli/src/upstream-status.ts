import type { Project } from "@wiggum/control-plane";
import { explain } from "./failure.js";
import { counted } from "./render/counted.js";
import { duration } from "./render/duration.js";

/** How the tickets stand to their upstream, as `wiggum status` tells it. Of the last exchange: the upstream is not asked. */
export interface UpstreamStatus {
  /** As the settings say it. */
  readonly url: string;
  readonly branch: string;
  readonly ahead: number;
  readonly aheadSince: string | null;
  readonly behind: number;
  readonly syncedAt: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly since: string | null } | null;
  /** Changes of this host that were refused and that nobody has taken note of. */
  readonly refused: number;
}

/** `undefined` = there is none. What cannot be used is told as a failure: the rest of the status stays. */
export async function collectUpstream(project: Project): Promise<UpstreamStatus | undefined> {
  const { upstream, settings } = project;
  if (upstream === undefined || settings.upstream === undefined) return undefined;
  const { url, branch } = settings.upstream;
  try {
    const { ahead, aheadSince = null, behind, syncedAt = null, failure, refused } = await upstream.status();
    const { code, message, since } = failure ?? {};
    return {
      url,
      branch,
      ahead,
      aheadSince,
      behind,
      syncedAt,
      failure: code === undefined ? null : { code, message: message ?? "", since: since ?? null },
      refused: refused.length,
    };
  } catch (error) {
    const { code, message } = explain(error);
    if (code !== "UPSTREAM_UNUSABLE") throw error;
    const failure = { code, message, since: null };
    return { url, branch, ahead: 0, aheadSince: null, behind: 0, syncedAt: null, failure, refused: 0 };
  }
}

/** Lines of `wiggum status`. */
export function upstreamLines(status: UpstreamStatus, nowMs: number): readonly string[] {
  const { url, branch, ahead, aheadSince, behind, syncedAt, failure, refused } = status;
  const age = (at: string) => duration(nowMs - Date.parse(at));
  const parts = [
    syncedAt === null ? "never reached" : `as of ${age(syncedAt)} ago`,
    ...(ahead === 0
      ? []
      : [`${counted(ahead, "change")} to send${aheadSince === null ? "" : ` (for ${age(aheadSince)})`}`]),
    ...(behind === 0 ? [] : [`${counted(behind, "change")} to take in`]),
    ...(ahead + behind === 0 && syncedAt !== null && failure === null ? ["nothing to send"] : []),
    ...(refused === 0 ? [] : [`${counted(refused, "change")} refused ('wiggum doctor' names them)`]),
  ];
  return [
    `  ${url} ${branch}: ${parts.join(", ")}`,
    ...(failure === null
      ? []
      : [`  ${failure.message}${failure.since === null ? "" : ` (for ${age(failure.since)})`}`]),
  ];
}
