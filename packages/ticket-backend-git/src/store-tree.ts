// The tree of a commit, whichever layout it has: everything of a ticket goes by its name (`tk-5c46.md`, `tk-5c46`), not by its folder.
import { TicketError } from "@wiggum/ticket-core";
import { folderMode, homeOf, isFanFolder, pathIn, type StoreLayout } from "./fan-out.js";
import { type GitObjects, type ObjectId, parseTree, type TreeEntry } from "./objects.js";
import { changedEntries } from "./read-index/tree-changes.js";

/** An entry under the name by which it goes, and where it lies. */
export interface PlacedEntry extends TreeEntry {
  /** From the top of the tree, bytes as Latin-1. */
  readonly path: string;
}

/** A side of a change: what lies under the name. */
export interface FileVersion {
  readonly mode: string;
  readonly id: ObjectId;
}

export interface FileChange {
  /** By which it goes, its bytes as Latin-1; a folder counts as one. What is in the wrong folder goes by its path. */
  readonly name: string;
  readonly before?: FileVersion | undefined;
  readonly after?: FileVersion | undefined;
}

export type StoreTreeWriter = (entries: readonly TreeEntry[]) => ObjectId;

export interface StoreTree {
  /** What lies at the top. */
  readonly top: readonly TreeEntry[];
  /** What counts under this name; reads one folder at most. Of two places with the same name the folder counts. */
  find(name: string): PlacedEntry | undefined;
  /** Reads all folders. */
  all(): StoreEntries;
  /** What counts at the top and in these folders. */
  some(folders: ReadonlySet<string>): readonly PlacedEntry[];
  /** The same tree with these in it, each at its place in that layout and nowhere else; `undefined` takes it out. */
  with(
    layout: StoreLayout,
    files: ReadonlyMap<string, FileVersion | undefined>,
    storeTree: StoreTreeWriter,
  ): StoreTree;
}

export interface StoreEntries {
  /** One for each name. */
  readonly counted: readonly PlacedEntry[];
  /** At the top, while the folder has something of the same name. */
  readonly twins: readonly PlacedEntry[];
  /** In a folder where it does not belong; named by its path. */
  readonly misplaced: readonly PlacedEntry[];
  /** Folders whose objects are missing from the store. */
  readonly lost: readonly TreeEntry[];
}

/** Folders are read once: objects never change. */
const foldersOf = new WeakMap<GitObjects, Map<ObjectId, Buffer>>();
const mostFolders = 2_000;
/** So many look-ups scan the bytes before it is worth to take the tree apart. */
const fewLookUps = 8;

/** @param content raw bytes of the tree at the top */
export function openStoreTree(objects: GitObjects, content: Buffer, idBytes: number): StoreTree {
  return treeOf({ objects, idBytes, content });
}

interface TreeSource {
  readonly objects: GitObjects;
  readonly idBytes: number;
  readonly content?: Buffer | undefined;
  readonly entries?: readonly TreeEntry[] | undefined;
}

