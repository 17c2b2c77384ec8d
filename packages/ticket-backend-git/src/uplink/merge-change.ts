// One change of one ticket, put on top of what another host wrote meanwhile. By field, never by line.
import {
  type Attachment,
  encodeTicket,
  type FieldConflict,
  type Judge,
  mergeTickets,
  printable,
  type Ticket,
  TicketError,
  type TicketId,
  type TicketRecord,
} from "@wiggum/ticket-core";
import type { AttachmentFolders } from "../attachment-folders.js";
import type { GitObjects } from "../objects.js";
import type { StoreReader } from "../snapshot.js";
import type { FileVersion } from "../store-tree.js";

/** A ticket before and after a local operation, and as it is now on the other side. */
export interface TicketStep {
  readonly id: TicketId;
  readonly before: FileVersion | undefined;
  readonly after: FileVersion | undefined;
  readonly stored: FileVersion | undefined;
}

export interface MergePorts {
  readonly objects: GitObjects;
  readonly reader: StoreReader;
  readonly folders: AttachmentFolders;
  readonly judge: Judge;
}

/**
 * The ticket with the change in it; `undefined` = it is deleted.
 * @throws TICKET_HELD TICKET_CONFLICT FIELD_CONFLICT TICKET_UNREADABLE, whatever the judge refuses with
 */
export function mergeTicketStep(
  { objects, reader, judge }: MergePorts,
  { id, before, after, stored }: TicketStep,
  override: string | undefined,
): FileVersion | undefined {
  // Nobody else touched it: the very bytes.
  if (stored?.id === before?.id) return after;
  if (stored === undefined && after === undefined) return undefined;
  // Even where both made the very same of it: of two equal claims one must lose.
  const recordAt = (version: FileVersion | undefined): TicketRecord | undefined => {
    if (version === undefined) return undefined;
    const content = reader.content(id, version.id);
    if ("problem" in content) throw content.problem;
    return content.record;
  };
  if (after === undefined)
    throw goneOrChanged(id, "was changed by another host, so it is not deleted", stored);
  if (stored === undefined) throw goneOrChanged(id, "was deleted by another host", stored);
  const [base, theirs, mine] = [recordAt(before), recordAt(stored), recordAt(after)];
  if (theirs === undefined || mine === undefined) return stored;
  if (base === undefined) {
    throw goneOrChanged(id, "was created by another host, too: the id is taken", stored, theirs);
  }
  const result = mergeTickets(base.ticket, theirs.ticket, mine.ticket);
  if ("conflicts" in result) throw conflictError(id, theirs.ticket, result.conflicts);
  const verdict = judge(theirs.ticket, result.merged, { override });
  if (!verdict.legal) throw verdict.error;
  return { mode: stored.mode, id: objects.writeBlob(encodeTicket(result.merged, theirs.text)) };
}

/** The folder of a ticket, attachment by attachment. @throws ATTACHMENT_CONFLICT TICKET_CONFLICT */
export function mergeFolderStep(
  { folders, objects }: MergePorts,
  { id, before, after, stored }: TicketStep,
  isTicketThere: boolean,
): FileVersion | undefined {
  if (stored?.id === before?.id && isTicketThere) return after;
  if (stored?.id === after?.id) return stored;
  const named = (version: FileVersion | undefined) =>
    new Map(folders.read(id, version).attachments.map((attachment) => [attachment.name, attachment]));
  const [base, theirs, mine] = [named(before), named(stored), named(after)];
  let merged = stored;
  for (const name of new Set([...base.keys(), ...mine.keys()])) {
    const [was, now, wanted] = [base, theirs, mine].map((side) => side.get(name)?.revision);
    if (was === wanted || now === wanted) continue;
    if (!isTicketThere) throw goneOrChanged(id, "was deleted by another host", undefined);
    if (now !== was) throw attachmentConflict(id, name, was, theirs.get(name));
    merged = folders.change(merged, name, wanted, (entries) => objects.writeTree(entries));
  }
  return merged;
}

const unit: ReadonlySet<string> = new Set(["state", "assignedAgentId", "assignedAt", "leaseEpoch"]);

function conflictError(id: TicketId, theirs: Ticket, conflicts: readonly FieldConflict[]): TicketError {
  if (conflicts.some(({ field }) => unit.has(field))) {
    const holder = theirs.assignedAgentId;
    const by = holder === undefined ? "" : `, held by ${printable(holder)}`;
    return new TicketError(
      "TICKET_HELD",
      `${id} is '${printable(theirs.state)}'${by}: another host was first`,
      {
        id,
        state: theirs.state,
        ...(holder === undefined ? {} : { holder }),
        ...(theirs.assignedAt === undefined ? {} : { since: theirs.assignedAt }),
      },
    );
  }
  const names = [...new Set(conflicts.map(({ field }) => printable(field)))].join(", ");
  const error = `${id}: ${names} changed differently by another host, which was first`;
  return new TicketError("FIELD_CONFLICT", error, { id, conflicts });
}

function goneOrChanged(
  id: TicketId,
  what: string,
  stored: FileVersion | undefined,
  current?: TicketRecord,
): TicketError<"TICKET_CONFLICT"> {
  return new TicketError("TICKET_CONFLICT", `${id} ${what}`, {
    id,
    expected: stored?.id ?? null,
    ...(current === undefined ? {} : { current }),
  });
}

function attachmentConflict(
  id: TicketId,
  name: string,
  expected: string | undefined,
  current: Attachment | undefined,
): TicketError<"ATTACHMENT_CONFLICT"> {
  return new TicketError(
    "ATTACHMENT_CONFLICT",
    `${id}: another host changed the attachment ${printable(name)} first`,
    { id, name, expected: expected ?? null, ...(current === undefined ? {} : { current }) },
  );
}
