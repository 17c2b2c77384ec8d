// The use case behind `wiggum ticket export`.
import { encodeTicket, loadParsers, type TicketRecord, type TicketTypes } from "@wiggum/ticket-core";
import { usageError } from "../command-error.js";
import type { Context, Outcome } from "../context.js";
import { exportBeads } from "./export-beads.js";
import { exportTk } from "./export-tk.js";
import type { ExportedTicket, TargetFormat } from "./exported-ticket.js";
import { fieldCounts, fieldTable } from "./import-report.js";
import { ticketLine } from "./ticket-line.js";
import { writeTargetFile, writeTargetFolder } from "./write-target.js";

type Writer = (
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
) => readonly ExportedTicket[];

const writers: Readonly<Record<TargetFormat, Writer>> = {
  jsonl: exportLines,
  beads: exportBeads,
  tk: exportTk,
};

function exportLines(records: readonly TicketRecord[]): readonly ExportedTicket[] {
  return records.map(({ ticket, text = encodeTicket(ticket) }) => ({
    id: ticket.id,
    text: `${JSON.stringify(ticketLine({ ticket, text }))}\n`,
    account: [{ field: "ticket", fate: "kept", note: "text, byte for byte" }],
  }));
}

/** `path` absent = standard output. */
export async function exportTickets(
  context: Context,
  format: TargetFormat,
  path: string | undefined,
): Promise<Outcome> {
  if (format === "tk" && path === undefined) {
    throw usageError(
      "--to tk writes a folder: name one",
      "For example: wiggum ticket export --to tk .tickets",
    );
  }
  const { tickets, types } = await context.reading();
  await loadParsers();
  const page = await tickets.list();
  const records = page.tickets.toSorted((left, right) => (left.ticket.id < right.ticket.id ? -1 : 1));
  const exported = writers[format](records, types, `${new Date().toISOString().slice(0, 19)}Z`);
  const text = exported.map((each) => each.text).join("");
  const { workingDirectory } = context.host;
  if (path !== undefined && format === "tk") {
    await writeTargetFolder(
      path,
      workingDirectory,
      exported.map(({ id, text }) => ({ name: `${id}.md`, text })),
    );
  } else if (path !== undefined) await writeTargetFile(path, workingDirectory, text);
  for (const { message } of page.problems) context.messages.error(message);
  const fields = fieldCounts({
    entries: exported.map(({ account }) => ({ account, action: "create" as const })),
  });
  const isAll = page.problems.length === 0;
  const verdict = isAll ? "complete" : `INCOMPLETE: ${page.problems.length} could not be read`;
  const last = `Export ${verdict}: ${exported.length} tickets written${path === undefined ? "" : ` to ${path}`}`;
  if (path === undefined) context.messages.info(last);
  return {
    data: {
      format,
      isComplete: isAll,
      tickets: exported.length,
      ...(path === undefined ? { text } : { path }),
      fields,
      problems: page.problems,
    },
    text: path === undefined ? text : `${fieldTable(fields)}${last}\n`,
    exitCode: isAll ? 0 : 1,
    asOf: page.asOf,
  };
}
