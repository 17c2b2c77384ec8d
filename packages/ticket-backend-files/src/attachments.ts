import {
  type Attachment,
  type AttachmentAddition,
  type AttachmentLimits,
  type AttachmentReceipt,
  type AttachmentRemoval,
  attachmentSubject,
  checkAddition,
  checkFence,
  checkRemoval,
  checkTicketId,
  compareAttachments,
  findAttachment,
  isAttachmentName,
  type TicketAttachments,
  type TicketId,
  ticketNotFound,
} from "@wiggum/ticket-core";
import { cursorOf } from "./cursor.js";
import type { FolderReader } from "./folder/folder.js";
import type { JournalAttachment, KeptCommit } from "./journal/journal-tables.js";
import { hashOf } from "./place-attachment.js";
import type { Deciding, Decision, FolderStore } from "./store.js";
import { enterPath, findTicket, freeze } from "./stored-tickets.js";

/**
 * Files in a folder beside those of a ticket. What others put there is listed where its name could be that of an attachment; the rest is left alone.
 */
export function createAttachments(
  store: FolderStore,
  name: string,
  limits: AttachmentLimits,
): TicketAttachments {
  const { layout } = store;

  function folderOf(root: FolderReader, id: TicketId): string {
    const [place] = layout.find(root, checkTicketId(id));
    if (place === undefined) throw ticketNotFound(id);
    return `${place.folder}/${name}`;
  }

  function storedIn(root: FolderReader, folder: string): readonly Attachment[] {
    const found = enterPath<FolderReader, readonly Attachment[]>(root, folder, (files) =>
      files.entries().flatMap((entry) => {
        if (entry.kind !== "file" || !isAttachmentName(entry.name)) return [];
        const found = files.digest(entry.name);
        return found === undefined ? [] : [{ name: entry.name, bytes: found.bytes, revision: found.hash }];
      }),
    );
    return [...(found ?? [])].sort(compareAttachments);
  }

  function decide(
    order: AttachmentAddition | AttachmentRemoval,
    { folder: root, tables }: Deciding,
  ): Decision<AttachmentReceipt> {
    const { operationId, id, actor, at } = order;
    const known = tables.operation(operationId);
    if (known !== undefined)
      return { answer: receiptOf(known, cursorOf({ ...tables.state(), ...known }), true) };
    const folder = folderOf(root, id);
    const ticket = findTicket(root, layout, id);
    if (ticket?.problem !== undefined) throw ticket.problem;
    const held = checkTicketId(order.fence?.id ?? id);
    checkFence(order, held, findTicket(root, layout, held)?.record?.ticket);
    const stored = storedIn(root, folder);
    const isAddition = "content" in order;
    const file = isAddition ? checkAddition(stored, order, limits) : checkRemoval(stored, order);
    const before = stored.find((each) => each.name === file)?.revision ?? null;
    const content = isAddition ? order.content : undefined;
    const attachment: JournalAttachment = {
      folder,
      name: file,
      before,
      after: content === undefined ? null : hashOf(content),
      bytes: content?.byteLength ?? 0,
    };
    return {
      commit: {
        operationId,
        actor,
        subject: attachmentSubject(order, file),
        skipHooks: false,
        at,
        attachment,
      },
      changes: ticket === undefined ? [] : [{ id, before: ticket, after: ticket.stored }],
      content,
    };
  }

  async function write(order: AttachmentAddition | AttachmentRemoval): Promise<AttachmentReceipt> {
    // What the caller hands in may change while we wait: take it as it is now.
    const taken = structuredClone(order);
    const done = await store.write((deciding) => decide(taken, deciding));
    return "answer" in done ? done.answer : receiptOf(done.kept, done.cursor, false);
  }

  return {
    limits,
    async list(id) {
      checkTicketId(id);
      const { value } = await store.read((root) => storedIn(root, folderOf(root, id)));
      return freeze(value);
    },
    async read(id, file) {
      checkTicketId(id);
      const { value } = await store.read((root) => {
        const folder = folderOf(root, id);
        const attachment = findAttachment(storedIn(root, folder), id, file);
        const bytes = enterPath<FolderReader, Uint8Array | undefined>(root, folder, (files) =>
          files.read(attachment.name),
        );
        const content = new Uint8Array(bytes ?? []);
        return { attachment: attachmentOf(attachment.name, content), content };
      });
      return value;
    },
    add: write,
    remove: write,
  };
}

function attachmentOf(name: string, content: Uint8Array): Attachment {
  return { name, bytes: content.byteLength, revision: hashOf(content) };
}

function receiptOf(
  { operationId = "", attachment }: KeptCommit,
  asOf: string,
  already: boolean,
): AttachmentReceipt {
  const { name = "", after = null, bytes = 0 } = attachment ?? {};
  return freeze({
    operationId,
    already,
    asOf,
    ...(after !== null && { attachment: { name, bytes, revision: after } }),
  });
}

/** Paths of all files in a folder and below it; names that begin with a dot are left out, links too. */
export function filesBelow(folder: FolderReader, prefix: string): readonly string[] {
  return folder.entries().flatMap(({ name, kind }) => {
    if (name.startsWith(".")) return [];
    if (kind === "file") return [prefix + name];
    if (kind !== "folder") return [];
    return folder.enter(name, (inner) => filesBelow(inner, `${prefix}${name}/`)) ?? [];
  });
}
