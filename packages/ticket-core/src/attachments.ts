// Files that belong to a ticket. Which names are safe and who was first is decided here, once; a backend knows where the bytes are.
import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import type { Actor, Cursor, Fence, OperationId, Revision, TicketId, Timestamp } from "./ticket.js";

/** A file that belongs to a ticket. */
export interface Attachment {
  /** Its name, in Unicode's composed form (NFC). */
  readonly name: string;
  /** Length of the content in bytes. */
  readonly bytes: number;
  /** Which content this is. Opaque: compare for equality. Different contents never have the same one. */
  readonly revision: Revision;
}

/** How much may be attached to one ticket. */
export interface AttachmentLimits {
  /** Bytes of one attachment. */
  readonly maxBytes: number;
  /** Attachments of one ticket. */
  readonly maxCount: number;
}

/** 10 MiB each, 100 for each ticket: every clone of a store carries them, so this is for logs and pictures, not for builds. */
export const defaultAttachmentLimits: AttachmentLimits = { maxBytes: 10 * 1024 * 1024, maxCount: 100 };

/** What a write of an attachment says about itself, as a `TicketCommit` does. */
export interface AttachmentOrder {
  /** As that of a `TicketCommit`: one effect, however often it is sent. */
  readonly operationId: OperationId;
  /** Who asks; kept in the history. */
  readonly actor: Actor;
  /** Wall clock of the caller; only displayed. */
  readonly at: Timestamp;
  /** One line for the history; default: what happens to which file. */
  readonly subject?: string | undefined;
  /** Required when `actor.kind` is `agent`: its own claim, still valid. */
  readonly fence?: Fence | undefined;
  /** The ticket that it belongs to. */
  readonly id: TicketId;
  /** As typed; it is checked and composed (`checkAttachmentName`). */
  readonly name: string;
}

/** A file to be attached. */
export interface AttachmentAddition extends AttachmentOrder {
  /** The whole of it; at most `maxBytes`. */
  readonly content: Uint8Array;
  /** Revision of the attachment of this name that the content replaces; absent = there must be none. */
  readonly replaces?: Revision | undefined;
}

/** A file to be taken away. */
export interface AttachmentRemoval extends AttachmentOrder {
  /** Revision that the caller has seen. */
  readonly revision: Revision;
}

/** The answer to a write of an attachment that was made. */
export interface AttachmentReceipt {
  /** That of the order. */
  readonly operationId: OperationId;
  /** The operation had been committed before; nothing was written now. */
  readonly already: boolean;
  /** The point in history right after the write. */
  readonly asOf: Cursor;
  /** The attachment that the operation wrote; absent when it took one away. */
  readonly attachment?: Attachment | undefined;
}

/**
 * Files that belong to tickets, by name. They are part of the store's one history: an operation id has one effect, whether it writes a ticket
 * or an attachment; a write shows in `history` and `watch` as a change of the ticket that leaves its record as it was; who deletes a ticket
 * deletes its attachments. Contents are whole: `maxBytes` is small enough for memory.
 */
export interface TicketAttachments {
  /** How much may be attached to one ticket of this store. */
  readonly limits: AttachmentLimits;
  /** Sorted by name. @throws TICKET_NOT_FOUND */
  list(id: TicketId): Promise<readonly Attachment[]>;
  /** @throws TICKET_NOT_FOUND ATTACHMENT_NOT_FOUND */
  read(
    id: TicketId,
    name: string,
  ): Promise<{ readonly attachment: Attachment; readonly content: Uint8Array }>;
  /**
   * @throws TICKET_NOT_FOUND, TICKET_UNREADABLE, TICKET_FENCED as `commit`
   * @throws ATTACHMENT_INVALID a name that is not safe, too large a content, or one too many
   * @throws ATTACHMENT_CONFLICT there is another content under that name, or a name that differs in case only
   * @throws COMMIT_UNKNOWN, STORE_BUSY, STORE_READ_ONLY as `commit`
   */
  add(addition: AttachmentAddition): Promise<AttachmentReceipt>;
  /** As `add`. @throws ATTACHMENT_NOT_FOUND; ATTACHMENT_CONFLICT it has another content now */
  remove(removal: AttachmentRemoval): Promise<AttachmentReceipt>;
}

/** Longest name in bytes of UTF-8: a file system's 255 less what temporary names add. */
export const maxAttachmentNameBytes = 200;

// Names of devices on Windows, with whatever ending.
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/i;

