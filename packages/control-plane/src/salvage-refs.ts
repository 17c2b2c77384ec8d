import { type CommitId, deleteRef, type Git, isGitError, listRefs } from "@wiggum/git";
import type { AgentId } from "@wiggum/workflow";
import type { Project } from "./project.js";
import { salvageName, salvagePrefix } from "./salvage-record.js";
import { ulidTime } from "./ulid.js";

/** A salvage point as its ref alone tells of it. */
export interface SalvagePoint {
  /** `<agent>/<ulid>` */
  readonly name: string;
  readonly agentId: AgentId;
  readonly ref: string;
  readonly commit: CommitId;
}

/** So long a salvage point is kept at least. */
export const keptDays = 30;
const keptMs = keptDays * 24 * 60 * 60_000;

/** A name that says it was made before that was made by a clock that stood wrong: how old it is cannot be told. */
const earliestMs = Date.parse("2020-01-01T00:00:00Z");

/** All salvage points. Refs of that place that we did not make are left out. */
export async function salvageRefs(git: Git): Promise<readonly SalvagePoint[]> {
  const refs = await listRefs(git, [salvagePrefix]);
  return refs.flatMap(({ name: ref, commit }) => {
    const named = salvageName(ref);
    return named === undefined ? [] : [{ ...named, ref, commit }];
  });
}

/** All salvage points by their names alone, oldest first. */
export async function salvagePoints(git: Git): ReturnType<Project["salvage"]["points"]> {
  const points = (await salvageRefs(git)).map(({ name, agentId }) => ({
    name,
    agentId,
    at: new Date(keptUntil(name).getTime() - keptMs).toISOString(),
    keptUntil: keptUntil(name).toISOString(),
  }));
  return points.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

/** From when on it may be dropped. `point` = its name or its ref. */
export function keptUntil(point: string): Date {
  return new Date(ulidTime(point.slice(point.lastIndexOf("/") + 1)) + keptMs);
}

/** Salvage points that were kept for their 30 days. One whose age cannot be told is not among them. */
export async function expiredSalvage(git: Git, now: Date): Promise<readonly SalvagePoint[]> {
  return (await salvageRefs(git)).filter(({ name }) => {
    const until = keptUntil(name).getTime();
    return until - keptMs >= earliestMs && until < now.getTime();
  });
}

/** Drops them. git itself removes their objects some weeks later: until then a commit's id brings it back. */
export async function dropExpiredSalvage(git: Git, now: Date): Promise<readonly SalvagePoint[]> {
  const dropped: SalvagePoint[] = [];
  for (const point of await expiredSalvage(git, now)) {
    try {
      await deleteRef(git, point.ref, point.commit);
      dropped.push(point);
    } catch (error) {
      // Another process was faster, or holds the ref: the next one tries again.
      if (!isGitError(error, "REF_MOVED") && !isGitError(error, "REF_LOCKED")) throw error;
    }
  }
  return dropped;
}
