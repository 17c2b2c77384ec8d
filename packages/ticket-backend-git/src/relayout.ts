// Every ticket to its place in the other layout, in one commit: before it the store is as it was, after it all of it has moved.
import { pathIn, type StoreLayout } from "./fan-out.js";
import { type Snapshot, sortEntries } from "./snapshot.js";
import { layoutFile, layoutTexts } from "./store-layout.js";
import type { FileVersion, PlacedEntry, StoreTree, StoreTreeWriter } from "./store-tree.js";

/** What a migration would do. */
export interface Relayout {
  readonly from: StoreLayout;
  readonly to: StoreLayout;
  readonly tickets: number;
  /** Tickets, and folders of tickets, that do not lie where they belong in the new layout. */
  readonly moved: number;
  /** Files of a ticket that lies twice: the one that counts moves, these are left to the history. */
  readonly dropped: number;
}

/** Looks at all of the store; changes nothing. */
export function lookAtLayout(snapshot: Pick<Snapshot, "layout" | "contents">, to: StoreLayout): Relayout {
  const { tickets, folders, twins } = snapshot.contents();
  const owned = [...tickets.values(), ...folders];
  const isElsewhere = ({ name, mode, path }: PlacedEntry) => path !== pathIn(to, name, mode);
  return {
    from: snapshot.layout,
    to,
    tickets: tickets.size,
    moved: owned.filter(isElsewhere).length,
    dropped: twins.length,
  };
}

/** The tree with all tickets in their places; `storeBlob` is given the text that names the layout. */
export function relaid(
  tree: StoreTree,
  to: StoreLayout,
  storeTree: StoreTreeWriter,
  storeBlob: (text: string) => string,
): StoreTree {
  const { tickets, folders, lost } = sortEntries(tree.all());
  // What cannot be read cannot be moved.
  for (const { name } of lost) tree.find(`${name}/`);
  const files = new Map<string, FileVersion>();
  for (const { name, mode, id } of [...tickets.values(), ...folders]) files.set(name, { mode, id });
  files.set(layoutFile, { mode: "100644", id: storeBlob(layoutTexts[to]) });
  return tree.with(to, files, storeTree);
}
