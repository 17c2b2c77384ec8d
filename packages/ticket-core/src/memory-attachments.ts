import {
  type Attachment,
  type AttachmentAddition,
  type AttachmentLimits,
  type AttachmentReceipt,
  type AttachmentRemoval,
  attachmentSubject,
  checkAddition,
  checkRemoval,
  compareAttachments,
  findAttachment,
  type TicketAttachments,
} from "./attachments.js";
import type { CommitReceipt } from "./backend.js";
import { checkTicketId, ticketNotFound } from "./ids.js";
import { freeze, type MemoryFile } from "./memory-file.js";
import type { Cursor, OperationId, TicketId } from "./ticket.js";

interface MemoryAttachmentPorts {
  readonly limits: AttachmentLimits;
  readonly turn: () => Promise<void>;
  readonly cursor: () => Cursor;
  /** All that was committed, tickets and attachments. */
  readonly operations: Map<OperationId, CommitReceipt>;
  readonly find: (id: TicketId) => MemoryFile | undefined;
  /** @throws TICKET_FENCED */
  readonly checkFence: (order: AttachmentAddition | AttachmentRemoval, id: TicketId) => void;
  /** A new point in the history. */
  readonly record: (order: AttachmentAddition | AttachmentRemoval, subject: string) => void;
}

/** Attachments beside the tickets of a memory backend. */
export function createMemoryAttachments(ports: MemoryAttachmentPorts) {
  const { limits, turn, cursor, operations } = ports;
  const contents = new Map<TicketId, Map<string, { attachment: Attachment; content: Uint8Array }>>();
  const written = new Map<OperationId, Attachment | undefined>();
  let revisions = 0;

  function storedOf(id: TicketId): readonly Attachment[] {
    checkTicketId(id);
    if (ports.find(id) === undefined) throw ticketNotFound(id);
    return [...(contents.get(id)?.values() ?? [])]
      .map(({ attachment }) => attachment)
      .sort(compareAttachments);
  }

  function receipt(operationId: OperationId, already: boolean, asOf: Cursor): AttachmentReceipt {
    const attachment = written.get(operationId);
    return { operationId, already, asOf, ...(attachment && { attachment }) };
  }

  /** Everything happens in one turn: nobody comes in between. */
  function write(order: AttachmentAddition | AttachmentRemoval): AttachmentReceipt {
    const { operationId, id } = order;
    const known = operations.get(operationId);
    if (known !== undefined) return receipt(operationId, true, known.asOf);
    const stored = storedOf(id);
    const problem = ports.find(id)?.problem;
    if (problem !== undefined) throw problem;
    ports.checkFence(order, order.fence?.id ?? id);
    const name = "content" in order ? checkAddition(stored, order, limits) : checkRemoval(stored, order);
    const files = contents.get(id) ?? new Map();
    if ("content" in order) {
      revisions += 1;
      const attachment = freeze({ name, bytes: order.content.byteLength, revision: `a${revisions}` });
      files.set(name, { attachment, content: order.content });
      written.set(operationId, attachment);
    } else files.delete(name);
    contents.set(id, files);
    ports.record(order, attachmentSubject(order, name));
    operations.set(operationId, freeze({ operationId, already: false, asOf: cursor(), records: [] }));
    return receipt(operationId, false, cursor());
  }

  async function take(order: AttachmentAddition | AttachmentRemoval): Promise<AttachmentReceipt> {
    // What the caller hands in may change while we wait: take it as it is now.
    const taken = structuredClone(order);
    await turn();
    const made = write(taken);
    await turn();
    return made;
  }

  const port: TicketAttachments = {
    limits,
    async list(id) {
      checkTicketId(id);
      await turn();
      return storedOf(id);
    },
    async read(id, name) {
      checkTicketId(id);
      await turn();
      const attachment = findAttachment(storedOf(id), id, name);
      const content = contents.get(id)?.get(attachment.name)?.content ?? new Uint8Array();
      return { attachment, content: content.slice() };
    },
    add: (addition) => take(addition),
    remove: (removal) => take(removal),
  };

  return {
    port,
    /** The ticket is deleted, and they with it. */
    forget(id: TicketId): void {
      contents.delete(id);
    },
  };
}
