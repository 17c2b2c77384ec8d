// What each commit of the history changed. Files go by their names: that a commit moves them to other folders is no change of any of them.
import { homeOf, isFanFolder, isFanName, nameOfPath, placesOf } from "./fan-out.js";
import { longestWalk } from "./in-process/walk-commits.js";
import { type ObjectId, parseTree } from "./objects.js";
import type { StorePlace } from "./store-place.js";
import {
  compareStoreTrees,
  differenceOf,
  type FileChange,
  type FileVersion,
  inTreeOrder,
  openStoreTree,
} from "./store-tree.js";
import type { TimelineCommit } from "./timeline.js";

export interface TimelineStep {
  readonly commit: TimelineCommit;
  /** Where `main` was before; absent at the root. */
  readonly previous?: ObjectId | undefined;
  readonly changes: readonly FileChange[];
}

/** Adds to each commit of a mainline what it changed. `file` narrows to one name; commits that leave it alone have no changes then. */
export function readSteps(
  place: StorePlace,
  from: ObjectId | undefined,
  line: readonly TimelineCommit[],
  file?: string,
): readonly TimelineStep[] {
  const pairs = line.map((commit, index) => ({ commit, previous: index === 0 ? from : line[index - 1]?.id }));
  if (pairs.length === 0) return [];
  return compareInProcess(place, pairs, file) ?? compareByGit(place, from, pairs, file);
}

type StepPair = Pick<TimelineStep, "commit" | "previous">;

/** So many bytes of trees are taken apart in this process: for more, git is faster. */
const mostTreeBytes = 4 * 1024 * 1024;

function compareInProcess(
  place: StorePlace,
  pairs: readonly StepPair[],
  file: string | undefined,
): readonly TimelineStep[] | undefined {
  const { objects } = place;
  // Without git there is nobody to ask who would be faster.
  const isAlone = place.history !== undefined;
  if (!objects.isInProcess || (pairs.length > longestWalk && !isAlone)) return undefined;
  const nothing = Buffer.alloc(0);
  const trees = new Map<ObjectId, Buffer>();
  const steps: TimelineStep[] = [];
  let bytes = 0;
  for (const { commit, previous } of pairs) {
    // A first commit with parents that are not to be seen is compared with each of them: rare, and git's.
    if (previous === undefined && commit.parents.length > 0 && !isAlone) return undefined;
    const [before, after] = [previous, commit.id].map((id) => {
      const tree = id === undefined ? nothing : (trees.get(id) ?? readTree(place, id));
      if (id !== undefined && tree !== undefined) trees.set(id, tree);
      return tree;
    });
    if (before === undefined || after === undefined) return undefined;
    bytes += before.length + after.length;
    if (bytes > mostTreeBytes && !isAlone) return undefined;
    const idBytes = commit.id.length / 2;
    const changes =
      file === undefined
        ? compareStoreTrees(objects, before, after, idBytes)
        : changesOfOne(place, file, before, after, idBytes);
    steps.push({ commit, previous, changes });
    if (previous !== undefined) trees.delete(previous);
  }
  return steps;
}

function changesOfOne(
  { objects }: StorePlace,
  file: string,
  before: Buffer,
  after: Buffer,
  idBytes: number,
): readonly FileChange[] {
  if (before.equals(after)) return [];
  const [was, is] = [before, after].map((content) => openStoreTree(objects, content, idBytes).find(file));
  return differenceOf(file, was, is).toSorted(inTreeOrder);
}

function readTree(place: StorePlace, commit: ObjectId): Buffer | undefined {
  const name = `${commit}^{tree}`;
  return place.objects.readAll([name]).get(name)?.content;
}

function compareByGit(
  place: StorePlace,
  from: ObjectId | undefined,
  pairs: readonly StepPair[],
  file: string | undefined,
): readonly TimelineStep[] {
  const input = pairs.map(
    ({ commit, previous }) => `${commit.id}${previous === undefined ? "" : ` ${previous}`}\n`,
  );
  const { stdoutBytes } = place.git.runSync(
    [
      "diff-tree",
      "--stdin",
      "-z",
      "--raw",
      "--no-abbrev",
      "--no-renames",
      "--root",
      "-m",
      // Into the folders, and the folders themselves.
      "-t",
      ...(file === undefined ? [] : ["--", ...placesOf(file).map((path) => `:(literal)${path}`)]),
    ],
    { input: input.join("") },
  );
  const byCommit = parseRaw(Buffer.from(stdoutBytes).toString("latin1"));
  const naming = createNaming(place, from, pairs, byCommit);
  return pairs.map(({ commit, previous }) => {
    const changes = naming(commit.id, byCommit.get(commit.id) ?? []);
    return {
      commit,
      previous,
      changes: file === undefined ? changes : changes.filter(({ name }) => name === file),
    };
  });
}

/** What lies under the name of a ticket: in its folder, and at the top. */
interface Places {
  inFolder?: FileVersion | undefined;
  atTop?: FileVersion | undefined;
}

/**
 * From paths to names, commit by commit. A change at one of the two places says nothing of the other, so what lay there at the beginning is
 * looked up, and followed from then on.
 */
