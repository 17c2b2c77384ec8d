import { createHash } from "node:crypto";
import type { Folder, FolderReader } from "./folder/folder.js";
import type { JournalAttachment } from "./journal/journal-tables.js";
import { enterPath } from "./stored-tickets.js";

/** How far the write of an attachment is; `foreign` = somebody else wrote there since. */
export function stateOfAttachment(
  root: FolderReader,
  { folder, name, before, after }: JournalAttachment,
): "before" | "after" | "foreign" {
  const found = enterPath<FolderReader, { readonly hash: string } | undefined>(root, folder, (files) =>
    files.digest(name),
  );
  const current = found?.hash ?? null;
  if (current === after) return "after";
  return current === before ? "before" : "foreign";
}

/** Brings the file of an attachment into its place, or takes it away. `false` = the folder of its ticket is not there any more. */
export function makeAttachment(
  root: Folder,
  staging: Folder,
  { folder, name }: JournalAttachment,
  content: Uint8Array | undefined,
): boolean {
  const end = folder.lastIndexOf("/");
  const isMade = enterPath(root, folder.slice(0, Math.max(0, end)), (ticket) =>
    ticket.enterMade(folder.slice(end + 1), (files) => {
      if (content === undefined) files.remove(name);
      else files.write(name, content, staging);
      return true;
    }),
  );
  return isMade === true;
}

/** The revision of a content. */
export function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
