// A view that keeps its own objects gets those of a few commits by hand: a fetch is five processes.
import { join } from "node:path";
import { isFanFolder } from "../fan-out.js";
import { compareTrees } from "../in-process/compare-trees.js";
import { unclear } from "../in-process/found.js";
import { diskFiles, writeLooseObject } from "../in-process/loose-files.js";
import { openLookUp } from "../in-process/object-look-up.js";
import { walkStraight } from "../in-process/walk-commits.js";
import type { GitObject, GitObjects, ObjectId } from "../objects.js";
import { isOrdinaryFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import type { ViewPlace } from "./view-place.js";

/** Is the commit in the view, or where it borrows? `undefined` = git knows. */
export function hasCommit(view: ViewPlace, commit: ObjectId): boolean | undefined {
  if (commit.length !== 40) return undefined;
  const lookUp = openLookUp(join(view.gitFolder, "objects"));
  try {
    const size = lookUp.size(commit);
    return size === unclear ? undefined : size !== undefined;
  } finally {
    lookUp.close();
  }
}

/** More files than that are fetched. */
const mostFiles = 50;

/**
 * Copies what came between `from`, which the view has with all that it names, and `tip`. A commit is written when all that it names is
 * there: whoever is killed has left nothing that could be taken for whole. `false` = it is git's to fetch.
 */
export function copyObjects(
  store: StorePlace,
  view: ViewPlace,
  from: ObjectId | undefined,
  tip: ObjectId,
): boolean {
  const { objects } = store;
  if (from === undefined || tip.length !== 40 || hasCommit(view, from) !== true) return false;
  const walk = walkStraight(objects, tip, from);
  if (walk?.hasMet !== true) return false;
  const trees = [...walk.commits.map(({ tree }) => tree), `${from}^{tree}`];
  const found = objects.readAll([...trees, ...walk.commits.map(({ id }) => id)]);
  const blobs: ObjectId[] = [];
  const folders: ObjectId[] = [];
  for (const [index, tree] of trees.slice(0, -1).entries()) {
    const [after, before] = [found.get(tree), found.get(trees[index + 1] ?? "")];
    if (after === undefined || before === undefined) return false;
    for (const { name, before: old, after: version } of compareTrees(before.content, after.content, 20)) {
      if (version === undefined) continue;
      if (isFanFolder({ name, mode: version.mode })) {
        const inside = filesInFolder(objects, old, version);
        if (inside === undefined) return false;
        folders.push(version.id);
        blobs.push(...inside);
      } else if (isOrdinaryFile(version.mode)) blobs.push(version.id);
      else return false;
    }
    if (blobs.length + folders.length > mostFiles) return false;
  }
  for (const wanted of [blobs, folders]) {
    const read = objects.readAll(wanted);
    if (read.size !== new Set(wanted).size) return false;
    for (const object of read.values()) keep(view, object);
  }
  for (const { id, tree } of walk.commits.toReversed()) {
    for (const object of [found.get(tree), found.get(id)]) if (object !== undefined) keep(view, object);
  }
  return true;
}

/** What a folder of tickets has that it did not have before; `undefined` = more than files. */
function filesInFolder(
  objects: GitObjects,
  before: { readonly id: ObjectId; readonly mode: string } | undefined,
  after: { readonly id: ObjectId },
): readonly ObjectId[] | undefined {
  const wasFolder = before !== undefined && !isOrdinaryFile(before.mode);
  const found = objects.readAll([after.id, ...(wasFolder ? [before.id] : [])]);
  const [now, was] = [found.get(after.id), found.get(before?.id ?? "")];
  if (now === undefined || (wasFolder && was === undefined)) return undefined;
  const changes = compareTrees(was?.content ?? Buffer.alloc(0), now.content, 20);
  const versions = changes.flatMap(({ after: version }) => version ?? []);
  return versions.every(({ mode }) => isOrdinaryFile(mode)) ? versions.map(({ id }) => id) : undefined;
}

function keep(view: ViewPlace, { type, content }: GitObject): void {
  // A copy of what is safe elsewhere: not waited for, as git itself does not when it fetches.
  writeLooseObject(
    { folder: join(view.gitFolder, "objects"), files: { ...diskFiles, sync() {} } },
    type,
    content,
  );
}
