// Attachments on their way out: which files an export has of them, and what is said of those that it has not.
import { isTicketError, type TicketBackend } from "@wiggum/ticket-core";
import type { ExportedTicket } from "./exported-ticket.js";
import type { FieldAccount } from "./imported-ticket.js";
import type { TargetContent } from "./write-target.js";

/** Where the attachment of a ticket goes, below the folder of the export. */
export type AttachmentPath = (ticket: ExportedTicket, name: string) => string;

export interface ExportedAttachments {
  readonly files: readonly TargetContent[];
  /** The tickets, each with what becomes of its attachments. */
  readonly tickets: readonly ExportedTicket[];
  /** Attachments that stay behind. */
  readonly left: number;
}

/** @param pathOf absent = the target holds none; `note` says where they are there */
export async function exportAttachments(
  { attachments }: TicketBackend,
  tickets: readonly ExportedTicket[],
  pathOf: AttachmentPath | undefined,
  note: string,
): Promise<ExportedAttachments> {
  const files: TargetContent[] = [];
  const told: ExportedTicket[] = [];
  let left = 0;
  for (const ticket of tickets) {
    const { id } = ticket;
    const held = await attachments?.list(id).catch((error: unknown) => {
      // Deleted since it was listed.
      if (isTicketError(error, "TICKET_NOT_FOUND")) return [];
      throw error;
    });
    const account: FieldAccount[] = [];
    for (const { name } of held ?? []) {
      if (pathOf === undefined) left += 1;
      else
        files.push({
          name: pathOf(ticket, name),
          load: async () => (await attachments?.read(id, name))?.content ?? new Uint8Array(),
        });
      account.push({ field: "attachments", fate: pathOf === undefined ? "dropped" : "kept", note });
    }
    told.push(account.length === 0 ? ticket : { ...ticket, account: [...ticket.account, ...account] });
  }
  return { files, tickets: told, left };
}
