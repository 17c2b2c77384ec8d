import type { FolderReader } from "../folder/folder.js";
import { parseItem } from "./item-text.js";
import { rawOf } from "./item-ticket.js";
import { workItemStatuses } from "./statuses.js";

/** Longest slug that we make: with the time before it, it stays an id. */
const maxSlugLength = 160;

/** The short name that a title makes, as the original script makes it: lowercase ASCII letters and digits, `-` for all else. */
export function slugOf(title: string): string {
  const slug = title
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, maxSlugLength)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "item" : slug;
}

/** Every slug that an item has, with the folders of those items; what cannot be read has none. */
export function slugsIn(root: FolderReader): ReadonlyMap<string, readonly string[]> {
  const slugs = new Map<string, string[]>();
  for (const status of workItemStatuses) {
    if (root.kindOf(status) !== "folder") continue;
    root.enter(status, (folder) => {
      for (const { name, kind } of folder.entries()) {
        if (kind !== "folder" || name.startsWith(".")) continue;
        const slug = folder.enter(name, (item) => slugIn(item));
        if (slug !== undefined) slugs.set(slug, [...(slugs.get(slug) ?? []), `${status}/${name}`]);
      }
    });
  }
  return slugs;
}

function slugIn(item: FolderReader): string | undefined {
  try {
    const bytes = item.read("item.md");
    return bytes === undefined ? undefined : rawOf(parseItem(bytes, `${item.path}/item.md`), "slug");
  } catch {
    // Told when the item itself is read.
    return undefined;
  }
}

/** This slug, or with the first number behind it that makes it one that no item has. */
export function freeSlug(root: FolderReader, wanted: string): string {
  const taken = slugsIn(root);
  if (!taken.has(wanted)) return wanted;
  for (let count = 2; ; count++) if (!taken.has(`${wanted}-${count}`)) return `${wanted}-${count}`;
}