function treeOf({ objects, idBytes, content, entries }: TreeSource): StoreTree {
  let parsed = entries;
  let byName: ReadonlyMap<string, TreeEntry> | undefined;
  let lookUps = 0;
  const opened = new Map<ObjectId, ReadonlyMap<string, TreeEntry>>();

  const top = () => {
    parsed ??= parseTree(content ?? Buffer.alloc(0), idBytes);
    return parsed;
  };

  function atTop(name: string): TreeEntry | undefined {
    lookUps += 1;
    if (content !== undefined && byName === undefined && lookUps <= fewLookUps)
      return findRaw(content, name, idBytes);
    byName ??= new Map(top().map((entry) => [entry.name, entry]));
    return byName.get(name);
  }

  /** @throws STORE_BROKEN its object is missing: to take it for empty would lose its tickets */
  function inFolder(entry: TreeEntry): ReadonlyMap<string, TreeEntry> {
    const known = opened.get(entry.id);
    if (known !== undefined) return known;
    const raw = readFolders(objects, [entry.id]).get(entry.id);
    if (raw === undefined) throw folderMissing(entry);
    const entries = new Map(parseTree(raw, idBytes).map((each) => [each.name, each] as const));
    opened.set(entry.id, entries);
    return entries;
  }

  function folderAt(name: string): TreeEntry | undefined {
    const entry = atTop(name);
    return isFanFolder(entry) ? entry : undefined;
  }

  /** Holds it things of tickets that belong in it? Else it is a folder like any other. */
  function isFan(entry: TreeEntry): boolean {
    for (const { name, mode } of inFolder(entry).values()) if (homeOf(name, mode) === entry.name) return true;
    return false;
  }

  function find(name: string): PlacedEntry | undefined {
    const home = homeOf(name);
    const folder = home === undefined ? undefined : folderAt(home);
    const inside = folder && inFolder(folder).get(name);
    if (inside !== undefined && homeOf(name, inside.mode) === home)
      return { ...inside, path: `${home}/${name}` };
    if (name.indexOf("/") === 2) {
      const other = folderAt(name.slice(0, 2));
      const entry = other && isFan(other) ? inFolder(other).get(name.slice(3)) : undefined;
      const isOwn = entry === undefined || homeOf(entry.name, entry.mode) === name.slice(0, 2);
      return isOwn ? undefined : { ...entry, name, path: name };
    }
    const outside = atTop(name);
    if (outside === undefined || (isFanFolder(outside) && isFan(outside))) return undefined;
    return { ...outside, path: name };
  }

  function all(): StoreEntries {
    const folders = top().filter(isFanFolder);
    const read = readFolders(
      objects,
      folders.map(({ id }) => id),
    );
    const counted: PlacedEntry[] = [];
    const misplaced: PlacedEntry[] = [];
    const lost: TreeEntry[] = [];
    const taken = new Set<string>();
    const fans = new Set<string>();
    for (const folder of folders) {
      if (!read.has(folder.id)) {
        lost.push(folder);
        fans.add(folder.name);
        continue;
      }
      if (!isFan(folder)) continue;
      fans.add(folder.name);
      for (const entry of inFolder(folder).values()) {
        const path = `${folder.name}/${entry.name}`;
        if (homeOf(entry.name, entry.mode) === folder.name) {
          taken.add(entry.name);
          counted.push({ ...entry, path });
        } else misplaced.push({ ...entry, name: path, path });
      }
    }
    const twins: PlacedEntry[] = [];
    for (const entry of top()) {
      if (fans.has(entry.name) && isFanFolder(entry)) continue;
      (taken.has(entry.name) ? twins : counted).push({ ...entry, path: entry.name });
    }
    return { counted, twins, misplaced, lost };
  }

  function some(folders: ReadonlySet<string>): readonly PlacedEntry[] {
    return top().flatMap((entry): readonly PlacedEntry[] => {
      if (!isFanFolder(entry)) {
        const counted = find(entry.name);
        return counted?.path === entry.name ? [counted] : [];
      }
      if (!folders.has(entry.name) || !isFan(entry)) return [];
      const inside = [...inFolder(entry).values()];
      return inside
        .filter(({ name, mode }) => homeOf(name, mode) === entry.name)
        .map((each) => ({ ...each, path: `${entry.name}/${each.name}` }));
    });
  }

  function withFiles(
    layout: StoreLayout,
    files: ReadonlyMap<string, FileVersion | undefined>,
    storeTree: StoreTreeWriter,
  ): StoreTree {
    const gone = new Set<string>();
    const inFolders = new Map<string, Map<string, TreeEntry | undefined>>();
    const added: TreeEntry[] = [];
    const put = (folder: string, name: string, version: FileVersion | undefined) => {
      const known = inFolders.get(folder) ?? new Map<string, TreeEntry | undefined>();
      inFolders.set(folder, known.set(name, version && { name, ...version }));
    };
    for (const [name, version] of files) {
      const home = homeOf(name);
      if (home !== undefined) put(home, name, undefined);
      if (name.indexOf("/") === 2) put(name.slice(0, 2), name.slice(3), version);
      else {
        // A ticket whose id is the name of a folder of tickets.
        const outside = folderAt(name);
        const isTaken = outside !== undefined && isFan(outside);
        if (!isTaken) gone.add(name);
        if (version === undefined) continue;
        const path = pathIn(isTaken ? "fan-out" : layout, name, version.mode);
        if (path === name) added.push({ name, ...version });
        else put(path.slice(0, 2), name, version);
      }
    }
    const kept: TreeEntry[] = [];
    for (const entry of top()) {
      if (gone.has(entry.name)) continue;
      const changes = isFanFolder(entry) ? inFolders.get(entry.name) : undefined;
      if (changes === undefined) kept.push(entry);
    }
    for (const [folder, changes] of inFolders) {
      // What lay at its name goes, and was no folder of tickets.
      const stored = gone.has(folder) ? undefined : folderAt(folder);
      const before = stored === undefined ? [] : [...inFolder(stored).values()];
      const news = [...changes.values()].filter((entry) => entry !== undefined);
      if (news.length === 0 && !before.some(({ name }) => changes.has(name))) {
        if (stored !== undefined) kept.push(stored);
        continue;
      }
      const now = [...before.filter(({ name }) => !changes.has(name)), ...news];
      // What is no folder has to give way: it is nobody's, and the history keeps it.
      const inTheWay = kept.findIndex(({ name }) => name === folder);
      if (inTheWay !== -1 && now.length > 0) kept.splice(inTheWay, 1);
      if (now.length > 0) added.push({ name: folder, mode: folderMode, id: storeTree(now) });
    }
    return treeOf({ objects, idBytes, entries: [...kept, ...added] });
  }

  return {
    get top() {
      return top();
    },
    find,
    all,
    some,
    with: withFiles,
  };
}

