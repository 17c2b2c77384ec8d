// How one ticket gets from the files that it was to the files that it shall be, in steps that may be repeated: whoever finds a half-made change
// makes the rest of it, or takes back what was made.
import { isTicketError, type TicketId } from "@wiggum/ticket-core";
import { type Folder, type FolderReader, isSafeName } from "./folder/folder.js";
import { escaped } from "./folder/folder-faults.js";
import type { FolderLayout, StoredTicket } from "./layout.js";
import { enterPath, loadStored } from "./stored-tickets.js";

/** What a commit makes of the files of one ticket. */
export interface PlaceChange {
  readonly id: TicketId;
  readonly before: StoredTicket | undefined;
  readonly after: StoredTicket | undefined;
  /** Made with a new ticket, by path in its folder. */
  readonly companions: ReadonlyMap<string, Uint8Array>;
}

/** Folders that changes need beside that of the tickets, and a mark for what they put there. */
export interface ChangePlaces {
  readonly root: Folder;
  /** For files that are being written. */
  readonly staging: Folder;
  /** For what is taken away: it stays there, under the mark of its commit. */
  readonly removed: Folder;
  readonly mark: string;
  /** Told before each step, so that tests can end the process there. */
  readonly atStep: (step: string) => void;
}

/** How far a change is: `foreign` = somebody else wrote there since. */
export type ChangeState = "before" | "between" | "after" | "foreign";

/** How far this change is in the files. Only reads. */
export function stateOf(root: FolderReader, layout: FolderLayout, change: PlaceChange): ChangeState {
  const { before, after } = change;
  if (layout.hasFolders && before?.folder !== after?.folder) return stateOfFolder(root, layout, change);
  const stored = loadStored(root, layout, before ?? after ?? empty(change.id));
  return stateOfFiles(layout, change, stored);
}

function stateOfFolder(root: FolderReader, layout: FolderLayout, change: PlaceChange): ChangeState {
  const { before, after } = change;
  const [old, made] = [before, after].map((place) => place && loadStored(root, layout, place));
  if (old !== undefined && made !== undefined) return "foreign";
  if (old === undefined && made === undefined) {
    return before === undefined ? "before" : after === undefined ? "after" : "foreign";
  }
  if (before === undefined) return made && isSame(made, after) ? "after" : "foreign";
  if (after === undefined) return old && isSame(old, before) ? "before" : "foreign";
  const state = stateOfFiles(layout, change, old ?? made);
  if (state === "foreign") return "foreign";
  if (made !== undefined) return state === "after" ? "after" : "between";
  return state === "after" ? "between" : state;
}

function stateOfFiles(
  layout: FolderLayout,
  change: PlaceChange,
  stored: StoredTicket | undefined,
): ChangeState {
  const states = namesOf(change).map((name) => stateOfFile(layout, change, name, stored?.files.get(name)));
  const differing = states.filter((state) => state !== "same");
  if (differing.includes("foreign")) return "foreign";
  // A change of nothing is made.
  if (differing.every((state) => state === "after")) return "after";
  return differing.every((state) => state === "before") ? "before" : "between";
}

function stateOfFile(
  layout: FolderLayout,
  { before, after }: PlaceChange,
  name: string,
  current: Uint8Array | undefined,
): ChangeState | "same" {
  const [old, made] = [before?.files.get(name), after?.files.get(name)];
  if (isEqual(current, old)) return isEqual(old, made) ? "same" : "before";
  if (isEqual(current, made)) return "after";
  if (!isAppend(layout, name, old, made) || current === undefined) return "foreign";
  if (startsWith(current, made)) return "after";
  return startsWith(made, current) && startsWith(current, old) ? "between" : "foreign";
}

/**
 * Makes what is missing of the change. `false` = somebody else wrote there a moment ago: nothing behind that was made. What others write behind our
 * steps is a change of theirs, and no failure of ours. @throws whatever the disk refuses with; the rest can be made later
 */
export function makeChange(places: ChangePlaces, layout: FolderLayout, change: PlaceChange): boolean {
  const { before, after, id } = change;
  const { root, atStep } = places;
  if (after === undefined) {
    if (before !== undefined) takeAway(places, layout, before);
    return true;
  }
  if (layout.hasFolders && before === undefined) {
    if (loadStored(root, layout, after) === undefined) makeFolder(places, change, after);
    return true;
  }
  const isMoved = before !== undefined && before.folder !== after.folder;
  const isStillThere = isMoved && isThere(root, before.folder);
  const bring = (folder: Folder) =>
    namesOf(change).every((name) => {
      atStep(`${id}: ${name}`);
      return bringFile(places, layout, folder, name, before?.files.get(name), after.files.get(name));
    });
  // The folder of a ticket that is there is not made again: who took it away was somebody else.
  const isBrought = enterPath(root, isStillThere ? before.folder : after.folder, bring) ?? false;
  if (!isStillThere || !isBrought) return isBrought;
  atStep(`${id}: move`);
  moveFolder(root, before.folder, after.folder);
  return true;
}

/** Can this folder be worked in? Behind a link there is nothing of ours. */
function isThere(root: FolderReader, path: string): boolean {
  try {
    return enterPath<FolderReader, true>(root, path, () => true) === true;
  } catch (error) {
    if (!isTicketError(error, "STORE_BROKEN")) throw error;
    return false;
  }
}

/** Takes back what was made of the change; what somebody else wrote since is left alone. */
export function takeBackChange(places: ChangePlaces, layout: FolderLayout, change: PlaceChange): void {
  const { before, after, id } = change;
  if (before === undefined) {
    if (after !== undefined && stateOf(places.root, layout, change) === "after")
      takeAway(places, layout, after);
    return;
  }
  if (after === undefined) bringBack(places, layout, before);
  else makeChange(places, layout, { id, before: after, after: before, companions: new Map() });
}

