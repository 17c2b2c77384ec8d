import {
  checkTicketId,
  printable,
  type TicketAttachments,
  TicketError,
  type TicketId,
  ticketNotFound,
} from "@wiggum/ticket-core";
import { type Folder, type FolderReader, isSafeName, maxFileBytes } from "./folder/folder.js";
import { journalFolder } from "./journal/journal-file.js";
import { inFolder } from "./place-change.js";
import type { FolderStore } from "./store.js";
import { enterPath } from "./stored-tickets.js";

/** Files in a folder beside those of a ticket. Names may go down into folders, with `/`; names that begin with a dot are not listed. */
export function createAttachments(store: FolderStore, name: string): TicketAttachments {
  const { layout } = store;

  function folderOf(root: FolderReader, id: TicketId): string {
    const [place] = layout.find(root, checkTicketId(id));
    if (place === undefined) throw ticketNotFound(id);
    return `${place.folder}/${name}`;
  }

  return {
    async list(id) {
      const { value } = await store.read((root) =>
        enterPath<FolderReader, readonly string[]>(root, folderOf(root, id), (folder) =>
          filesBelow(folder, ""),
        ),
      );
      return value ?? [];
    },
    async read(id, path) {
      const [parent, file] = checkedPath(id, path);
      const { value } = await store.read((root) =>
        enterPath<FolderReader, Uint8Array | undefined>(root, folderOf(root, id) + parent, (folder) =>
          folder.read(file),
        ),
      );
      if (value === undefined) throw invalid(id, `has no attachment '${printable(path)}'`);
      return new Uint8Array(value);
    },
    async write(id, path, content) {
      const [parent, file] = checkedPath(id, path);
      if (content.length > maxFileBytes) throw invalid(id, "an attachment may have 64 MiB at most");
      const bytes = Buffer.from(content);
      await store.exclusively(({ folder }) =>
        inFolder(folder, `${journalFolder}/staging`, (staging) =>
          inFolder(folder, folderOf(folder, id) + parent, (target: Folder) =>
            target.write(file, bytes, staging),
          ),
        ),
      );
    },
  };
}

function filesBelow(folder: FolderReader, prefix: string): readonly string[] {
  return folder.entries().flatMap(({ name, kind }) => {
    if (name.startsWith(".")) return [];
    if (kind === "file") return [prefix + name];
    if (kind !== "folder") return [];
    return folder.enter(name, (inner) => filesBelow(inner, `${prefix}${name}/`)) ?? [];
  });
}

function checkedPath(id: TicketId, path: string): readonly [parent: string, name: string] {
  const names = path.split("/");
  const isSafe = names.every((each) => isSafeName(each) && !each.startsWith(".") && each === printable(each));
  if (!isSafe || path.length > 1000 || names.some((each) => Buffer.byteLength(each) > 255)) {
    throw invalid(id, `an attachment cannot be named '${printable(path.slice(0, 200))}'`);
  }
  return [
    names
      .slice(0, -1)
      .map((each) => `/${each}`)
      .join(""),
    names.at(-1) ?? "",
  ];
}

function invalid(id: TicketId, problem: string): TicketError<"TICKET_INVALID"> {
  const hint = "Names are file names, with '/' between folders, and do not begin with a dot.";
  return new TicketError("TICKET_INVALID", `${printable(id)}: ${problem}`, { id }, { hint });
}
