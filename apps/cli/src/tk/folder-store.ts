import { mkdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import {
  blockedTickets,
  changeText,
  drawId,
  type FolderChange,
  fieldOf,
  fieldsOf,
  idPrefix,
  isMember,
  isTextFault,
  type ListedTicket,
  listedTicket,
  listOf,
  newTicketText,
  openTicketsFolder,
  passes,
  readTicketText,
  readyTickets,
  type TicketText,
  ticketFault,
  withField,
  withListed,
  withNote,
  withoutListed,
} from "@wiggum/ticket-backend-files";
import { findTyped } from "./find-typed.js";
import { migrateBeadsInto } from "./migrate-beads-into.js";
import { tkError } from "./tk-failure.js";
import type { TkStore } from "./tk-store.js";

/** What the store of a folder works with. */
export interface FolderStorePorts {
  /** As given, or absolute where it was found. */
  readonly path: string;
  /** New ids begin with letters of its name. */
  readonly workingDirectory: string;
  readonly now: () => Date;
  readonly random: (below: number) => number;
  /** Who tickets are for when nobody says; asked only then. */
  readonly defaultAssignee: () => string;
  readonly warn: (line: string) => void;
}

const statuses = ["open", "in_progress", "closed"] as const;

/** Tickets in a folder of Markdown files. */
export function openFolderTickets(ports: FolderStorePorts): TkStore {
  const { path, now, warn } = ports;
  const folder = openTicketsFolder(path, now);
  let listed: readonly ListedTicket[] | undefined;

  function heads<Head>(take: (id: string, text: TicketText) => Head): readonly Head[] {
    const found = folder.heads(take);
    for (const { message } of found.problems) warn(`Warning: ${join(path, message)}`);
    return found.heads;
  }
  function list(): readonly ListedTicket[] {
    listed ??= heads(listedTicket);
    return listed;
  }
  /** Changes tickets under the lock; gives what `work` does. */
  async function change<Result>(subject: string, work: (files: EditedFiles) => Result): Promise<Result> {
    listed = undefined;
    mkdirSync(path, { recursive: true });
    const actor = process.env["USER"] || "unknown";
    return await folder.change({ actor, subject }, (files) => work(editedFiles(path, files)));
  }
  async function edit(id: string, subject: string, work: (ticket: TicketText) => string): Promise<boolean> {
    return await change(`${subject}: ${id}`, (files) => files.edit(id, work));
  }

  return {
    find: async (typed) => findTyped(typed, folder.ids()),
    list: async () => list(),
    ready: async () => readyTickets(list()),
    blocked: async () => blockedTickets(list()),
    async closed(filter, limit) {
      return list()
        .filter((ticket) => (ticket.isOver || ticket.status === "done") && passes(ticket, filter))
        .map((ticket) => ({ ticket, changedMs: changedAt(join(path, `${ticket.id}.md`)) }))
        .sort((left, right) => right.changedMs - left.changedMs)
        .slice(0, limit)
        .map(({ ticket }) => ticket);
    },
    isStatus: ({ status }, wanted) => status === wanted,
    async read(id) {
      const bytes = folder.read(id);
      if (bytes === undefined) throw tkError(`ticket '${id}' not found`);
      const read = readTicketText(Buffer.from(bytes).toString("utf8"));
      return { ticket: listedTicket(id, isTextFault(read) ? emptyText : read), text: bytes };
    },
    members: async () => heads((_id, text) => fieldsOf(text)),
    async create(draft) {
      const prefix = idPrefix(basename(ports.workingDirectory));
      const assignee = draft.assignee ?? ports.defaultAssignee();
      return await change("Create", (files) => {
        let id: string;
        do id = drawId(prefix, ports.random);
        while (files.isTaken(id));
        files.add(
          id,
          newTicketText({
            ...draft,
            id,
            status: "open",
            created: timestamp(now()),
            type: draft.type ?? "task",
            priority: draft.priority ?? "2",
            assignee,
          }),
        );
        return id;
      });
    },
    checkStatus(status) {
      if ((statuses as readonly string[]).includes(status)) return;
      throw tkError(`invalid status '${status}'. Must be one of: ${statuses.join(" ")}`);
    },
    async setStatus(id, status) {
      await edit(id, `Set status ${status}`, (ticket) => withField(ticket, "status", status));
      return status;
    },
    addDependency: async (id, on) =>
      await edit(id, "Add dependency", (ticket) => withListed(ticket, "deps", [checkedMember(on)])),
    removeDependency: async (id, on) =>
      await edit(id, "Remove dependency", (ticket) => withoutListed(ticket, "deps", on)),
    link: async (ids) =>
      await change(`Link: ${ids.join(", ")}`, (files) => {
        let added = 0;
        for (const id of ids) {
          const others = ids.filter((other) => other !== id).map(checkedMember);
          files.edit(id, (ticket) => {
            const there = listOf(fieldOf(ticket, "links") ?? "");
            added += others.filter((other) => !there.includes(other)).length;
            return withListed(ticket, "links", others);
          });
        }
        return added;
      }),
    unlink: async (id, other) =>
      await change(`Unlink: ${id}, ${other}`, (files) => {
        const isHere = files.edit(id, (ticket) => withoutListed(ticket, "links", other));
        const isThere = files.edit(other, (ticket) => withoutListed(ticket, "links", id));
        return isHere || isThere;
      }),
    async addNote(id, note) {
      await edit(id, "Add note", (ticket) => withNote(ticket, timestamp(now()), note));
    },
    file: async (id) => (path.endsWith("/") ? `${path}${id}.md` : `${path}/${id}.md`),
    migrateBeads: async (text) =>
      await change("Migrate from beads", (files) => migrateBeadsInto(text, files, timestamp(now()), warn)),
  };
}

/** Tickets as texts, for the time of a change. */
export interface EditedFiles {
  isTaken(id: string): boolean;
  add(id: string, text: string): void;
  /** `false` = that changed nothing. @throws TkFailure naming path and line of a file that is no ticket */
  edit(id: string, work: (ticket: TicketText) => string): boolean;
}

function editedFiles(path: string, files: FolderChange): EditedFiles {
  return {
    isTaken: files.isTaken,
    add: (id, text) => files.write(id, Buffer.from(text)),
    edit(id, work) {
      const bytes = Buffer.from(files.read(id));
      // What is no UTF-8 goes through byte by byte. Then only what is added must be made bytes, too.
      const isText = process.getBuiltinModule("node:buffer").isUtf8(bytes);
      const encoding = isText ? "utf8" : "latin1";
      const read = readTicketText(bytes.toString(encoding));
      const seen = isText ? read : readTicketText(bytes.toString("utf8"));
      const fault = isTextFault(seen) ? seen : ticketFault(seen, id);
      if (fault !== undefined) throw tkError(`${join(path, `${id}.md`)}:${fault.line}: ${fault.message}`);
      if (isTextFault(read))
        throw new Error(`what is a ticket as UTF-8 is none byte by byte: ${read.message}`);
      const text = changeText(read, work);
      if (text === read.text) return false;
      files.write(id, Buffer.from(text, encoding));
      return true;
    },
  };
}

function checkedMember(id: string): string {
  if (isMember(id)) return id;
  throw tkError(`'${id}' cannot stand in a list of tickets: rename its file`);
}

/** When a file was last written, in milliseconds; one that is gone since comes last. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** UTC to the second. */
function timestamp(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

const emptyText: TicketText = {
  text: "",
  fields: [],
  fieldsStart: 0,
  bodyStart: 0,
  title: "",
  lineEnd: "\n",
};
