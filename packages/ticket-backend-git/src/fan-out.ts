// Where a ticket's file lies in the tree: at the top (`flat`), or in one of 256 folders (`fan-out`). Readers know both places in every store.
import { createHash } from "node:crypto";
import { isTicketId, type TicketId } from "@wiggum/ticket-core";
import { attachmentsFolder, idOfFile, isStoreFile } from "./store-layout.js";

/** `flat`: `tk-5c46.md`. `fan-out`: `5c/tk-5c46.md`. */
export type StoreLayout = "flat" | "fan-out";

export const folderMode = "40000";
const folderPattern = /^[0-9a-f]{2}$/;
/** Ids that we draw: their own first digits are spread evenly, and a person sees where the file is. */
const drawn = /^tk-([0-9a-f]{2})[0-9a-f]{2,}$/;

/** Could this entry of the tree's top hold tickets? */
export function isFanFolder(entry: { readonly name: string; readonly mode: string } | undefined): boolean {
  return entry !== undefined && entry.mode === folderMode && isFanName(entry.name);
}

export function isFanName(name: string): boolean {
  return folderPattern.test(name);
}

/** The folder of a ticket in a store that fans out: two hex digits, for ever the same. `printf %s ID | sha1sum` where they are not in the id. */
export function fanFolder(id: TicketId): string {
  return drawn.exec(id)?.[1] ?? createHash("sha1").update(id, "utf8").digest("hex").slice(0, 2);
}

/** The folder that something of this name belongs in; absent for what no ticket owns. `mode` absent = whatever it is. */
export function homeOf(name: string, mode?: string): string | undefined {
  if (name.includes("/") || isStoreFile(name)) return undefined;
  const id = idOfFile(name);
  if (id !== undefined) return fanFolder(id);
  const isTicketFolder = (mode === undefined || mode === folderMode) && name !== attachmentsFolder;
  return isTicketFolder && isTicketId(name) ? fanFolder(name) : undefined;
}

/** Where this is to lie in a store of this layout: `5c/tk-5c46.md`. What belongs to no ticket keeps its place. */
export function pathIn(layout: StoreLayout, name: string, mode?: string): string {
  const home = layout === "flat" ? undefined : homeOf(name, mode);
  return home === undefined ? name : `${home}/${name}`;
}

/** Both places where something of this name may lie, the one that counts first. */
export function placesOf(name: string): readonly string[] {
  const home = homeOf(name);
  return home === undefined ? [name] : [`${home}/${name}`, name];
}

/** The name without the folder that it belongs in: `5c/tk-5c46.md` is `tk-5c46.md`. Everything else keeps its path. */
export function nameOfPath(path: string, mode?: string): string {
  const at = path.indexOf("/");
  const name = path.slice(at + 1);
  return at === 2 && homeOf(name, mode) === path.slice(0, 2) ? name : path;
}

/** The ticket whose file lies under this path, in either layout. */
export function idOfPath(path: string): TicketId | undefined {
  return idOfFile(nameOfPath(path));
}
