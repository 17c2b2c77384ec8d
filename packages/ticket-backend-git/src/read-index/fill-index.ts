// Brings the index to a commit: by what differs where nothing had to be judged, else by a look at all of it. Only blobs that it has not seen are read.
import type { DatabaseSync } from "node:sqlite";
import type { TicketId, TicketProblem } from "@wiggum/ticket-core";
import type { AttachmentFolders } from "../attachment-folders.js";
import { ownMessage } from "../commit-message.js";
import { folderMode, homeOf } from "../fan-out.js";
import { foreignProblem, foreignProblems, hasStrays } from "../foreign-problem.js";
import { parseCommit, type TreeEntry } from "../objects.js";
import { effectiveTickets, type Refusals, refusalProblems } from "../refusals.js";
import {
  readContent,
  readVersions,
  type Snapshot,
  type TicketContent,
  type TicketVersion,
} from "../snapshot.js";
import { idOfFile, isOrdinaryFile, isStoreFile, ticketFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import { compareStoreTrees, type FileChange, type FileVersion, openStoreTree } from "../store-tree.js";
import { IndexDamage, type IndexDatabase, inTransaction } from "./index-database.js";
import {
  createRowWriter,
  type IndexMark,
  problemKinds,
  type RowWriter,
  readMark,
  writeMark,
} from "./index-rows.js";

export interface FillPorts {
  readonly place: StorePlace;
  readonly folders: AttachmentFolders;
  /** The store as it counts at a commit. @throws STORE_BROKEN */
  readonly look: (commit: string) => { readonly snapshot: Snapshot; readonly refusals: Refusals };
  /** What tickets are judged by, in words; `undefined` = not known, and verdicts are not kept. */
  readonly judgedBy: string | undefined;
}

/** Does what the index shows still count, for this judge? */
export function isShowing(
  mark: IndexMark | undefined,
  commit: string,
  judgedBy: string | undefined,
): boolean {
  return mark?.commit === commit && mark.judgedBy !== undefined && ["", judgedBy].includes(mark.judgedBy);
}

/** @throws SQLite's SQLITE_BUSY when another process writes into the index; STORE_BROKEN */
export function fillIndex(index: IndexDatabase, commit: string, ports: FillPorts): void {
  const { database } = index;
  const mark = readMark(database);
  const change = mark === undefined || !mark.isPlain ? undefined : findChange(index, mark, commit, ports);
  if (change !== undefined) {
    inTransaction(database, () => {
      // Somebody was faster: what was found is the difference from something else.
      if (readMark(database)?.commit !== mark?.commit) return;
      applyChange(createRowWriter(database), change, (id) => isTaken(index, id), ports);
      writeMark(database, { commit, isPlain: true, judgedBy: "" });
    });
    return;
  }
  // With the lock: of many processes that find no index one makes it, and the others wait for that.
  inTransaction(database, () => {
    // Somebody was faster.
    if (isShowing(readMark(database), commit, ports.judgedBy)) return;
    lookAtAll(index, commit, ports);
  });
}

interface Change {
  readonly entries: readonly { readonly name: string; readonly after?: TreeEntry | undefined }[];
  readonly contents: ReadonlyMap<TicketId, TicketContent>;
}

/** A write of this process: what it changed is known, and nothing has to be read. */
export interface OwnWrite {
  readonly base: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, FileVersion | undefined>;
}

/** Takes a write up, if the index shows what it was made on. */
export function applyWrite(
  index: IndexDatabase,
  { base, commit, files }: OwnWrite,
  contentOf: (id: TicketId, blob: string) => TicketContent,
  ports: FillPorts,
): void {
  const { database } = index;
  const entries = [...files].map(([name, version]) => ({ name, after: version && { name, ...version } }));
  const contents = new Map<TicketId, TicketContent>();
  for (const { name, after } of entries) {
    const id = idOfFile(name);
    if (id !== undefined && after !== undefined) contents.set(id, contentOf(id, after.id));
  }
  inTransaction(database, () => {
    const mark = readMark(database);
    if (mark?.commit !== base || !mark.isPlain || meetsFolder(database, entries)) return;
    applyChange(createRowWriter(database), { entries, contents }, (id) => isTaken(index, id), ports);
    writeMark(database, { commit, isPlain: true, judgedBy: "" });
  });
}

/** What differs from what the index shows; `undefined` = all of it has to be looked at. */
function findChange(
  { database }: IndexDatabase,
  mark: IndexMark,
  commit: string,
  { place }: FillPorts,
): Change | undefined {
  const [name, nameBefore] = [`${commit}^{tree}`, `${mark.commit}^{tree}`];
  const found = place.objects.read([commit, name, nameBefore]);
  const [commitObject, after, before] = [found.get(commit), found.get(name), found.get(nameBefore)];
  if (commitObject?.type !== "commit" || after === undefined || before?.type !== "tree") return undefined;
  const { committer, message } = parseCommit(commitObject.content);
  // What is not ours has to be judged.
  if (ownMessage(committer, message) === undefined) return undefined;
  const changes = compareStoreTrees(place.objects, before.content, after.content, commit.length / 2);
  const now = openStoreTree(place.objects, after.content, commit.length / 2);
  const keepsFolder = ({ name: file, after: entry }: FileChange) =>
    entry === undefined && now.find(idOfFile(file) ?? "")?.mode === folderMode;
  if (!changes.every(isUsual) || changes.some(keepsFolder) || meetsFolder(database, changes))
    return undefined;
  const entries = changes.map(({ name: file, after: version }) => ({
    name: file,
    after: version && { name: file, ...version },
  }));
  const versions = entries.flatMap(({ name: file, after: entry }): TicketVersion[] => {
    const id = idOfFile(file);
    return id === undefined || entry === undefined ? [] : [{ id, blob: entry.id }];
  });
  const contents = new Map<TicketId, TicketContent>();
  let isWhole = true;
  readVersions(place.objects, versions, ({ id }, content) => {
    if (content === undefined) isWhole = false;
    else contents.set(id, content);
  });
  return isWhole ? { entries, contents } : undefined;
}

/** A ticket's file, or a folder beside one: whatever else changes is rare, and looked at with all the rest. */
function isUsual({ name, before, after }: FileChange): boolean {
  if (isStoreFile(name) || homeOf(name) === undefined) return false;
  const entries = [before, after].filter((entry) => entry !== undefined);
  if (idOfFile(name) !== undefined) return entries.every(({ mode }) => isOrdinaryFile(mode));
  return entries.every(({ mode }) => mode === folderMode);
}

/** Does a ticket come where a folder of its name lies already? */
function meetsFolder(database: DatabaseSync, entries: readonly Pick<FileChange, "name">[]): boolean {
  const find = database.prepare("SELECT 1 FROM problem WHERE kind = ? AND name = ?");
  return entries.some(({ name }) => find.get(problemKinds.foreign, idOfFile(name) ?? "") !== undefined);
}

function isTaken({ database }: IndexDatabase, id: TicketId): boolean {
  return database.prepare("SELECT 1 FROM ticket WHERE id = ?").get(id) !== undefined;
}

function applyChange(
  rows: RowWriter,
  { entries, contents }: Change,
  isTicket: (id: TicketId) => boolean,
  { folders }: FillPorts,
): void {
  for (const { name, after } of entries) {
    const id = idOfFile(name);
    if (id === undefined) continue;
    if (after === undefined) {
      rows.remove(id);
      continue;
    }
    const content = contents.get(id);
    if (content === undefined) throw new IndexDamage(`${name} cannot be told`);
    rows.put(id, after, content);
  }
  for (const { name, after } of entries) {
    if (idOfFile(name) !== undefined) continue;
    rows.removeProblems(problemKinds.foreign, name);
    rows.removeProblems(problemKinds.inFolder, name);
    if (after !== undefined) addFolderProblems(rows, after, isTicket(name), folders);
  }
}

function addFolderProblems(
  rows: RowWriter,
  entry: TreeEntry,
  hasTicket: boolean,
  folders: AttachmentFolders,
): void {
  if (!hasTicket) {
    rows.addProblem(problemKinds.foreign, entry.name, foreignProblem(entry.name, entry.mode));
    return;
  }
  for (const path of folders.read(entry.name, entry).foreign) {
    rows.addProblem(problemKinds.inFolder, entry.name, foreignProblem(path, "100644"));
  }
}

/** Under the lock of the index. */
function lookAtAll({ database }: IndexDatabase, commit: string, ports: FillPorts): void {
  const { place, folders, judgedBy } = ports;
  const { snapshot, refusals } = ports.look(commit);
  const tickets = effectiveTickets(snapshot, refusals).all();
  const found = snapshot.contents();
  const rows = createRowWriter(database);
  const stored = new Map<string, string>();
  for (const row of database.prepare("SELECT id, blob, mode FROM ticket").iterate()) {
    stored.set(String(row["id"]), `${String(row["blob"])} ${String(row["mode"])}`);
  }
  const unseen: (TicketVersion & { readonly version: FileVersion })[] = [];
  for (const [id, version] of tickets) {
    if (stored.get(id) !== `${version.id} ${version.mode}`) unseen.push({ id, blob: version.id, version });
    stored.delete(id);
  }
  for (const id of stored.keys()) rows.remove(id);
  for (const id of found.tickets.keys()) if (!tickets.has(id)) rows.put(id, undefined, undefined);
  let isWhole = true;
  readVersions(place.objects, unseen, ({ id, blob, version }, content) => {
    // An object that is missing may be put back: without its id the row is looked at again.
    if (content === undefined) rows.put(id, undefined, readContent(id, blob, undefined));
    else rows.put(id, version, content);
    isWhole &&= content !== undefined;
  });

  database.exec(`DELETE FROM problem WHERE kind <> ${problemKinds.unreadable}`);
  for (const problem of refusalProblems(refusals))
    rows.addProblem(problemKinds.refused, nameOf(problem), problem);
  for (const { name, problem } of foreignProblems(found, (id) => tickets.has(id)))
    rows.addProblem(problemKinds.foreign, name, problem);
  for (const folder of found.folders) addFolderProblems(rows, folder, true, folders);
  const isJudged = snapshot.own === undefined;
  isWhole &&= found.lost.length === 0;
  const isPlain = isWhole && refusals.tickets.size === 0 && refusals.files.length === 0 && !hasStrays(found);
  writeMark(database, { commit, isPlain, judgedBy: isWhole ? (isJudged ? judgedBy : "") : undefined });
}

function nameOf({ id, path }: TicketProblem): string {
  return id === undefined ? path : ticketFile(id);
}