/**
 * What differs, by the names by which things go: that something moved to another folder is no difference. A file that became a folder is two,
 * as git tells it.
 */
export function compareStoreTrees(
  objects: GitObjects,
  before: Buffer,
  after: Buffer,
  idBytes: number,
): readonly FileChange[] {
  if (before.equals(after)) return [];
  const [old, now] = [before, after].map((content) => openStoreTree(objects, content, idBytes));
  if (old === undefined || now === undefined) return [];
  const changed = changedEntries(before, after, idBytes);
  const fans = changed.filter((each) => isFanFolder(each.before) || isFanFolder(each.after));
  const inside = readFolders(
    objects,
    fans.flatMap((each) =>
      [each.before, each.after].flatMap((entry) => (isFanFolder(entry) ? (entry?.id ?? []) : [])),
    ),
  );
  const contentOf = (entry: TreeEntry | undefined) => {
    if (entry === undefined || !isFanFolder(entry)) return Buffer.alloc(0);
    const raw = inside.get(entry.id);
    if (raw === undefined) throw folderMissing(entry);
    return raw;
  };
  const names = new Set(changed.map(({ name }) => name));
  for (const folder of fans) {
    for (const each of changedEntries(contentOf(folder.before), contentOf(folder.after), idBytes)) {
      const entries = [each.before, each.after].filter((entry) => entry !== undefined);
      for (const { mode } of entries) {
        const isOwn = homeOf(each.name, mode) === folder.name;
        names.add(isOwn ? each.name : `${folder.name}/${each.name}`);
      }
    }
  }
  return [...names].flatMap((name) => differenceOf(name, old.find(name), now.find(name))).sort(inTreeOrder);
}

/** None, one, or two where a file became a folder. */
export function differenceOf(
  name: string,
  before: FileVersion | undefined,
  after: FileVersion | undefined,
): readonly FileChange[] {
  const [was, is] = [before, after].map((entry) => entry && { mode: plainMode(entry.mode), id: entry.id });
  if (was?.id === is?.id && was?.mode === is?.mode) return [];
  const isSplit =
    was !== undefined && is !== undefined && (was.mode === folderMode) !== (is.mode === folderMode);
  if (!isSplit) return [{ name, before: was, after: is }];
  return [
    { name, before: was, after: undefined },
    { name, before: undefined, after: is },
  ];
}

export function inTreeOrder(left: FileChange, right: FileChange): number {
  const [one, other] = [left, right].map(({ name, before, after }) =>
    (before ?? after)?.mode === folderMode ? `${name}/` : name,
  );
  if (one === other || one === undefined || other === undefined) return 0;
  return one < other ? -1 : 1;
}

/** git knows two kinds of files, whatever rights an old one wrote into the tree. */
function plainMode(mode: string): string {
  const number = Number.parseInt(mode, 8);
  const kind = number & 0o170000;
  if (kind === 0o100000) return (number & 0o100) === 0 ? "100644" : "100755";
  if (kind === 0o120000) return "120000";
  return kind === 0o040000 ? folderMode : "160000";
}

function readFolders(objects: GitObjects, ids: readonly ObjectId[]): ReadonlyMap<ObjectId, Buffer> {
  const known = foldersOf.get(objects) ?? new Map<ObjectId, Buffer>();
  foldersOf.set(objects, known);
  const missing = [...new Set(ids)].filter((id) => !known.has(id));
  if (known.size + missing.length > mostFolders)
    for (const id of known.keys()) if (!ids.includes(id)) known.delete(id);
  if (missing.length > 0) for (const [id, { content }] of objects.readAll(missing)) known.set(id, content);
  return known;
}

function folderMissing({ name, id }: TreeEntry): TicketError<"STORE_BROKEN"> {
  return new TicketError(
    "STORE_BROKEN",
    `The folder ${name} of the ticket store cannot be read: its object ${id} is missing`,
    { path: name },
    { hint: "'wiggum doctor --fix' copies it from the people's view." },
  );
}

/** One entry of a raw tree, without taking the others apart: byte by byte, since a call for each entry takes longer. */
function findRaw(tree: Buffer, name: string, idBytes: number): TreeEntry | undefined {
  const wanted = Buffer.from(name, "latin1");
  for (let at = 0; at < tree.length; ) {
    let start = at;
    while (start < tree.length && tree[start] !== 0x20) start++;
    start++;
    let same = 0;
    while (same < wanted.length && tree[start + same] === wanted[same]) same++;
    let end = start + same;
    while (end < tree.length && tree[end] !== 0) end++;
    if (end >= tree.length) return undefined;
    if (same === wanted.length && end === start + same) {
      const mode = tree.toString("latin1", at, start - 1);
      return { mode, name, id: tree.toString("hex", end + 1, end + 1 + idBytes) };
    }
    at = end + 1 + idBytes;
  }
  return undefined;
}
