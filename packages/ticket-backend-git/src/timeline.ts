// The history of `main` as one line of steps, each with the files that it changed against the step before.
import { type OwnMessage, ownMessage } from "./commit-message.js";
import { type WalkedCommit, walkStraight } from "./in-process/walk-commits.js";
import type { ObjectId } from "./objects.js";
import { layoutFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";

export interface TimelineCommit {
  readonly id: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly authorName: string;
  readonly atSeconds: number;
  readonly message: string;
  /** Present in commits that Wiggum wrote. */
  readonly own?: OwnMessage | undefined;
}

/**
 * The commits through which `main` went from `from` (absent = the beginning) to `to`, oldest first; `undefined` when `from` is not
 * in the history of `to`.
 */
export function readMainline(
  place: StorePlace,
  from: ObjectId | undefined,
  to: ObjectId,
): readonly TimelineCommit[] | undefined {
  if (from === to) return [];
  const near = walkStraight(place.objects, to, from);
  if (near !== undefined && near.hasMet === (from !== undefined))
    return near.commits.map(timelineCommit).reverse();
  const log = readLog(place, { tip: to, without: from });
  const commits = new Map(log.map((commit) => [commit.id, commit]));
  const knowledge = knowledgeOf(log, from);
  const line: TimelineCommit[] = [];
  let at: ObjectId | undefined = to;
  while (at !== undefined && at !== from) {
    const commit = commits.get(at);
    if (commit === undefined) return undefined;
    line.push(commit);
    at = mainParent(commit, knowledge);
  }
  return at === from ? line.reverse() : undefined;
}

/** The newest of Wiggum's own commits in the history of `commit`. Each of them was made on top of all before. */
export function findNewestOwn(place: StorePlace, commit: ObjectId): ObjectId | undefined {
  const near = walkStraight(
    place.objects,
    commit,
    undefined,
    (each) => timelineCommit(each).own !== undefined,
  );
  const last = near?.commits.at(-1);
  // Down to our own, or to the root, which may be none of ours.
  if (last !== undefined) return timelineCommit(last).own === undefined ? undefined : last.id;
  for (let limit = 10; ; limit *= 10) {
    const found = readLog(place, { tip: commit, isOwn: true, mostCount: limit });
    const own = found.find((candidate) => candidate.own !== undefined);
    if (own !== undefined) return own.id;
    if (found.length < limit) return undefined;
  }
}

/**
 * The newest commit at or below this one up to which nothing is judged any more: our newest own, else the root that we made a new store
 * with. `undefined` = all of it is other people's: a store that is yet to be adopted is taken as it is.
 */
export function findTrusted(place: StorePlace, commit: ObjectId): ObjectId | undefined {
  const own = findNewestOwn(place, commit);
  if (own !== undefined) return own;
  const root = readMainline(place, undefined, commit)?.[0]?.id;
  const isOurs = root !== undefined && place.objects.sizes([`${root}:${layoutFile}`]).size === 1;
  return isOurs ? root : undefined;
}

/** The commits after `from` up to `to`, in any line, children first. `undefined` = `from` is not in the history of `to`. */
export function readSince(
  place: StorePlace,
  from: ObjectId,
  to: ObjectId,
): readonly TimelineCommit[] | undefined {
  const near = walkStraight(place.objects, to, from);
  if (near?.hasMet === true) return near.commits.map(timelineCommit);
  if (!place.isAncestor(from, to)) return undefined;
  return readLog(place, { tip: to, without: from });
}

export function timelineCommit({
  id,
  parents,
  authorName,
  atSeconds,
  committer,
  message,
}: WalkedCommit): TimelineCommit {
  return { id, parents, authorName, atSeconds, message, own: ownMessage(committer, message) };
}

/** Which commits of a history are wanted. */
export interface LogSelection {
  readonly tip: ObjectId;
  /** Not what is in the history of this one. */
  readonly without?: ObjectId | undefined;
  /** Only those that name an operation, which may still not be ours. */
  readonly isOwn?: boolean | undefined;
  /** Only those that changed one of these paths. */
  readonly paths?: readonly string[] | undefined;
  /** So many at most, the newest ones. */
  readonly mostCount?: number | undefined;
}

/** Commits as `git log` selects them, children before parents. */
export function readLog(place: StorePlace, selection: LogSelection): readonly TimelineCommit[] {
  if (place.history !== undefined) return place.history.log(selection);
  const { tip, without, isOwn, paths = [], mostCount } = selection;
  const { stdout } = place.git.runSync([
    "log",
    "-z",
    "--topo-order",
    "--no-show-signature",
    "--encoding=UTF-8",
    "--format=%H%x00%P%x00%an%x00%at%x00%cn <%ce>%x00%B",
    ...(isOwn === true ? ["--grep=^Op: "] : []),
    ...(mostCount === undefined ? [] : [`--max-count=${mostCount}`]),
    tip,
    ...(without === undefined ? [] : [`^${without}`]),
    "--",
    ...paths.map((path) => `:(literal)${path}`),
  ]);
  const fields = stdout.split("\0");
  const commits: TimelineCommit[] = [];
  for (let index = 0; index + 5 < fields.length; index += 6) {
    const [id = "", parents = "", authorName = "", atSeconds = "", committer = "", message = ""] =
      fields.slice(index, index + 6);
    commits.push({
      id,
      parents: parents.split(" ").filter((parent) => parent !== ""),
      authorName,
      atSeconds: Number(atSeconds),
      message,
      own: ownMessage(committer, message),
    });
  }
  return commits;
}

/** What can be reached from a commit. */
interface Knowledge {
  /** How many of our own commits: they lie on one line, so whoever reaches the newest reaches all. */
  readonly ownCount: number;
  readonly reachesStart: boolean;
}

/** `log` has children before parents. */
function knowledgeOf(
  log: readonly TimelineCommit[],
  from: ObjectId | undefined,
): ReadonlyMap<ObjectId, Knowledge> {
  const known = new Map<ObjectId, Knowledge>();
  if (from !== undefined) known.set(from, { ownCount: 0, reachesStart: true });
  for (const { id, parents, own } of log.toReversed()) {
    const below = parents.map((parent) => known.get(parent));
    known.set(id, {
      ownCount: Math.max(0, ...below.map((each) => each?.ownCount ?? 0)) + (own === undefined ? 0 : 1),
      reachesStart: below.some((each) => each?.reachesStart === true),
    });
  }
  return known;
}

/**
 * Where `main` was before this commit. Of a merge that somebody pushed, either parent may have been it. Wiggum's own commits all lie
 * on the line of `main`, so it is the parent that knows more of them; else the one that leads back to the start.
 */
function mainParent(
  { parents, own }: TimelineCommit,
  knowledge: ReadonlyMap<ObjectId, Knowledge>,
): ObjectId | undefined {
  // A join of ours with what an upstream had: its line is the first, unless one comes from what was only written here.
  if (own !== undefined) return parents.find((id) => knowledge.get(id)?.reachesStart === true) ?? parents[0];
  const rank = (id: ObjectId) => {
    const { ownCount = 0, reachesStart = false } = knowledge.get(id) ?? {};
    return ownCount * 2 + Number(reachesStart);
  };
  const best = Math.max(...parents.map(rank));
  return parents.find((id) => rank(id) === best);
}
