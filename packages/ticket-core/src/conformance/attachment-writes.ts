// Ways to attach that the cases share.
import type { Attachment, AttachmentAddition, TicketAttachments } from "../attachments.js";
import type { TicketBackend } from "../backend.js";
import type { TicketId } from "../ticket.js";
import { check } from "./assertions.js";
import { newOperationId, person } from "./writes.js";

const at = "2026-01-02T03:04:05Z";

/** Every byte there is, line ends of all kinds and what is no text. */
export const allBytes = Uint8Array.from([
  ...Array.from({ length: 256 }, (_item, byte) => byte),
  13,
  10,
  13,
  10,
  0,
]);

export function portOf(backend: TicketBackend): TicketAttachments {
  const { attachments } = backend;
  check(attachments !== undefined, "supports.attachments without attachments");
  return attachments;
}

export function additionOf(
  id: TicketId,
  name: string,
  content: Uint8Array | string,
  extra: Partial<AttachmentAddition> = {},
): AttachmentAddition {
  const bytes = typeof content === "string" ? bytesOf(content) : content;
  return { operationId: newOperationId(), actor: person, at, id, name, content: bytes, ...extra };
}

export async function attach(
  backend: TicketBackend,
  ...addition: Parameters<typeof additionOf>
): Promise<Attachment> {
  const { attachment } = await portOf(backend).add(additionOf(...addition));
  check(attachment !== undefined, "an addition is answered without the attachment");
  return attachment;
}

/** Attaches a file where that can be done, and answers what is attached then. */
export async function attachOne(backend: TicketBackend, id: TicketId): Promise<unknown> {
  if (backend.attachments !== undefined) await attach(backend, id, "kept.bin", allBytes);
  return attachedTo(backend, id);
}

/** Names, revisions and contents of what is attached. */
export async function attachedTo(backend: TicketBackend, id: TicketId): Promise<unknown> {
  const found = [];
  for (const { name } of (await backend.attachments?.list(id)) ?? []) {
    const { attachment, content } = await portOf(backend).read(id, name);
    found.push({ attachment, content: [...content] });
  }
  return found;
}

export async function namesOf(backend: TicketBackend, id: TicketId): Promise<readonly string[]> {
  return (await portOf(backend).list(id)).map(({ name }) => name);
}

export async function contentOf(
  backend: TicketBackend,
  id: TicketId,
  name: string,
): Promise<readonly number[]> {
  return [...(await portOf(backend).read(id, name)).content];
}

export const hostileNames: readonly string[] = [
  "",
  ".",
  "..",
  "../x",
  "a/b",
  "/etc/passwd",
  "a\\b",
  "C:x",
  ".hidden",
  ".git",
  "git~1",
  "-rf",
  "a\nb",
  "a\u0000b",
  "a\u001b[2J",
  "a\u202eb.txt",
  "\u200b.git",
  "con",
  "NUL.txt",
  "com1.log",
  "x ",
  " x",
  "x.",
  "a*b",
  'a"b',
  "x".repeat(201),
  "ä".repeat(101),
  "\ud800",
];

export function orderOf(id: TicketId, name: string) {
  return { operationId: newOperationId(), actor: person, at, id, name };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
