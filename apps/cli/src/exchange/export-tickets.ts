// The use case behind `wiggum ticket export`.
import { encodeTicket, loadParsers, type TicketRecord, type TicketTypes } from "@wiggum/ticket-core";
import { usageError } from "../command-error.js";
import type { Context, Outcome } from "../context.js";
import { type AttachmentPath, exportAttachments } from "./export-attachments.js";
import { backlogBeside, exportBacklog } from "./export-backlog.js";
import { exportBeads } from "./export-beads.js";
import { exportTaskmaster, taskmasterFile } from "./export-taskmaster.js";
import { exportTk } from "./export-tk.js";
import { exportWorkItems, workItemsBeside } from "./export-work-items.js";
import type { ExportedTicket, TargetFormat } from "./exported-ticket.js";
import { fieldCounts, fieldTable } from "./import-report.js";
import { ticketLine } from "./ticket-line.js";
import { writeTargetFile, writeTargetFolder } from "./write-target.js";

type Writer = (
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
) => readonly ExportedTicket[];

interface Target {
  readonly write: Writer;
  readonly isFolder: boolean;
  /** Where attachments go in the folder, or in that beside the file. Absent = the other tool has no place for them. */
  readonly attachment?: { readonly path: AttachmentPath; readonly note: string } | undefined;
  /** What such a folder has beside its tickets. */
  readonly beside?: readonly { readonly name: string; readonly text: string }[] | undefined;
  /** The one file, where it is more than its tickets one after the other. */
  readonly join?: ((tickets: readonly ExportedTicket[], now: string) => string) | undefined;
}

const targets: Readonly<Record<TargetFormat, Target>> = {
  jsonl: {
    write: exportLines,
    isFolder: false,
    attachment: { path: ({ id }, name) => `${id}/${name}`, note: "<file>.attachments/<ticket>/<name>" },
  },
  beads: { write: exportBeads, isFolder: false },
  tk: { write: exportTk, isFolder: true },
  "work-items": {
    write: exportWorkItems,
    isFolder: true,
    beside: workItemsBeside,
    attachment: { path: artifactPath, note: "artifacts/<name>" },
  },
  backlog: { write: exportBacklog, isFolder: true, beside: backlogBeside },
  taskmaster: { write: exportTaskmaster, isFolder: false, join: taskmasterFile },
};

function exportLines(records: readonly TicketRecord[]): readonly ExportedTicket[] {
  return records.map(({ ticket, text = encodeTicket(ticket) }) => ({
    id: ticket.id,
    files: [{ name: "", text: `${JSON.stringify(ticketLine({ ticket, text }))}\n` }],
    account: [{ field: "ticket", fate: "kept", note: "text, byte for byte" }],
  }));
}

function artifactPath({ files }: ExportedTicket, name: string): string {
  const item = files.find((file) => file.name.endsWith("/item.md"))?.name ?? "item.md";
  return `${item.slice(0, -"item.md".length)}artifacts/${name}`;
}

/** `path` absent = standard output. */
export async function exportTickets(
  context: Context,
  format: TargetFormat,
  path: string | undefined,
): Promise<Outcome> {
  const { write, isFolder, join, beside = [], attachment } = targets[format];
  if (isFolder && path === undefined) {
    throw usageError(
      `--to ${format} writes a folder: name one`,
      "For example: wiggum ticket export --to tk .tickets",
    );
  }
  const { tickets, types } = await context.reading();
  await loadParsers();
  const page = await tickets.list();
  const records = page.tickets.toSorted((left, right) => (left.ticket.id < right.ticket.id ? -1 : 1));
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const written = write(records, types, now);
  const { tickets: exported, ...attached } = await exportAttachments(
    tickets.backend,
    written,
    path === undefined ? undefined : attachment?.path,
    path === undefined || attachment === undefined ? "has no place there" : attachment.note,
  );
  const files = exported.flatMap((each) => each.files);
  const text = join === undefined ? files.map((file) => file.text).join("") : join(exported, now);
  const { workingDirectory } = context.host;
  if (path !== undefined && isFolder)
    await writeTargetFolder(path, workingDirectory, [...beside, ...files, ...attached.files]);
  else if (path !== undefined)
    await writeTargetFile(path, workingDirectory, text, attachment && attached.files);
  for (const { message } of page.problems) context.messages.error(message);
  const fields = fieldCounts({
    entries: exported.map(({ account }) => ({ account, action: "create" as const })),
  });
  const isAll = page.problems.length === 0 && attached.left === 0;
  const last = lastLine(path, {
    tickets: exported.length,
    unread: page.problems.length,
    attachments: attached.files.length,
    left: attached.left,
  });
  if (path === undefined) context.messages.info(last);
  return {
    data: {
      format,
      isComplete: isAll,
      tickets: exported.length,
      attachments: { written: attached.files.length, leftBehind: attached.left },
      ...(path === undefined ? { text } : { path }),
      fields,
      problems: page.problems,
    },
    text: path === undefined ? text : `${fieldTable(fields)}${last}\n`,
    exitCode: isAll ? 0 : 1,
    asOf: page.asOf,
  };
}

/** Says what is there now, and what is not. */
function lastLine(
  path: string | undefined,
  {
    tickets,
    unread,
    attachments,
    left,
  }: Readonly<Record<"tickets" | "unread" | "attachments" | "left", number>>,
): string {
  const some = (count: number) => `${count} ${count === 1 ? "attachment" : "attachments"}`;
  const missing = [
    ...(unread > 0 ? [`${unread} could not be read`] : []),
    ...(left > 0 ? [`${some(left)} left behind`] : []),
  ].join(", ");
  const what = `${tickets} tickets${attachments === 0 ? "" : ` and ${some(attachments)}`} written`;
  const where = path === undefined ? "" : ` to ${path}`;
  return `Export ${missing === "" ? "complete" : "INCOMPLETE"}: ${what}${where}${missing === "" ? "" : `; ${missing}`}`;
}
