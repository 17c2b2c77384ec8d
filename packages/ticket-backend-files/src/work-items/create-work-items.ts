import { randomUUID } from "node:crypto";
import { printable, TicketError, ticketNotFound, timestampOf } from "@wiggum/ticket-core";
import type { StoredTicket } from "../layout.js";
import { type Deciding, type Decision, type FolderStoreOptions, openFolderStore } from "../store.js";
import { findTicket, findTickets, problemOf } from "../stored-tickets.js";
import { diagnoseItems } from "./diagnose-items.js";
import { changeItem, type ItemChange, parseItem } from "./item-text.js";
import { checkNewItem, newItem } from "./new-work-item.js";
import { metaOf, resolveItem, summaryOf, workItemOf } from "./read-work-item.js";
import { isWorkItemStatus, type WorkItemStatus, workItemStatuses } from "./statuses.js";
import { authorWord, entryText } from "./thread.js";
import type {
  NewWorkItem,
  NewWorkItemEvent,
  WorkItem,
  WorkItemList,
  WorkItemName,
  WorkItemReport,
  WorkItemReview,
  WorkItemWrite,
} from "./work-item.js";
import {
  appended,
  itemFile,
  movedText,
  resolutionFile,
  statusIn,
  threadFile,
  type WorkItemsLayoutOptions,
  workItemsLayout,
} from "./work-items-layout.js";

/** Which folder, and what a test hands in. */
export interface WorkItemsOptions extends Omit<FolderStoreOptions, "layout">, WorkItemsLayoutOptions {}

/**
 * Work items with all that the format knows: threads, reviews, resolutions, artifacts. An item is named by its id or its slug, whole. Writes go the
 * way that those of `createFolderBackend` go, over the same lock and into the same history.
 */
export interface WorkItems {
  /** All of one status, or (absent) of all three, by path. */
  list(filter?: { readonly status?: WorkItemStatus | undefined }): Promise<WorkItemList>;
  /** @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS TICKET_UNREADABLE; so do all that follow */
  show(idOrSlug: string): Promise<WorkItem>;
  /** A new open item. @throws TICKET_INVALID naming the field */
  create(input: NewWorkItem, by?: WorkItemWrite): Promise<WorkItemName>;
  /** Appends to the thread and sets `updated_at`. @throws TICKET_INVALID */
  addEvent(idOrSlug: string, event: NewWorkItemEvent, by?: WorkItemWrite): Promise<void>;
  review(idOrSlug: string, review: WorkItemReview, by?: WorkItemWrite): Promise<void>;
  /** Moves the item; a move to where it is sets `updated_at` alone. @throws STATE_UNKNOWN for a fourth status */
  setStatus(idOrSlug: string, status: WorkItemStatus, by?: WorkItemWrite): Promise<void>;
  /** Moves it to `closed` with this resolution (default `Closed.`), which is also the text of the event. Again: the resolution is replaced. */
  close(idOrSlug: string, resolution?: string, by?: WorkItemWrite): Promise<void>;
  /**
   * Was the write of this operation made? For after COMMIT_UNKNOWN, which names it in `data.operationId`: `false` = it was not and never will be,
   * and may be sent again. @throws COMMIT_UNKNOWN while that cannot be said
   */
  outcome(operationId: string): Promise<boolean>;
  /** What is wrong with the files; only reads. */
  doctor(): Promise<WorkItemReport>;
  /** Closes the journal. */
  end(): void;
}

