// The history of a repository without git: what `git log` and `git merge-base` answer, from the commits themselves.
import { plainCommit } from "../in-process/walk-commits.js";
import { type GitObjects, type ObjectId, parseCommit } from "../objects.js";
import type { HistoryWalk } from "../store-place.js";
import { type LogSelection, type TimelineCommit, timelineCommit } from "../timeline.js";

export interface CommitGraph extends HistoryWalk {
  isAncestor(ancestor: ObjectId, commit: ObjectId): boolean;
  mergeBase(one: ObjectId, other: ObjectId): ObjectId | undefined;
}

/** Keeps every commit that it has seen: commits never change. */
export function createCommitGraph(objects: GitObjects): CommitGraph {
  const known = new Map<ObjectId, TimelineCommit>();

  function read(id: ObjectId): TimelineCommit | undefined {
    const found = known.get(id);
    if (found !== undefined) return found;
    const object = objects.read([id]).get(id);
    if (object?.type !== "commit") return undefined;
    const commit = timelineCommit(plainCommit(id, object.content) ?? roughly(id, object.content));
    known.set(id, commit);
    return commit;
  }

  /** Everything that can be reached from `tip` and is not in `without`; parents before children. */
  function reach(tip: ObjectId, without: ReadonlySet<ObjectId> = new Set()): readonly TimelineCommit[] {
    const done = new Set<ObjectId>(without);
    const order: TimelineCommit[] = [];
    const open: { readonly id: ObjectId; readonly isLeft: boolean }[] = [{ id: tip, isLeft: false }];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const commit = read(at.id);
      if (commit === undefined) continue;
      if (at.isLeft) {
        order.push(commit);
        continue;
      }
      if (done.has(at.id)) continue;
      done.add(at.id);
      open.push({ id: at.id, isLeft: true });
      // The first parent's line is walked last, so that it comes last of all before its child.
      for (const parent of commit.parents) if (!done.has(parent)) open.push({ id: parent, isLeft: false });
    }
    return order;
  }

  function idsFrom(tip: ObjectId): ReadonlySet<ObjectId> {
    return new Set(reach(tip).map(({ id }) => id));
  }

  function fileAt(commit: ObjectId, file: string): ObjectId | undefined {
    const name = `${commit}:${file}`;
    return objects.sizes([name]).get(name)?.id;
  }

  /** As git simplifies: a merge that took one side as it was changed nothing. */
  function hasChanged({ id, parents }: TimelineCommit, file: string): boolean {
    const now = fileAt(id, file);
    if (parents.length === 0) return now !== undefined;
    return parents.every((parent) => fileAt(parent, file) !== now);
  }

  return {
    log({ tip, without, isOwn = false, paths = [], mostCount = Number.POSITIVE_INFINITY }: LogSelection) {
      const all = reach(tip, without === undefined ? undefined : idsFrom(without)).toReversed();
      const found: TimelineCommit[] = [];
      for (const commit of all) {
        if (found.length >= mostCount) break;
        if (isOwn && !/^Op: /m.test(commit.message)) continue;
        if (paths.length === 0 || paths.some((path) => hasChanged(commit, path))) found.push(commit);
      }
      return found;
    },
    isAncestor: (ancestor, commit) => ancestor === commit || idsFrom(commit).has(ancestor),
    mergeBase(one, other) {
      const theirs = idsFrom(other);
      return reach(one)
        .toReversed()
        .find(({ id }) => theirs.has(id))?.id;
    },
  };
}

/** Signed, in another encoding, or by somebody whose name is none: as much of it as can be told. */
function roughly(id: ObjectId, content: Buffer) {
  const parsed = parseCommit(content);
  const [, authorName = "", seconds = "0"] =
    /^author (.*?) ?<[^<>\n]*> (\d{1,15}) [+-]\d{4}$/m.exec(content.toString("utf8")) ?? [];
  return { id, ...parsed, authorName, atSeconds: Number(seconds) };
}
