// Decides what an import does, and does nothing of it: pure, from records, tickets and types to a plan.
import {
  type AttachmentLimits,
  encodeTicket,
  isTicketError,
  type Ticket,
  type TicketId,
  type TicketRecord,
  type TicketTypes,
  ticketFaults,
} from "@wiggum/ticket-core";
import { type BuildContext, buildTicket } from "./build-ticket.js";
import type { DeletedHere } from "./deleted-here.js";
import { withLinkWarnings } from "./exact-links.js";
import { deletedHereWhy, deletedWhy } from "./import-report.js";
import { createIdGiver, importedId } from "./imported-ids.js";
import type {
  FieldAccount,
  ImportedTicket,
  SourceContents,
  SourceFormat,
  SourcePlace,
  SourceProblem,
} from "./imported-ticket.js";
import { createLinkResolver, type ResolvedLinks } from "./plan-links.js";
import { judgeAttachments, type SourceAttachment } from "./source-attachments.js";

export interface PlanOptions {
  readonly format: SourceFormat;
  /** Tells two sources apart whose ids are the same. */
  readonly source?: string | undefined;
  /** Foreign state, in lower case, to one of ours. */
  readonly states: ReadonlyMap<string, string>;
  readonly types: TicketTypes;
  /** Every ticket that is there. */
  readonly existing: readonly TicketRecord[];
  /** Every id that is taken, unreadable tickets' too. */
  readonly takenIds: readonly TicketId[];
  /** What was deleted here and shall stay so. Absent = nothing is known of that, or all of it shall come back. */
  readonly deletedHere?: DeletedHere | undefined;
  /** Absent = tickets take no attachments here. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
}

/** What becomes of one record. */
export interface PlanEntry {
  readonly externalId: string;
  readonly place: SourcePlace;
  readonly title: string;
  /** `stale`: imported before, and changed in the source since; it is left alone. `refuse`: cannot be a ticket here. */
  readonly action: "create" | "skip" | "stale" | "refuse";
  readonly why?: string | undefined;
  /** Of the ticket that there is, or will be. */
  readonly id?: TicketId | undefined;
  readonly ticket?: Ticket | undefined;
  /** Exact text to be stored. */
  readonly verbatim?: string | undefined;
  readonly account: readonly FieldAccount[];
  readonly warnings: readonly string[];
  /** To be attached once the ticket is there, if they are not. */
  readonly attachments: readonly SourceAttachment[];
}

export interface ImportPlan {
  readonly entries: readonly PlanEntry[];
  readonly problems: readonly SourceProblem[];
  readonly leftOut: SourceContents["leftOut"];
}

/** What is settled about a record before its links are: whether it becomes a ticket, and of which id. */
interface Draft {
  readonly record: ImportedTicket;
  action: PlanEntry["action"];
  why?: string | undefined;
  id?: TicketId | undefined;
}

/** Is there a record that no ticket is known for? Only then what was deleted here makes a difference. */
export function wouldCreate(contents: SourceContents, options: PlanOptions): boolean {
  return draftsOf(contents, options).some(({ action }) => action === "create");
}

/** The parsers of ticket-core must be loaded: foreign text may be anything. */
export function planImport(contents: SourceContents, options: PlanOptions): ImportPlan {
  const source = judgeAttachments(contents, options.attachmentLimits);
  const drafts = draftsOf(source, options);
  const context: BuildContext = options;
  for (;;) {
    const resolver = createLinkResolver(
      drafts.map(({ record, id, action }) => ({
        record,
        id: action === "refuse" ? undefined : id,
        isNew: action === "create",
      })),
      options,
    );
    const entries: PlanEntry[] = [];
    let isSettled = true;
    for (const draft of drafts) {
      const entry = entryOf(draft, resolver.linksOf(draft.record), context);
      if (entry.action === "refuse" && draft.action === "create") {
        draft.action = "refuse";
        draft.why = entry.why;
        // Others may point at it: what they say is settled anew.
        isSettled = isSettled && !resolver.isTarget(draft.record);
      }
      entries.push(entry);
    }
    if (isSettled) {
      const all = drafts.flatMap(({ record }, index) => {
        const entry = entries[index];
        return entry === undefined ? [] : [{ record, entry }];
      });
      const told = withLinkWarnings(all, options);
      return { entries: told, problems: source.problems, leftOut: source.leftOut };
    }
  }
}

function draftsOf({ records, problems }: SourceContents, options: PlanOptions): readonly Draft[] {
  const ids = createIdGiver(options, records.length);
  const first = new Map<string, ImportedTicket>();
  const broken = new Map(
    problems.flatMap((problem) => (problem.isIdTaken ? [[problem.externalId, problem] as const] : [])),
  );
  return records.map((record): Draft => {
    const before = first.get(record.externalId);
    const claim = broken.get(record.externalId);
    // Mended, the broken one would be another ticket than that which its id stands for by then.
    if (claim !== undefined && before === undefined && isBefore(claim, record.place))
      return { record, action: "refuse", why: `its id stands at ${atPlace(claim)}, too, which is broken` };
    if (before !== undefined) {
      const at = atPlace(before.place);
      if (before.digest === record.digest)
        return { record, action: "skip", why: `the same record stands at ${at}` };
      return { record, action: "refuse", why: `its id stands at ${at}, too, with something else` };
    }
    first.set(record.externalId, record);
    if (record.isDeleted) return { record, action: "skip", why: deletedWhy };
    if (record.exact !== undefined)
      return exactDraft(record, record.exact, ids.recordOf(record.exact.ticket.id), ids.isTaken, options);
    const known = ids.imported(record.externalId);
    if (known === undefined) {
      return options.deletedHere?.hasImported(options.format, importedId(options, record.externalId)) === true
        ? { record, action: "skip", why: deletedHereWhy }
        : { record, action: "create", id: ids.give(record.externalId) };
    }
    const isSame = known.ticket.fields.imported_digest === record.digest;
    return isSame
      ? { record, action: "skip", why: "was imported before", id: known.ticket.id }
      : {
          record,
          action: "stale",
          why: "was imported before and has changed in the source since; the ticket is left alone",
          id: known.ticket.id,
        };
  });
}

function atPlace({ path, line }: SourcePlace): string {
  return line === undefined ? path : `${path}:${line}`;
}

function isBefore(one: SourcePlace, other: SourcePlace): boolean {
  return one.path === other.path && (one.line ?? 0) < (other.line ?? 0);
}

function exactDraft(
  record: ImportedTicket,
  { ticket, text }: NonNullable<ImportedTicket["exact"]>,
  there: TicketRecord | undefined,
  isTaken: (id: TicketId) => boolean,
  { deletedHere }: PlanOptions,
): Draft {
  const { id } = ticket;
  if (there === undefined) {
    if (deletedHere?.hasId(id) === true) return { record, action: "skip", why: deletedHereWhy };
    return isTaken(id)
      ? { record, action: "refuse", why: `${id} is there and cannot be read` }
      : { record, action: "create", id };
  }
  if ((there.text ?? encodeTicket(there.ticket)) === text)
    return { record, action: "skip", why: "is here already", id };
  const isSame = there.ticket.createdAt === ticket.createdAt && there.ticket.createdBy === ticket.createdBy;
  return isSame
    ? { record, action: "stale", why: "is here already and not the same; the ticket is left alone", id }
    : { record, action: "refuse", why: `${id} is another ticket here` };
}

function entryOf(draft: Draft, links: ResolvedLinks, context: BuildContext): PlanEntry {
  const { record, action, why, id } = draft;
  const { externalId, place, title } = record;
  const { account, attachments = [] } = record;
  const entry = { externalId, place, title, id, why, action, account, attachments, warnings: [] };
  const deletedWhere = record.isDeleted ? "deleted in the source" : "deleted here";
  if (action === "skip" && (record.isDeleted || why === deletedHereWhy)) {
    const gone = account.map(({ field }) => ({ field, fate: "dropped" as const, note: deletedWhere }));
    return { ...entry, account: gone };
  }
  if (action !== "create" || id === undefined) return entry;
  try {
    const { exact } = record;
    const built =
      exact === undefined
        ? buildTicket(record, id, links, context)
        : { ticket: exact.ticket, verbatim: exact.text, account: record.account, warnings: [] };
    const fault = ticketFaults(built.ticket, context.types)[0];
    if (fault !== undefined) throw fault.error;
    return { ...entry, ...built };
  } catch (error) {
    if (!isTicketError(error)) throw error;
    return { ...entry, id: undefined, action: "refuse", why: error.message };
  }
}
