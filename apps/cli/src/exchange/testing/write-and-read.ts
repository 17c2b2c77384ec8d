// For tests: what our exports write, as the files that the readers get.
import { builtinTypes, type Ticket, type TicketRecord, type TicketTypes } from "@wiggum/ticket-core";
import { exportBacklog } from "../export-backlog.js";
import { exportBeads } from "../export-beads.js";
import { exportTaskmaster, taskmasterFile } from "../export-taskmaster.js";
import { exportTk } from "../export-tk.js";
import { exportWorkItems } from "../export-work-items.js";
import type { ExportedTicket, TargetFormat } from "../exported-ticket.js";
import { readBacklog } from "../formats/backlog.js";
import { readBeads } from "../formats/beads.js";
import { readTaskmaster } from "../formats/taskmaster.js";
import { readTk } from "../formats/tk.js";
import { readWorkItems } from "../formats/work-items.js";
import type { SourceContents, SourceFile } from "../imported-ticket.js";
import { sourceFile } from "./corpora.js";

export const writtenAt = "2026-05-01T00:00:00Z";

/** All targets that are another tool's. */
export type OtherFormat = Exclude<TargetFormat, "jsonl">;

interface BothWays {
  readonly write: (records: readonly TicketRecord[], types?: TicketTypes) => readonly ExportedTicket[];
  readonly files: (tickets: readonly ExportedTicket[]) => readonly SourceFile[];
  readonly read: (files: readonly SourceFile[]) => SourceContents;
}

const folderOf = (tickets: readonly ExportedTicket[]) =>
  tickets.flatMap(({ files }) => files.map(({ name, text }) => sourceFile(name, text)));
const lines = (tickets: readonly ExportedTicket[]) =>
  tickets.flatMap(({ files }) => files.map(({ text }) => text)).join("");

export const bothWays: Readonly<Record<OtherFormat, BothWays>> = {
  beads: {
    write: (records, types = builtinTypes) => exportBeads(records, types, writtenAt),
    files: (tickets) => [sourceFile("issues.jsonl", lines(tickets))],
    read: readBeads,
  },
  tk: {
    write: (records, types = builtinTypes) => exportTk(records, types, writtenAt),
    files: folderOf,
    read: readTk,
  },
  "work-items": {
    write: (records, types = builtinTypes) => exportWorkItems(records, types, writtenAt),
    files: folderOf,
    read: readWorkItems,
  },
  backlog: {
    write: (records, types = builtinTypes) => exportBacklog(records, types, writtenAt),
    files: folderOf,
    read: readBacklog,
  },
  taskmaster: {
    write: (records, types = builtinTypes) => exportTaskmaster(records, types),
    files: (tickets) => [sourceFile("tasks.json", taskmasterFile(tickets, writtenAt))],
    read: readTaskmaster,
  },
};

export const otherFormats = Object.keys(bothWays) as readonly OtherFormat[];

/** A whole ticket of few words. */
export function plainTicket(id: string, more: Partial<Ticket> = {}): TicketRecord {
  const ticket: Ticket = {
    ...{ id, type: "task", state: "ready", priority: 2, leaseEpoch: 0, title: `Title of ${id}` },
    ...{ dependsOn: [], blocks: [], labels: [], riskFlags: [], references: [] },
    ...{ preamble: "\n", body: "\n## Description\n\nWords.\n", fields: {} },
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-02T00:00:00Z",
    ...more,
  };
  return { ticket, revision: `r-${id}`, fence: { id, epoch: 0 } };
}