/** Opens a folder of work items; nothing is read or made before it is asked for. The folder must be there, what is in it is made. */
export function createWorkItems(options: WorkItemsOptions): WorkItems {
  const layout = workItemsLayout(options);
  const store = openFolderStore({ ...options, layout });
  const { now } = store;

  /** Under the lock: answers the item as it was, or `undefined` when this operation was made before. */
  function decideOn(
    deciding: Deciding,
    idOrSlug: string,
    operationId: string,
    by: WorkItemWrite,
    change: (stored: StoredTicket, at: string) => { readonly after: StoredTicket; readonly subject: string },
  ): Decision<"made before"> {
    const { folder, tables } = deciding;
    if (tables.operation(operationId) !== undefined) return { answer: "made before" };
    const before = findTicket(
      folder,
      layout,
      resolveItem(folder, idOrSlug, (id) => layout.find(folder, id)),
    );
    if (before === undefined) throw new Error(`${printable(idOrSlug)} went away while it was read`);
    if (before.problem !== undefined) throw before.problem;
    const at = timestampOf(now());
    const { after, subject } = change(before.stored, at);
    const actor = { kind: "person", id: authorOf(by) } as const;
    return {
      commit: { operationId, actor, subject, skipHooks: false, at },
      changes: [{ id: before.id, before, after }],
    };
  }

  async function write(
    idOrSlug: string,
    by: WorkItemWrite,
    change: (stored: StoredTicket, at: string) => { readonly after: StoredTicket; readonly subject: string },
  ): Promise<void> {
    const { operationId = randomUUID() } = by;
    await store.write((deciding) => decideOn(deciding, idOrSlug, operationId, by, change));
  }

  function addEvent(
    idOrSlug: string,
    { kind, body, references, status }: NewWorkItemEvent & { readonly status?: string },
    by: WorkItemWrite,
  ): Promise<void> {
    return write(idOrSlug, by, (stored, at) => {
      const text = entryText({ kind, author: authorOf(by), at, status, body, references });
      const item = [{ key: "updated_at", raw: at }];
      return { after: changed(stored, item, text), subject: `${stored.id}: ${kind}` };
    });
  }

  return {
    async list({ status } = {}) {
      if (status !== undefined) checkStatus(status);
      const { value } = await store.read((folder) => findTickets(folder, layout));
      const items = value.tickets
        .filter(({ record, stored }) => record && (status === undefined || statusIn(stored) === status))
        .map(({ stored }) => summaryOf(metaOf(stored)))
        .sort((left, right) => (left.path < right.path ? -1 : 1));
      return {
        items,
        problems: [...value.problems, ...value.tickets.flatMap((each) => problemOf(each) ?? [])],
      };
    },
    async show(idOrSlug) {
      const { value } = await store.read((folder) => {
        const id = resolveItem(folder, idOrSlug, (each) => layout.find(folder, each));
        const found = findTicket(folder, layout, id);
        if (found?.problem !== undefined) throw found.problem;
        return found && workItemOf(folder, found.stored);
      });
      if (value === undefined) throw new Error(`${printable(idOrSlug)} went away while it was read`);
      return value;
    },
    async create(input, by = {}) {
      checkNewItem(input);
      const { operationId = randomUUID() } = by;
      const done = await store.write<WorkItemName>(({ folder, tables }) => {
        const made = tables.operation(operationId)?.changes[0];
        if (made !== undefined) {
          // Where the journal has forgotten what the item was then, it is named as it is now.
          const kept = made.after === null ? undefined : tables.kept(made.after);
          const stored = kept ?? findTicket(folder, layout, made.id)?.stored;
          if (stored === undefined) throw ticketNotFound(made.id);
          return { answer: nameOf(stored) };
        }
        const at = timestampOf(now());
        const actor = { kind: "person", id: authorOf(by) } as const;
        const { companions, ...after } = newItem(layout, input, { actor, at, folder });
        const commit = { operationId, actor, subject: `${after.id}: create`, skipHooks: false, at };
        return { commit, changes: [{ id: after.id, before: undefined, after, companions }] };
      });
      if ("answer" in done) return done.answer;
      const revision = done.kept.changes[0]?.after ?? "";
      const kept = await store.journal((tables) => tables.kept(revision));
      if (kept === undefined) throw new Error("The journal was taken away");
      return nameOf(kept);
    },
    addEvent: (idOrSlug, event, by = {}) => addEvent(idOrSlug, event, by),
    review: (idOrSlug, { result, body }, by = {}) =>
      addEvent(idOrSlug, { kind: "review", body, status: result }, by),
    async setStatus(idOrSlug, status, by = {}) {
      checkStatus(status);
      await write(idOrSlug, by, (stored, at) => {
        const isMoved = statusIn(stored) !== status;
        const item = [
          { key: "status", raw: status },
          { key: "updated_at", raw: at },
        ];
        const text = isMoved ? movedText(status, authorOf(by), at) : undefined;
        return { after: moved(changed(stored, item, text), status), subject: `${stored.id}: ${status}` };
      });
    },
    async close(idOrSlug, resolution = "Closed.", by = {}) {
      const body = resolution.endsWith("\n") ? resolution : `${resolution}\n`;
      await write(idOrSlug, by, (stored, at) => {
        const text = entryText({ kind: "close", author: authorOf(by), at, status: "closed", body });
        const item = [
          { key: "status", raw: "closed" },
          { key: "updated_at", raw: at },
        ];
        const after = moved(changed(stored, item, text), "closed");
        const files = new Map([...after.files, [resolutionFile, Buffer.from(body)]]);
        return { after: { ...after, files }, subject: `${stored.id}: close` };
      });
    },
    outcome: async (operationId) => (await store.outcome(operationId)) !== undefined,
    async doctor() {
      const { value } = await store.read((folder) => diagnoseItems(folder, options.root));
      return value;
    },
    end: () => store.close(),
  };
}

function authorOf({ author }: WorkItemWrite): string {
  return authorWord(author ?? "unknown");
}

function changed(
  stored: StoredTicket,
  changes: readonly ItemChange[],
  event: string | undefined,
): StoredTicket {
  const bytes = stored.files.get(itemFile) ?? new Uint8Array();
  // Whoever moved the folder and went no further is put right on the way.
  const all = [{ key: "status", raw: statusIn(stored) }, ...changes];
  const last = new Map(all.map((change) => [change.key, change]));
  const text = changeItem(parseItem(bytes, `${stored.folder}/${itemFile}`), [...last.values()], undefined);
  const files = new Map(stored.files).set(itemFile, Buffer.from(text));
  if (event !== undefined) files.set(threadFile, appended(files.get(threadFile), event));
  return { ...stored, files };
}

function moved(stored: StoredTicket, status: WorkItemStatus): StoredTicket {
  return { ...stored, folder: `${status}/${stored.id}` };
}

function nameOf(stored: StoredTicket): WorkItemName {
  const { id, slug, status } = metaOf(stored);
  return { id, slug, status };
}

function checkStatus(status: string): void {
  if (isWorkItemStatus(status)) return;
  throw new TicketError(
    "STATE_UNKNOWN",
    `invalid status: ${printable(status)}`,
    { state: status, valid: workItemStatuses },
    { hint: `A work item is ${workItemStatuses.join(", ")}.` },
  );
}