function createNaming(
  place: StorePlace,
  from: ObjectId | undefined,
  pairs: readonly StepPair[],
  byCommit: ReadonlyMap<string, readonly FileChange[]>,
) {
  const known = new Map<string, Places>();
  const wanted = new Set<string>();
  for (const { commit } of pairs) {
    for (const { name: path, before, after } of byCommit.get(commit.id) ?? []) {
      const name = nameOfPath(path, (before ?? after)?.mode);
      if (homeOf(name, (before ?? after)?.mode) !== undefined) wanted.add(name);
    }
  }
  for (const [name, places] of placesAt(place, from, wanted)) known.set(name, places);

  return (commit: ObjectId, changes: readonly FileChange[]): readonly FileChange[] => {
    const told: FileChange[] = [];
    const before = new Map<string, FileVersion | undefined>();
    const fans = new Set<string>();
    const folders: FileChange[] = [];
    for (const change of changes) {
      const { name: path } = change;
      const depth = path.split("/").length;
      const mode = (change.before ?? change.after)?.mode;
      if (depth === 1 && isFanName(path) && isFanFolder({ name: path, mode: mode ?? "" })) {
        folders.push(change);
        continue;
      }
      const isInFan = depth === 2 && isFanName(path.slice(0, 2)) && path[2] === "/";
      if (depth > 1 && !isInFan) continue;
      const name = nameOfPath(path, mode);
      const isAtHome = depth === 2 && name !== path;
      if (isAtHome) fans.add(path.slice(0, 2));
      if (homeOf(name, mode) === undefined) {
        // Deep in a folder that holds no tickets: the folder itself is told.
        told.push(change);
        continue;
      }
      const places = known.get(name) ?? {};
      known.set(name, places);
      if (!before.has(name)) before.set(name, places.inFolder ?? places.atTop);
      // A file that became a folder comes twice, what goes first.
      const key = isAtHome ? "inFolder" : "atTop";
      if (change.after !== undefined || places[key]?.id === change.before?.id) places[key] = change.after;
    }
    for (const [name, was] of before) {
      const now = known.get(name);
      told.push(...differenceOf(name, was, now?.inFolder ?? now?.atTop));
    }
    const plain = folders.filter(({ name }) => !fans.has(name) && !isFan(place, commit, name));
    const isPlain = new Set(plain.map(({ name }) => name));
    return [...told.filter(({ name }) => !isPlain.has(name.slice(0, 2)) || name[2] !== "/"), ...plain].sort(
      inTreeOrder,
    );
  };
}

/** Does the folder hold tickets, at this commit or before it? */
function isFan(place: StorePlace, commit: ObjectId, folder: string): boolean {
  const names = [`${commit}:${folder}`, `${commit}^:${folder}`];
  return [...place.objects.read(names).values()].some(
    ({ type, content, id }) =>
      type === "tree" &&
      parseTree(content, id.length / 2).some(({ name, mode }) => homeOf(name, mode) === folder),
  );
}

/** What lay at both places of these names. */
function placesAt(
  place: StorePlace,
  commit: ObjectId | undefined,
  names: ReadonlySet<string>,
): ReadonlyMap<string, Places> {
  const found = new Map<string, Places>();
  if (commit === undefined || names.size === 0) return found;
  const raw = readTree(place, commit);
  const top = raw === undefined ? [] : parseTree(raw, commit.length / 2);
  const folders = new Set(top.filter(isFanFolder).map(({ name }) => name));
  for (const { name, mode, id } of top) if (names.has(name)) found.set(name, { atTop: { mode, id } });
  const inFolders = [...names].filter((name) => folders.has(homeOf(name) ?? ""));
  if (inFolders.length === 0) return found;
  const read = [...new Set(inFolders.map((name) => homeOf(name) ?? ""))].map(
    (folder) => `${commit}:${folder}`,
  );
  for (const [key, { content, id }] of place.objects.readAll(read)) {
    const folder = key.slice(-2);
    for (const { name, mode, id: blob } of parseTree(content, id.length / 2)) {
      if (!names.has(name) || homeOf(name, mode) !== folder) continue;
      found.set(name, { ...found.get(name), inFolder: { mode, id: blob } });
    }
  }
  return found;
}

/** Reads `diff-tree --stdin -z --raw`: a commit id, then `:mode mode id id letter` and path in turns. */
function parseRaw(text: string): ReadonlyMap<string, readonly FileChange[]> {
  const byCommit = new Map<string, FileChange[]>();
  const fields = text.split("\0");
  let current: FileChange[] = [];
  for (let index = 0; index < fields.length; index++) {
    const field = (fields[index] ?? "").replace(/^\n/, "");
    if (field === "") continue;
    if (!field.startsWith(":")) {
      current = [];
      byCommit.set(field.trim(), current);
      continue;
    }
    const [oldMode = "", newMode = "", oldId = "", newId = ""] = field.slice(1).split(" ");
    current.push({
      name: fields[++index] ?? "",
      before: versionOf(oldMode, oldId),
      after: versionOf(newMode, newId),
    });
  }
  return byCommit;
}

function versionOf(mode: string, id: string): FileVersion | undefined {
  return /^0+$/.test(mode) ? undefined : { mode: mode.replace(/^0+/, ""), id };
}
