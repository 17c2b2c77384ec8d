import { isTicketId, type TicketId } from "@wiggum/ticket-core";

/** The branch that is the truth. */
export const mainRef = "refs/heads/main";

/** Newest format of the tree that this code writes and reads. Format 2 is the first with folders, which an older program would take for strange. */
export const layoutVersion = 2;

/** Content of `.wiggum-layout`, by the layout that it names. */
export const layoutTexts = {
  flat: "version: 1\nlayout: flat\n",
  "fan-out": "version: 2\nlayout: fan-out\n",
} as const;

/**
 * Between the store and its views, both on this machine: a person's `protocol.allow=never` is meant for strange servers, and would leave a
 * view without objects.
 */
export const localTransport: readonly string[] = ["-c", "protocol.file.allow=always"];

/** Files of a new store beside the tickets, by name. */
export const storeFiles: Readonly<Record<string, string>> = {
  ".gitattributes": "* -text\n*.md -merge\n",
  ".gitkeep": "",
  ".wiggum-layout": layoutTexts.flat,
  "README.md":
    "# Tickets\n\nThese files are written by Wiggum: use `wiggum ticket`, do not edit them here.\n\n" +
    "An edit in a checkout is not lost: `wiggum ticket sync` submits it, merged field by field.\n",
};

export const layoutFile = ".wiggum-layout";

/** Is this one of the store's own files? */
export function isStoreFile(name: string): boolean {
  return Object.hasOwn(storeFiles, name);
}

/** `<id>.md`, the name of a ticket's file. */
export function ticketFile(id: TicketId): string {
  return `${id}.md`;
}

/** Inside the folder of a ticket, `<id>`: the folder with what is attached to it. */
export const attachmentsFolder = "attachments";

/** Is this the mode of a file in a tree: no link, folder or sub-module? */
export function isOrdinaryFile(mode: string): boolean {
  return mode === "100644" || mode === "100755" || mode === "100664";
}

/** The ticket whose file this would be; `undefined` for every other name. */
export function idOfFile(name: string): TicketId | undefined {
  if (!name.endsWith(".md")) return undefined;
  const id = name.slice(0, -".md".length);
  return isTicketId(id) ? id : undefined;
}

/** Reads `.wiggum-layout`. `undefined` = not one of ours. */
export function readLayoutVersion(text: string): number | undefined {
  const found = /^version:[ \t]*(\d{1,9})[ \t]*$/m.exec(text);
  return found === null ? undefined : Number(found[1]);
}

/** The layout that `.wiggum-layout` names. What it does not name is flat, as the first stores were. */
export function readLayout(text: string): keyof typeof layoutTexts {
  return /^layout:[ \t]*fan-out[ \t]*$/m.test(text) ? "fan-out" : "flat";
}

/** Folders and files inside the bare repository that belong to Wiggum. Disposable things lie in `cache` alone. */
export const storePaths = {
  private: "wiggum",
  mutex: "wiggum/lock.db",
  intent: "wiggum/intent",
  operations: "wiggum/cache/operations",
  /** One process packs at a time. */
  maintenanceMutex: "wiggum/maintenance.db",
  /** Its time is when the store was last cleaned. */
  maintained: "wiggum/cache/maintained",
  /** Why packing failed the last time. */
  maintenanceFailed: "wiggum/cache/maintenance-failed",
  suitability: "wiggum/cache/suitability",
  index: "wiggum/cache/index.db",
  /** Refs that keep commits which agents made inside their views. */
  takenRefs: "refs/wiggum/taken/",
} as const;
