// What the registry noted of agents are absolute paths: they lie once the project's folder was moved or copied.
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { AgentFacts, AgentHandle, SessionFacts } from "@wiggum/workflow";
import type { ProjectPaths } from "./project-paths.js";

/** Why the last session of an agent is over in a copy of its project: it goes on in the original, if anywhere. */
export const copiedReason = "copied";

/**
 * Corrects what is noted of an agent to where the project is now. Where the original of a copied project still exists, its sessions are none of
 * ours: without their handles nobody can reach them from here. Only looks at which files exist, and only where a path leads out of the project.
 */
export function factsHere(paths: ProjectPaths, facts: AgentFacts): AgentFacts {
  const worktree = worktreeHere(paths, facts);
  const session = facts.session === undefined ? undefined : sessionHere(paths, facts.agentId, facts.session);
  if (worktree === facts.worktree && session === facts.session) return facts;
  return {
    ...facts,
    ...(worktree === undefined ? {} : { worktree }),
    ...(session === undefined ? {} : { session }),
    isLive: facts.isLive && (session === facts.session || session?.handle !== undefined),
  };
}

/** As `factsHere`, for one session of an agent. */
export function sessionHere<Session extends SessionFacts>(
  paths: ProjectPaths,
  agentId: string,
  session: Session,
): Session {
  const { handle } = session;
  if (handle === undefined) return session;
  const folder = relative(paths.root, join(paths.stateRoot, agentId, String(session.generation)));
  const noted = Object.values(handle.data).find(
    (value): value is string => typeof value === "string" && value.endsWith(`${sep}${folder}`),
  );
  const former = noted?.slice(0, -folder.length - 1);
  if (noted === undefined || former === undefined || former === paths.root) return session;
  if (!existsSync(noted)) return { ...session, handle: movedHandle(handle, former, paths.root) };
  const { handle: _, ...rest } = session;
  return {
    ...rest,
    endedAt: session.endedAt ?? session.startedAt,
    endReason: session.endReason ?? copiedReason,
  } as Session;
}

function movedHandle(handle: AgentHandle, former: string, root: string): AgentHandle {
  const moved = Object.entries(handle.data).map(([name, value]) => {
    const isInside = typeof value === "string" && value.startsWith(`${former}${sep}`);
    return [name, isInside ? join(root, value.slice(former.length + 1)) : value];
  });
  return { ...handle, data: Object.fromEntries(moved) };
}

function worktreeHere({ root, worktreesDirectory }: ProjectPaths, facts: AgentFacts): string | undefined {
  const { worktree, agentId } = facts;
  const place = join(worktreesDirectory, agentId);
  const below = relative(root, place);
  const isUsual = worktree === undefined || worktree === place || worktree.startsWith(`${root}${sep}`);
  if (isUsual || below.startsWith("..") || !worktree.endsWith(`${sep}${below}`)) return worktree;
  if (existsSync(place) || !existsSync(worktree)) return place;
  // Another project's, which this one is a copy of, although its worktrees were not copied.
  return existsSync(join(worktree.slice(0, -below.length - 1), ".git")) ? place : worktree;
}
