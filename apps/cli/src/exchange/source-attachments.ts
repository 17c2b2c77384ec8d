// Files that a source has beside its records: which of them can be attached to a ticket, and attaching them.
import { createHash } from "node:crypto";
import {
  type Actor,
  type AttachmentLimits,
  type Fence,
  isAttachmentName,
  isTicketError,
  type Reference,
  type TicketAttachments,
} from "@wiggum/ticket-core";
import type { FieldAccount, SourceContents, SourceFile, SourceProblem } from "./imported-ticket.js";
import type { PlanEntry } from "./plan-import.js";

/** A file of a record that is to be attached to its ticket. */
export interface SourceAttachment {
  readonly name: string;
  /** Its name among the fields of the record. */
  readonly field: string;
  readonly file: SourceFile;
}

/**
 * The same records, each with the files that can be attached. All others become references where the ticket is made anew, and are named: they are in
 * no ticket. Without limits the tickets here take none.
 */
export function judgeAttachments(
  contents: SourceContents,
  limits: AttachmentLimits | undefined,
): SourceContents {
  const problems: SourceProblem[] = [...contents.problems];
  const records = contents.records.map((record) => {
    const { attachments = [], exact, externalId } = record;
    if (attachments.length === 0 || record.isDeleted) return record;
    const fitting: SourceAttachment[] = [];
    const account: FieldAccount[] = [];
    const references: Reference[] = [];
    for (const each of attachments) {
      const { field, file } = each;
      const why = faultOf(each, fitting, limits);
      if (why === undefined) {
        fitting.push(each);
        account.push({ field, fate: "kept", note: "attachment" });
        continue;
      }
      problems.push({ path: file.path, externalId, message: `It cannot be attached: ${why}` });
      if (exact === undefined) {
        references.push({ kind: "artifact", target: file.path });
        account.push({
          field,
          fate: "mapped",
          note: "reference artifact:<path>; the file stays where it is",
        });
      } else account.push({ field, fate: "dropped", note: why });
    }
    return {
      ...record,
      attachments: fitting,
      account: [...record.account, ...account],
      references: [...record.references, ...references],
    };
  });
  return { ...contents, records, problems };
}

/** Why a file cannot be attached; `undefined` = it can. */
function faultOf(
  { name, file }: SourceAttachment,
  before: readonly SourceAttachment[],
  limits: AttachmentLimits | undefined,
): string | undefined {
  if (limits === undefined) return "the tickets here take no attachments";
  if (!isAttachmentName(name)) return "its name is none that an attachment can have";
  if (before.some((other) => other.name.toLowerCase() === name.toLowerCase()))
    return "another file has that name, but for the case of its letters";
  if ((file.size ?? file.bytes.byteLength) > limits.maxBytes) return `it is over ${limits.maxBytes} bytes`;
  return before.length >= limits.maxCount ? `a ticket takes ${limits.maxCount} attachments` : undefined;
}

export interface AttachPorts {
  readonly attachments: TicketAttachments | undefined;
  readonly actor: Actor;
  readonly fence?: Fence | undefined;
  readonly now: () => Date;
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Attaches what the tickets of a plan have. What is there stays; what was attached by an import before, and taken away since, does not come back: an
 * operation has one effect.
 * @returns files that could not be attached, each with the reason
 */
export async function attachFiles(
  entries: readonly PlanEntry[],
  { attachments, actor, fence, now, onProgress }: AttachPorts,
): Promise<readonly SourceProblem[]> {
  const wanted = entries.filter(
    ({ id, attachments: files, action }) =>
      id !== undefined && files.length > 0 && (action === "create" || action === "skip"),
  );
  const problems: SourceProblem[] = [];
  let done = 0;
  for (const { id, externalId, attachments: files } of wanted) {
    if (id === undefined || attachments === undefined) continue;
    onProgress(done, wanted.length);
    done += 1;
    const there = new Set((await attachments.list(id)).map((attachment) => attachment.name));
    for (const { name, file } of files) {
      try {
        const content = (await file.load?.()) ?? file.bytes;
        if (there.has(name)) {
          const held = await attachments.read(id, name);
          if (Buffer.compare(held.content, content) === 0) continue;
          throw new Error("another content is attached under that name, and left alone");
        }
        await attachments.add({
          id,
          name,
          content,
          operationId: operationOf(id, name, content),
          actor,
          fence,
          at: `${now().toISOString().slice(0, 19)}Z`,
          subject: `Import attachment: ${id} ${name}`,
        });
      } catch (error) {
        if (isTicketError(error) && !error.code.startsWith("ATTACHMENT_")) throw error;
        problems.push({
          path: file.path,
          externalId,
          message: `It is not attached: ${(error as Error).message}`,
        });
      }
    }
  }
  return problems;
}

/** The same for the same content: an import that was interrupted attaches nothing twice. */
function operationOf(id: string, name: string, content: Uint8Array): string {
  const of = createHash("sha256")
    .update(JSON.stringify([id, name]))
    .update(content)
    .digest("hex");
  return `import-${of.slice(0, 24)}`;
}
