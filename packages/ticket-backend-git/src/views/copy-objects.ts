// A view that keeps its own objects gets those of a few commits by hand: a fetch is five processes.
import { join } from "node:path";
import { compareTrees } from "../in-process/compare-trees.js";
import { unclear } from "../in-process/found.js";
import { diskFiles, writeLooseObject } from "../in-process/loose-files.js";
import { openLookUp } from "../in-process/object-look-up.js";
import { walkStraight } from "../in-process/walk-commits.js";
import type { GitObject, ObjectId } from "../objects.js";
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
  for (const [index, tree] of trees.slice(0, -1).entries()) {
    const [after, before] = [found.get(tree), found.get(trees[index + 1] ?? "")];
    if (after === undefined || before === undefined) return false;
    for (const { after: version } of compareTrees(before.content, after.content, 20)) {
      if (version !== undefined && !isOrdinaryFile(version.mode)) return false;
      if (version !== undefined) blobs.push(version.id);
    }
  }
  if (blobs.length > mostFiles) return false;
  const texts = objects.readAll(blobs);
  if (texts.size !== new Set(blobs).size) return false;
  for (const text of texts.values()) keep(view, text);
  for (const { id, tree } of walk.commits.toReversed()) {
    for (const object of [found.get(tree), found.get(id)]) if (object !== undefined) keep(view, object);
  }
  return true;
}

function keep(view: ViewPlace, { type, content }: GitObject): void {
  // A copy of what is safe elsewhere: not waited for, as git itself does not when it fetches.
  writeLooseObject(
    { folder: join(view.gitFolder, "objects"), files: { ...diskFiles, sync() {} } },
    type,
    content,
  );
}
