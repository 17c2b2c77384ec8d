// Files of a ticket, over any backend that has them.
import {
  type Attachment,
  type AttachmentReceipt,
  checkAttachmentName,
  findAttachment,
  type TicketAttachments,
} from "../attachments.js";
import { isTicketError, TicketError } from "../errors.js";
import type { OperationId, TicketId } from "../ticket.js";
import { timestampOf } from "../ticket-changes.js";
import type { Tickets, TicketsPorts, WriteContext } from "../tickets.js";
import { findId } from "./find-ticket.js";

/** Writers that may come first before a replacement gives up. */
const maxAttempts = 100;

export function createAttaching(
  ports: TicketsPorts,
): Pick<Tickets, "attachments" | "attachment" | "attach" | "detach"> {
  const { backend } = ports;

  function port(): TicketAttachments {
    if (backend.attachments !== undefined) return backend.attachments;
    const what = `the tickets here (${backend.name})`;
    throw new TicketError("UNSUPPORTED", `Nothing can be attached to ${what}`, { what: "attachments" });
  }

  function orderOf(id: TicketId, name: string, context: WriteContext) {
    const { actor, fence, operationId = ports.newId() } = context;
    return { operationId, actor, at: timestampOf(ports.now()), id, name, ...(fence && { fence }) };
  }

  /** A write whose answer was lost is sent again when the store has it: it is known by its operation id then. */
  async function sure(
    operationId: OperationId,
    write: () => Promise<AttachmentReceipt>,
  ): Promise<AttachmentReceipt> {
    try {
      return await write();
    } catch (error) {
      if (!isTicketError(error, "COMMIT_UNKNOWN") || !(await isCommitted(operationId))) throw error;
      return write();
    }
  }

  async function isCommitted(operationId: OperationId): Promise<boolean> {
    const outcome = await backend.outcome(operationId).catch(() => undefined);
    return outcome?.status === "committed";
  }

  return {
    async attachments(text) {
      const attached = port();
      return attached.list(await findId(backend, text, "read"));
    },
    async attachment(text, name) {
      const attached = port();
      return attached.read(await findId(backend, text, "read"), name);
    },
    async attach(text, { name, content, isReplacing = false }, context) {
      const attached = port();
      const id = await findId(backend, text, "write");
      const order = { ...orderOf(id, name, context), content };
      const composed = checkAttachmentName(name);
      for (let attempt = 1; ; attempt += 1) {
        const before = isReplacing
          ? (await attached.list(id)).find((attachment) => attachment.name === composed)
          : undefined;
        try {
          const replaces = before && { replaces: before.revision };
          const receipt = await sure(order.operationId, () => attached.add({ ...order, ...replaces }));
          return receipt.attachment ?? { name: composed, bytes: content.byteLength, revision: "" };
        } catch (error) {
          const isBeaten = isTicketError(error, "ATTACHMENT_CONFLICT") && isReplacing;
          // A name that differs in case only stays in the way.
          const isOther = isTicketError(error, "ATTACHMENT_CONFLICT") && isTwin(error.data.current, composed);
          if (!isBeaten || isOther || attempt >= maxAttempts) throw error;
        }
      }
    },
    async detach(text, name, context) {
      const attached = port();
      const id = await findId(backend, text, "write");
      const order = orderOf(id, name, context);
      const isNew = context.operationId === undefined || context.isNewOperation === true;
      if (!isNew && (await isCommitted(order.operationId))) {
        await attached.remove({ ...order, revision: "" });
        return checkAttachmentName(name);
      }
      const { revision } = findAttachment(await attached.list(id), id, name);
      await sure(order.operationId, () => attached.remove({ ...order, revision }));
      return checkAttachmentName(name);
    },
  };
}

function isTwin(current: Attachment | undefined, name: string): boolean {
  return current !== undefined && current.name !== name;
}
