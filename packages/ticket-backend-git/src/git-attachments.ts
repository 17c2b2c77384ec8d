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
  findAttachment,
  printable,
  type TicketAttachments,
  TicketError,
  type TicketId,
  ticketNotFound,
} from "@wiggum/ticket-core";
import { type AttachmentFolder, type AttachmentFolders, folderOf } from "./attachment-folders.js";
import { formatMessage } from "./commit-message.js";
import { folderMode } from "./fan-out.js";
import type { ObjectId } from "./objects.js";
import type { EffectiveTickets } from "./refusals.js";
import type { Snapshot, StoreReader } from "./snapshot.js";
import { attachmentsFolder } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import type { StoreTree } from "./store-tree.js";
import { findAt } from "./ticket-at.js";
import type { Writer } from "./write.js";
import type { WritePlan, WritePlanner } from "./write-plan.js";

export interface GitAttachmentsPorts {
  readonly place: StorePlace;
  readonly reader: StoreReader;
  readonly folders: AttachmentFolders;
  readonly planner: WritePlanner;
  readonly writer: Writer;
  readonly limits: AttachmentLimits;
  readonly host: string;
  /** The store as it counts now. */
  readonly look: () => { readonly snapshot: Pick<Snapshot, "tree">; readonly tickets: EffectiveTickets };
}

/** A file that somebody pushed past us may be of any size: above this it is named, and not loaded. */
const largestLoadedBytes = 64 * 1024 * 1024;

/** Attachments as files of the tickets' own repository, `<id>/attachments/<name>`: every clone carries them, one history tells of them. */
export function createGitAttachments(ports: GitAttachmentsPorts): TicketAttachments {
  const { place, reader, folders, planner, writer, limits, host } = ports;

  function storedOf(id: TicketId): AttachmentFolder {
    checkTicketId(id);
    const { snapshot, tickets } = ports.look();
    if (!tickets.has(id)) throw ticketNotFound(id);
    return folders.read(id, folderOf(snapshot.tree, id));
  }

  function plan(order: AttachmentAddition | AttachmentRemoval, base: ObjectId): WritePlan {
    return planner.planBeside(order, base, ({ snapshot, tickets, recordOf, storeBlob, storeTree }) => {
      const { id } = order;
      if (!tickets.has(id)) throw ticketNotFound(id);
      const { ticket } = recordOf(id);
      const fencing =
        order.fence === undefined || !tickets.has(order.fence.id) ? undefined : recordOf(order.fence.id);
      checkFence(order, order.fence?.id ?? id, order.fence === undefined ? ticket : fencing?.ticket);
      requireRoom(id, snapshot.tree);
      const folder = folderOf(snapshot.tree, id);
      const stored = folders.read(id, folder).attachments;
      const isAddition = "content" in order;
      const name = isAddition ? checkAddition(stored, order, limits) : checkRemoval(stored, order);
      const blob = isAddition ? storeBlob(order.content) : undefined;
      const { state, leaseEpoch } = ticket;
      const said = { ...order, subject: attachmentSubject(order, name), attachment: name };
      return {
        files: new Map([[id, folders.change(folder, name, blob, storeTree)]]),
        message: formatMessage(said, [{ id, from: state, to: state, epoch: leaseEpoch }], host),
      };
    });
  }

  /** What an operation wrote, whatever became of it since. */
  function writtenBy(commit: ObjectId): Attachment | undefined {
    const { own } = reader.snapshot(commit);
    const id = own?.changes[0]?.id;
    if (own?.attachment === undefined || id === undefined) return undefined;
    const inside = `${attachmentsFolder}/${own.attachment}`;
    const [found] = findAt(place.objects, [{ commit, name: id, inside }]);
    return found && { name: own.attachment, bytes: found.bytes, revision: found.id };
  }

  async function write(given: AttachmentAddition | AttachmentRemoval): Promise<AttachmentReceipt> {
    // What the caller handed in may change while we wait.
    const order = structuredClone(given);
    checkTicketId(order.id);
    const { commit: asOf, already } = await writer.writeBeside(order, (base) => plan(order, base));
    const attachment = writtenBy(asOf);
    return { operationId: order.operationId, already, asOf, ...(attachment && { attachment }) };
  }

  return {
    limits,
    list: async (id) => storedOf(id).attachments,
    async read(id, name) {
      const attachment = findAttachment(storedOf(id).attachments, id, name);
      const { bytes, revision } = attachment;
      if (bytes > Math.max(limits.maxBytes, largestLoadedBytes)) throw tooLarge(id, attachment);
      const content = place.objects.readAll([revision]).get(revision)?.content;
      if (content === undefined) throw missing(id, attachment);
      return { attachment, content: Uint8Array.from(content) };
    },
    add: (addition) => write(addition),
    remove: (removal) => write(removal),
  };
}

/** @throws UNSUPPORTED, ATTACHMENT_CONFLICT where the ticket's folder cannot be made */
function requireRoom(id: TicketId, tree: StoreTree): void {
  if (id.endsWith(".md")) {
    // Its folder would bear the name of another ticket's file.
    throw new TicketError("UNSUPPORTED", `Nothing can be attached to ${id}: its id ends with .md`, {
      what: "attachments",
    });
  }
  const inTheWay = tree.find(id);
  if (inTheWay === undefined || inTheWay.mode === folderMode) return;
  throw new TicketError(
    "ATTACHMENT_CONFLICT",
    `Nothing can be attached to ${id}: a file of that name lies in the store, where its folder would`,
    { id, name: id, expected: null },
    { hint: "'wiggum doctor --fix' takes it out; the history keeps it." },
  );
}

function tooLarge(id: TicketId, { name, bytes }: Attachment): TicketError<"ATTACHMENT_INVALID"> {
  return new TicketError(
    "ATTACHMENT_INVALID",
    `${printable(name)} of ${id} has ${bytes} bytes, more than is read at once`,
    { id, name, bytes, most: largestLoadedBytes },
    { hint: "It was pushed with plain git: read it from a clone of the store." },
  );
}

function missing(id: TicketId, { name, revision }: Attachment): TicketError<"STORE_BROKEN"> {
  return new TicketError(
    "STORE_BROKEN",
    `The content of ${printable(name)} of ${id} (${revision}) is missing from the store`,
    { path: `${id}/${attachmentsFolder}/${name}` },
    { hint: "'wiggum doctor --fix' copies it from the people's view." },
  );
}