/** Out of the folder of what was removed, unless something new lies in its place. */
function bringBack({ root, removed, mark }: ChangePlaces, layout: FolderLayout, gone: StoredTicket): void {
  const [parent, name] = layout.hasFolders ? split(gone.folder) : [gone.folder, ""];
  for (const each of layout.hasFolders ? [name] : gone.files.keys()) {
    if (removed.kindOf(`${mark}-${each}`) === undefined) continue;
    enterPath(root, parent, (folder) => {
      if (folder.kindOf(each) === undefined) removed.move(`${mark}-${each}`, folder, each);
    });
  }
}

function takeAway({ root, removed, mark, atStep }: ChangePlaces, layout: FolderLayout, gone: StoredTicket) {
  atStep(`${gone.id}: remove`);
  const [parent, name] = split(gone.folder);
  if (layout.hasFolders) {
    enterPath(root, parent, (folder) => {
      if (folder.kindOf(name) === "folder") folder.move(name, removed, freeName(removed, `${mark}-${name}`));
    });
    return;
  }
  enterPath(root, gone.folder, (folder) => {
    for (const file of gone.files.keys()) {
      if (folder.kindOf(file) === "file") folder.move(file, removed, freeName(removed, `${mark}-${file}`));
    }
  });
}

function freeName(folder: FolderReader, wanted: string): string {
  for (let count = 0; ; count++) {
    const name = count === 0 ? wanted : `${wanted}-${count}`;
    if (folder.kindOf(name) === undefined) return name;
  }
}

/** A new folder appears whole, under its name. */
function makeFolder(places: ChangePlaces, { id, companions }: PlaceChange, after: StoredTicket): void {
  const { root, staging, mark, atStep } = places;
  const name = freeName(staging, `${mark}-${after.folder.slice(after.folder.lastIndexOf("/") + 1)}`);
  staging.enterMade(name, (folder) => {
    for (const [file, bytes] of after.files) {
      atStep(`${id}: ${file}`);
      folder.write(file, bytes, staging);
    }
    for (const [path, bytes] of companions) {
      atStep(`${id}: ${path}`);
      const [beside, file] = split(path);
      if (beside === "") folder.write(file, bytes, staging);
      else folder.enterMade(beside, (inner) => inner.write(file, bytes, staging));
    }
  });
  atStep(`${id}: appear`);
  const [parent, target] = split(after.folder);
  inFolder(root, parent, (folder) => staging.move(name, folder, target));
}

function moveFolder(root: Folder, from: string, to: string): void {
  const [[oldParent, oldName], [newParent, newName]] = [split(from), split(to)];
  enterPath(root, oldParent, (source) =>
    inFolder(root, newParent, (target) => source.move(oldName, target, newName)),
  );
}

/** `false` = somebody else wrote it. */
function bringFile(
  { staging }: ChangePlaces,
  layout: FolderLayout,
  folder: Folder,
  name: string,
  old: Uint8Array | undefined,
  wanted: Uint8Array | undefined,
): boolean {
  const current = folder.read(name);
  if (isEqual(current, wanted) || isEqual(old, wanted)) return true;
  if (old !== undefined && wanted !== undefined && isAppend(layout, name, old, wanted)) {
    // Others may have appended behind it: then it is there. Or before it: then it comes behind that.
    if (current === undefined || !startsWith(current, old)) return false;
    if (startsWith(current, wanted)) return true;
    folder.append(name, wanted.subarray(startsWith(wanted, current) ? current.length : old.length));
    return true;
  }
  // An append that is taken back, half of one, too, is ours to cut off; what somebody else wrote is not.
  if (wanted !== undefined && isAppend(layout, name, wanted, old) && startsWith(old, current)) {
    if (!startsWith(current, wanted)) return false;
    folder.cut(name, wanted.length);
    return true;
  }
  if (!isEqual(current, old)) return false;
  if (wanted === undefined) folder.remove(name);
  else folder.write(name, wanted, staging, current === undefined ? "new" : "any");
  return true;
}

function isAppend(
  layout: FolderLayout,
  name: string,
  old: Uint8Array | undefined,
  wanted: Uint8Array | undefined,
): boolean {
  return (
    old !== undefined && wanted !== undefined && layout.isAppended?.(name) === true && startsWith(wanted, old)
  );
}

/** Works in this folder of the root, which is made if it is missing. */
export function inFolder<Result>(root: Folder, path: string, work: (folder: Folder) => Result): Result {
  if (path === "") return work(root);
  const [name = "", ...rest] = path.split("/");
  if (!isSafeName(name)) throw escaped(path, "is no path below the folder of the tickets");
  return root.enterMade(name, (folder) => inFolder(folder, rest.join("/"), work));
}

function split(path: string): readonly [parent: string, name: string] {
  const end = path.lastIndexOf("/");
  return end < 0 ? ["", path] : [path.slice(0, end), path.slice(end + 1)];
}

function namesOf({ before, after }: PlaceChange): readonly string[] {
  return [...new Set([...(before?.files.keys() ?? []), ...(after?.files.keys() ?? [])])];
}

function empty(id: TicketId): StoredTicket {
  return { id, folder: "", files: new Map() };
}

function isSame(one: StoredTicket, other: StoredTicket | undefined): boolean {
  const names = new Set([...one.files.keys(), ...(other?.files.keys() ?? [])]);
  return [...names].every((name) => isEqual(one.files.get(name), other?.files.get(name)));
}

/** Are these the same bytes? */
export function isEqual(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

function startsWith(bytes: Uint8Array | undefined, start: Uint8Array | undefined): boolean {
  if (bytes === undefined || start === undefined || bytes.length < start.length) return false;
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}
