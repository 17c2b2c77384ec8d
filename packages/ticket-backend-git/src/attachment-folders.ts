// The folders `<id>/attachments` beside the tickets: what lies in them, and what they become.
import { type Attachment, compareAttachments, isAttachmentName, type TicketId } from "@wiggum/ticket-core";
import { folderMode } from "./fan-out.js";
import { type GitObjects, type ObjectId, parseTree, type TreeEntry } from "./objects.js";
import { attachmentsFolder, isOrdinaryFile } from "./store-layout.js";
import type { FileVersion, StoreTree } from "./store-tree.js";

/** What lies in the folder of one ticket. */
export interface AttachmentFolder {
  /** Sorted by name. The revision is the blob's id. */
  readonly attachments: readonly Attachment[];
  /** Paths, from the top of the store, of what is no attachment; bytes as Latin-1. */
  readonly foreign: readonly string[];
}

export interface AttachmentFolders {
  /** `version` = the entry of the ticket's folder; absent = it has none. */
  read(id: TicketId, version: FileVersion | undefined): AttachmentFolder;
  /** The folder with this attachment put in (`blob`) or taken out (`undefined`); `undefined` = nothing is left of it. */
  change(
    version: FileVersion | undefined,
    name: string,
    blob: ObjectId | undefined,
    storeTree: (entries: readonly TreeEntry[]) => ObjectId,
  ): FileVersion | undefined;
  /** The folder without what is no attachment; `undefined` = nothing is left of it. */
  tidied(
    id: TicketId,
    version: FileVersion,
    storeTree: (entries: readonly TreeEntry[]) => ObjectId,
  ): FileVersion | undefined;
}

const none: AttachmentFolder = { attachments: [], foreign: [] };
/** Folders that are kept in memory: objects never change. */
const largestCache = 5_000;

/** The folder of this ticket in the store's tree. */
export function folderOf(tree: StoreTree, id: TicketId): TreeEntry | undefined {
  const entry = tree.find(id);
  return entry?.mode === folderMode ? entry : undefined;
}

export function createAttachmentFolders(objects: GitObjects): AttachmentFolders {
  const known = new Map<string, AttachmentFolder>();

  function entriesOf(tree: ObjectId | undefined): readonly TreeEntry[] {
    if (tree === undefined) return [];
    return parseTree(objects.readAll([tree]).get(tree)?.content ?? Buffer.alloc(0), tree.length / 2);
  }

  function look(id: TicketId, tree: ObjectId): AttachmentFolder {
    const top = entriesOf(tree);
    const inner = top.find(isAttachmentsFolder);
    const foreign = top.filter((entry) => entry !== inner).map(({ name }) => `${id}/${name}`);
    const files: { readonly name: string; readonly blob: ObjectId }[] = [];
    for (const entry of entriesOf(inner?.id)) {
      const name = nameOf(entry);
      if (name === undefined) foreign.push(`${id}/${attachmentsFolder}/${entry.name}`);
      else files.push({ name, blob: entry.id });
    }
    const sizes = objects.sizes([...new Set(files.map(({ blob }) => blob))]);
    const attachments = files.map(({ name, blob }) => ({
      name,
      bytes: sizes.get(blob)?.bytes ?? 0,
      revision: blob,
    }));
    return { attachments: attachments.sort(compareAttachments), foreign };
  }

  /** A folder whose `attachments` are these entries; everything else in it stays. */
  function withInner(
    top: readonly TreeEntry[],
    inner: readonly TreeEntry[],
    storeTree: (entries: readonly TreeEntry[]) => ObjectId,
  ): FileVersion | undefined {
    const others = top.filter((entry) => !isAttachmentsFolder(entry));
    const kept =
      inner.length === 0
        ? others
        : [...others, { name: attachmentsFolder, mode: folderMode, id: storeTree(inner) }];
    return kept.length === 0 ? undefined : { mode: folderMode, id: storeTree(kept) };
  }

  return {
    read(id, version) {
      if (version === undefined) return none;
      const key = `${version.id} ${id}`;
      const found = known.get(key) ?? look(id, version.id);
      if (known.size >= largestCache) known.clear();
      known.set(key, found);
      return found;
    },
    change(version, name, blob, storeTree) {
      const top = entriesOf(version?.id);
      const bytes = Buffer.from(name, "utf8").toString("latin1");
      const others = entriesOf(top.find(isAttachmentsFolder)?.id).filter((entry) => entry.name !== bytes);
      const inner = blob === undefined ? others : [...others, { name: bytes, mode: "100644", id: blob }];
      return withInner(top, inner, storeTree);
    },
    tidied(_id, version, storeTree) {
      const inner = entriesOf(entriesOf(version.id).find(isAttachmentsFolder)?.id);
      return withInner(
        [],
        inner.filter((entry) => nameOf(entry) !== undefined),
        storeTree,
      );
    },
  };
}

function isAttachmentsFolder({ name, mode }: TreeEntry): boolean {
  return name === attachmentsFolder && mode === folderMode;
}

/** The attachment that this entry is; `undefined` = it is none. */
function nameOf({ name, mode }: TreeEntry): string | undefined {
  if (!isOrdinaryFile(mode)) return undefined;
  const bytes = Buffer.from(name, "latin1");
  const text = bytes.toString("utf8");
  return isAttachmentName(text) && Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
