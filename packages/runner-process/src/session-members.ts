import { sessionMark } from "@wiggum/workflow";
import type { ProcessEntry, ProcessTable } from "./process-table.js";
import { readKeeper, type Session } from "./session-files.js";

/** What was found of a session at one look. */
export interface SessionMembers {
  /** Absent = it has ended. */
  readonly keeper: ProcessEntry | undefined;
  readonly others: readonly ProcessEntry[];
}

/**
 * Does the process itself prove that it belongs to this session? By the session's token in its environment; where that was cleared, by
 * the mark that it inherited. Post-hooks and what runs them are not ours, although an agent's command started them.
 */
export function isMember(session: Pick<Session, "token">, entry: ProcessEntry): boolean {
  if (entry.token !== undefined) return entry.token === session.token;
  return !entry.isOfHook && entry.mark !== undefined && entry.mark === sessionMark(session.token);
}

/**
 * Gives a look at all that is proved to belong to the session, except the calling process. Beside what proves it by itself these are: what
 * is in the session or group that the keeper (recognised by its token) leads, and what such processes have started. Seen once so, a
 * process stays one of them when its parents end. To be asked until nothing is found twice.
 */
export function createMemberSearch(session: Session, processes: ProcessTable): () => Promise<SessionMembers> {
  const seen = new Set<string>();
  return async () => {
    const keeperPid = await readKeeper(session);
    const all = await processes.list();
    const keeper = all.find((entry) => entry.pid === keeperPid && entry.token === session.token);
    const isOurs = (entry: ProcessEntry) => isMember(session, entry) || seen.has(nameOf(entry));
    if (keeper !== undefined) {
      for (const entry of all) {
        const isLed = entry.sessionId === keeper.pid || entry.groupId === keeper.pid;
        if (isLed) seen.add(nameOf(entry));
      }
    }
    const parents = all.filter(isOurs);
    for (const parent of parents) {
      for (const child of all) {
        if (child.parentPid !== parent.pid || isOurs(child) || !isSameKind(parent, child)) continue;
        if (!(await isStillChild(processes, parent, child))) continue;
        seen.add(nameOf(child));
        parents.push(child);
      }
    }
    const others = all.filter((entry) => entry !== keeper && entry.pid !== process.pid && isOurs(entry));
    return { keeper, others };
  };
}

/** Names one process for ever. */
export function nameOf(entry: Pick<ProcessEntry, "pid" | "startedAt">): string {
  return `${entry.pid} ${entry.startedAt}`;
}

/**
 * A child that bears another session's token, is of a hook or has laid its parent's mark aside left the session on purpose. (Where there are
 * marks, a child with the parent's proves itself; this is for systems without.)
 */
function isSameKind(parent: ProcessEntry, child: ProcessEntry): boolean {
  return child.token === undefined && !child.isOfHook && child.mark === parent.mark;
}

/** A list is no single moment: a parent's number may have been another's when its child was read. Looked at again, parent last. */
async function isStillChild(
  processes: ProcessTable,
  parent: ProcessEntry,
  child: ProcessEntry,
): Promise<boolean> {
  const childNow = await processes.read(child.pid);
  const parentNow = await processes.read(parent.pid);
  return (
    childNow?.startedAt === child.startedAt &&
    childNow.parentPid === parent.pid &&
    parentNow?.startedAt === parent.startedAt
  );
}