/** Why this cannot be the name of an attachment; `undefined` = it can. `name` is composed (NFC). */
function nameFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (/\p{Cs}/u.test(name)) return "it is no text";
  if (utf8Length(name) > maxAttachmentNameBytes) return `it is longer than ${maxAttachmentNameBytes} bytes`;
  if (/[/\\]/.test(name)) return "it holds a slash: a name is not a path";
  // Cf: characters that nobody sees, or that turn the direction of what follows.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return "it holds control or invisible characters";
  if (/[<>:"|?*]/.test(name)) return 'it holds one of < > : " | ? *, which no name on Windows may';
  if (name.startsWith(".")) return "it begins with a dot";
  if (name.startsWith("-")) return "it begins with '-', as a flag does";
  if (/^\s|[\s.]$/u.test(name)) return "it begins or ends with a space, or ends with a dot";
  if (device.test(name)) return "Windows takes it for a device";
  // `GIT~1` means `.git` there, and git refuses a tree with it.
  if (/^[^.]{1,7}~[0-9]/.test(name)) return "Windows takes it for the short form of another name";
  return undefined;
}

/**
 * The name as it is stored: composed (NFC), safe as a file name on every system. No path, no hidden file, nothing that a terminal or a command
 * line takes for something else.
 * @throws ATTACHMENT_INVALID
 */
export function checkAttachmentName(text: string): string {
  const name = text.normalize("NFC");
  const fault = nameFault(name);
  if (fault === undefined) return name;
  throw new TicketError(
    "ATTACHMENT_INVALID",
    `'${printable(name.slice(0, 100))}' cannot be the name of an attachment: ${fault}`,
    { name: text },
    { hint: "Give it a plain file name, for example report.txt." },
  );
}

/** May a file of this name be an attachment as it is? For what others put into a store. */
export function isAttachmentName(name: string): boolean {
  return name.normalize("NFC") === name && nameFault(name) === undefined;
}

/** What an addition may be written over: the name to write under. @throws ATTACHMENT_INVALID ATTACHMENT_CONFLICT */
export function checkAddition(
  stored: readonly Attachment[],
  { id, name: given, content, replaces }: AttachmentAddition,
  limits: AttachmentLimits,
): string {
  const name = checkAttachmentName(given);
  if (content.byteLength > limits.maxBytes) {
    throw new TicketError(
      "ATTACHMENT_INVALID",
      `${printable(name)} has ${content.byteLength} bytes; an attachment may have ${limits.maxBytes}`,
      { id, name, bytes: content.byteLength, most: limits.maxBytes },
      { hint: "Every clone of the store would carry it: keep it elsewhere, and add a reference to it." },
    );
  }
  const current = stored.find((attachment) => attachment.name === name);
  const twin = stored.find(
    (attachment) => attachment.name !== name && folded(attachment.name) === folded(name),
  );
  if (twin !== undefined) {
    throw conflict(
      id,
      name,
      replaces ?? null,
      twin,
      `${printable(twin.name)} is there, which differs in case only`,
    );
  }
  requireRevision(id, name, replaces ?? null, current);
  if (current === undefined && stored.length >= limits.maxCount) {
    throw new TicketError(
      "ATTACHMENT_INVALID",
      `${id} has ${stored.length} attachments; it may have ${limits.maxCount}`,
      { id, name, count: stored.length, most: limits.maxCount },
      { hint: "Remove one, or pack several into one file." },
    );
  }
  return name;
}

/** What a removal takes away. @throws ATTACHMENT_INVALID ATTACHMENT_NOT_FOUND ATTACHMENT_CONFLICT */
export function checkRemoval(
  stored: readonly Attachment[],
  { id, name: given, revision }: AttachmentRemoval,
): string {
  const current = findAttachment(stored, id, given);
  requireRevision(id, current.name, revision, current);
  return current.name;
}

/** The attachment of that name, in whichever Unicode form it is typed. @throws ATTACHMENT_INVALID ATTACHMENT_NOT_FOUND */
export function findAttachment(stored: readonly Attachment[], id: TicketId, given: string): Attachment {
  const name = checkAttachmentName(given);
  const found = stored.find((attachment) => attachment.name === name);
  if (found !== undefined) return found;
  const names = stored.slice(0, 20).map((attachment) => printable(attachment.name));
  throw new TicketError(
    "ATTACHMENT_NOT_FOUND",
    `${id} has no attachment ${printable(name)}`,
    { id, name },
    { hint: names.length === 0 ? "Nothing is attached to it." : `Attached are: ${names.join(", ")}.` },
  );
}

/** By name, as every backend lists them: in the order of code units, the same on every machine. */
export function compareAttachments(left: Attachment, right: Attachment): number {
  if (left.name === right.name) return 0;
  return left.name < right.name ? -1 : 1;
}

/** What the history says of it. */
export function attachmentSubject(order: AttachmentAddition | AttachmentRemoval, name: string): string {
  if (order.subject !== undefined) return printable(order.subject);
  return "content" in order
    ? `Attach ${printable(name)} to ${order.id}`
    : `Remove attachment ${printable(name)} of ${order.id}`;
}

function requireRevision(
  id: TicketId,
  name: string,
  expected: Revision | null,
  current: Attachment | undefined,
): void {
  if ((current?.revision ?? null) === expected) return;
  throw conflict(id, name, expected, current, foundInstead(expected, current));
}

/** What is there instead of what the writer expects. */
function foundInstead(expected: Revision | null, current: Attachment | undefined): string {
  if (current === undefined) return "it is not there any more";
  // Nobody has compared the contents: they may be the same.
  if (expected === null) return `there is an attachment of that name already, of ${current.bytes} bytes`;
  return "another content is attached under that name";
}

function conflict(
  id: TicketId,
  name: string,
  expected: Revision | null,
  current: Attachment | undefined,
  found: string,
): TicketError<"ATTACHMENT_CONFLICT"> {
  return new TicketError(
    "ATTACHMENT_CONFLICT",
    `${printable(name)} was not written to ${id}: ${found}`,
    { id, name, expected, current },
    { hint: "Choose another name, or look at what is there and replace it." },
  );
}

/** The same for names that a file system without upper and lower case takes for one. */
function folded(name: string): string {
  return name.toLowerCase().normalize("NFC");
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
