// A large view that was whole follows a few writes by the files that they changed: to look at all the others costs more than the write.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TicketId, ViewReport } from "@wiggum/ticket-core";
import { type again, openMutex } from "../mutex.js";
import { type ObjectId, parseTree } from "../objects.js";
import type { Snapshot } from "../snapshot.js";
import { idOfFile, isOrdinaryFile } from "../store-layout.js";
import { compareStoreTrees, type FileVersion } from "../store-tree.js";
import { bringFile } from "./bring-file.js";
import { lookAtFile } from "./disk.js";
import { followTip, recoverGitState } from "./git-state.js";
import { bringObjects, type ViewPorts } from "./open-view.js";
import { type IndexChange, patchIndex } from "./patch-index.js";
import { type ViewPlace, viewLockPath } from "./view-place.js";
import { isWholeAt, noteWhole, wholeAt } from "./whole-view.js";

/** More than that is a look at all files. */
const mostChanges = 50;

interface FewChange {
  readonly id: TicketId;
  readonly path: string;
  readonly before?: FileVersion | undefined;
  readonly after?: FileVersion | undefined;
}

/** `undefined` = all of the view has to be looked at. */
export async function followFew(ports: ViewPorts, view: ViewPlace): Promise<ViewReport | undefined> {
  const { place } = ports;
  const from = wholeAt(view);
  if (from === undefined || from.length !== 40 || !place.objects.isInProcess || !isWholeAt(view, from))
    return undefined;
  const { snapshot } = ports.look();
  const changes = fewChanges(ports, from, snapshot);
  if (changes === undefined) return undefined;
  const tip = snapshot.commit;
  const mutex = openMutex(viewLockPath(view));
  const turn = (held: { isOurs(): boolean }): ViewReport | undefined | typeof again => {
    if (!held.isOurs()) return undefined;
    recoverGitState(view);
    // Somebody was faster.
    if (!isWholeAt(view, from)) return undefined;
    bringObjects(place, view, from, tip);
    if (!bringFew(ports, view, changes)) return undefined;
    const patched = () => indexWith(ports, view, tip, changes);
    if (!followTip(view, place.objects, tip, undefined, { patched })) return undefined;
    noteWhole(view, tip);
    return { at: tip, written: changes.map(({ id }) => id), edited: [] };
  };
  return mutex.run<ViewReport | undefined>(turn, { waitMs: ports.lockWaitMs });
}

/** What came since, where that is changed files of tickets alone, in commits of ours: nothing was refused at either end. */
function fewChanges(ports: ViewPorts, from: ObjectId, snapshot: Snapshot): readonly FewChange[] | undefined {
  const { objects } = ports.place;
  const before = ports.snapshotAt(from);
  if (before?.own === undefined || snapshot.own === undefined || before.layout !== snapshot.layout)
    return undefined;
  const names = [`${from}^{tree}`, `${snapshot.commit}^{tree}`];
  const found = objects.readAll(names);
  const [old, now] = names.map((name) => found.get(name)?.content);
  if (old === undefined || now === undefined) return undefined;
  const changes: FewChange[] = [];
  for (const { name, before: was, after: is } of compareStoreTrees(objects, old, now, from.length / 2)) {
    const id = idOfFile(name);
    const versions = [was, is].filter((version) => version !== undefined);
    // What is attached is not shown here, but git's index has it.
    if (
      id === undefined ||
      !versions.every(({ mode }) => isOrdinaryFile(mode)) ||
      changes.length === mostChanges
    )
      return undefined;
    const [wasAt, isAt] = [before, snapshot].map(({ tree }) => tree.find(name)?.path);
    if (wasAt !== undefined && isAt !== undefined && wasAt !== isAt) return undefined;
    const path = isAt ?? wasAt;
    if (path === undefined) return undefined;
    changes.push({ id, path, before: was, after: is });
  }
  return changes;
}

/** `false` = a file is not as it was written. Those before it were brought, which a look at all of them finds in order. */
function bringFew(
  { place: { objects } }: ViewPorts,
  view: ViewPlace,
  changes: readonly FewChange[],
): boolean {
  const blobs = changes.flatMap(({ after }) => after?.id ?? []);
  const found = objects.read(blobs);
  const contents = new Map([...found].map(([id, { content }]) => [id, content]));
  for (const { path, before, after } of changes) {
    const disk = lookAtFile(view.folder, path, undefined, 40);
    if (disk.kind === "other") return false;
    const blob = disk.kind === "file" ? disk.blob : undefined;
    if (blob === after?.id) continue;
    if (blob !== before?.id || (after !== undefined && !contents.has(after.id))) return false;
    bringFile(view, { path, wanted: after?.id }, contents);
  }
  return true;
}

function indexWith(
  { place: { objects } }: ViewPorts,
  view: ViewPlace,
  tip: ObjectId,
  changes: readonly FewChange[],
): Buffer | undefined {
  const index = join(view.gitFolder, "index");
  if (!existsSync(index)) return undefined;
  const { mtimeNs: changedNs } = statSync(index, { bigint: true });
  const tree = objects.read([`${tip}^{tree}`]).get(`${tip}^{tree}`);
  if (tree === undefined) return undefined;
  const top = parseTree(tree.content, 20);
  const patches = changes.map(({ path, after }): IndexChange => ({ path, after }));
  return patchIndex({ content: readFileSync(index), changedNs }, { id: tree.id, top }, patches);
}
