import {
  type AttachmentLimits,
  type Cursor,
  checkTicketId,
  defaultAttachmentLimits,
  type Judge,
  printable,
  type Revision,
  selectPage,
  type TicketAttachments,
  type TicketBackend,
  type TicketChange,
  type TicketCommit,
  type TicketId,
  type TicketProblem,
} from "@wiggum/ticket-core";
import { createAttachments } from "./attachments.js";
import { changesOf, receiptOf } from "./changes.js";
import { listCursor } from "./cursor.js";
import type { FolderReader } from "./folder/folder.js";
import { planCommit } from "./plan-commit.js";
import { type FolderStoreOptions, openFolderStore } from "./store.js";
import { findTicket, findTickets, freeze, problemOf } from "./stored-tickets.js";
import { watchFolder } from "./watch.js";

/** Of that many lists a backend remembers what they showed. */
const rememberedLists = 4;

/** Which folder, how tickets lie in it, and what is judged legal. */
export interface FolderBackendOptions extends FolderStoreOptions {
  readonly judge: Judge;
  /** Default: `defaultAttachmentLimits` of ticket-core. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
  /** Milliseconds between two looks of a watch at the files; changes that we make are seen sooner. Default 1,000. */
  readonly watchEveryMs?: number | undefined;
}

/** A backend over a folder of Markdown files that people and other tools write, too. */
export interface FolderBackend extends TicketBackend {
  history(id: TicketId): AsyncIterable<TicketChange>;
  watch: NonNullable<TicketBackend["watch"]>;
  diagnose(): Promise<readonly TicketProblem[]>;
  readonly attachments?: TicketAttachments;
  close(): Promise<void>;
}

/**
 * Tickets in a folder, as a layout reads and writes them. The files are the truth: what others write there is read, and taken into the journal
 * (`.ticket-journal` in the folder), which holds history, operation ids and the lock. Of the writers of one revision one wins; a write is made
 * whole or not at all, a SIGKILL at any instant included.
 */
export function createFolderBackend(options: FolderBackendOptions): FolderBackend {
  const { judge, watchEveryMs = 1000, attachmentLimits = defaultAttachmentLimits } = options;
  const layout = (judge.types && options.layout.judgedBy?.(judge.types)) ?? options.layout;
  const store = openFolderStore({ ...options, layout });

  /** Takes the changes of others in. @throws STORE_READ_ONLY when there are some, and the folder may not be written to */
  async function notice(ids: readonly TicketId[] | "all"): Promise<void> {
    const look = (folder: FolderReader) =>
      ids === "all"
        ? findTickets(folder, layout).tickets
        : ids.flatMap((id) => findTicket(folder, layout, id) ?? []);
    const { value: found } = await store.read(look);
    const isNews = await store.journal((tables) => {
      const known = ids === "all" ? tables.lastOfAll() : undefined;
      const lastOf = (id: TicketId) => (known ? known.get(id) : tables.last(id)?.revision) ?? null;
      const there = new Set(found.map(({ id }) => id));
      return (
        found.some(({ id, record }) => record !== undefined && lastOf(id) !== record.revision) ||
        [...(known?.keys() ?? ids)].some((id) => !there.has(id) && lastOf(id) !== null)
      );
    });
    if (isNews ?? found.length > 0) {
      await store.exclusively((deciding) => store.notice(deciding, look(deciding.folder), ids));
    }
  }

  /** Of the first list that had this cursor, for the last few of them. */
  const listed = new Map<Cursor, ReadonlyMap<TicketId, Revision>>();

  const backend: FolderBackend = {
    contract: 1,
    name: `files (${layout.name})`,
    supports: {
      history: true,
      watch: true,
      sync: false,
      attachments: layout.attachments !== undefined,
      batch: true,
      shared: true,
    },
    async list(query, page) {
      const { value, cursor: asOf } = await store.read((folder) => findTickets(folder, layout));
      const records = value.tickets.flatMap(({ record }) => record ?? []);
      const known = await store.known();
      const ids = records.map(({ ticket }) => ticket.id);
      const cursor = listCursor(
        asOf,
        ids.filter((id) => !known.has(id)),
      );
      if (!listed.has(cursor)) {
        listed.set(cursor, new Map(records.map(({ ticket, revision }) => [ticket.id, revision])));
        for (const oldest of [...listed.keys()].slice(0, -rememberedLists)) listed.delete(oldest);
      }
      const problems = [...value.problems, ...value.tickets.flatMap((ticket) => problemOf(ticket) ?? [])];
      return freeze({ ...selectPage(records, query, page), problems, asOf, cursor });
    },
    async ids() {
      const { value } = await store.read((folder) => layout.places(folder));
      return [...new Set(value.places.map(({ id }) => id))];
    },
    ...(layout.named !== undefined && {
      async idsNamed(name: string) {
        const { value } = await store.read((folder) => layout.named?.(folder, name) ?? []);
        return value;
      },
    }),
    async read(id) {
      checkTicketId(id);
      const { value, cursor } = await store.read((folder) => findTicket(folder, layout, id));
      if (value?.problem !== undefined) throw value.problem;
      return freeze({ ...(value?.record && { record: value.record }), asOf: cursor });
    },
    ...(layout.threadOf !== undefined && {
      threads: {
        async read(id: TicketId) {
          checkTicketId(id);
          const { value } = await store.read((folder) => findTicket(folder, layout, id));
          if (value?.problem !== undefined) throw value.problem;
          return freeze(value === undefined ? [] : (layout.threadOf?.(value.stored) ?? []));
        },
      },
    }),
    async commit(commit: TicketCommit) {
      // What the caller hands in may change while we wait: take it as it is now.
      const taken = structuredClone(commit);
      const done = await store.write((deciding) => planCommit(taken, deciding, store, judge));
      if ("answer" in done) return done.answer;
      const receipt = await store.journal((tables) => receiptOf(tables, layout, done.kept, false));
      if (receipt === undefined) throw new Error("The journal was taken away");
      return receipt;
    },
    async outcome(operationId) {
      const kept = await store.outcome(operationId);
      if (kept === undefined) return { status: "absent" };
      const receipt = await store.journal((tables) => receiptOf(tables, layout, kept, false));
      if (receipt === undefined) throw new Error("The journal was taken away");
      return { status: "committed", receipt };
    },
    async *history(id) {
      checkTicketId(id);
      await notice([id]);
      let position = 0;
      for (;;) {
        const step = await store.journal((tables) => {
          const commits = tables.of(id, position, 100);
          position = commits.at(-1)?.position ?? position;
          const { generation } = tables.state();
          return commits.flatMap((commit) => changesOf(tables, layout, generation, commit));
        });
        if (step === undefined || step.length === 0) return;
        for (const change of step) if (change.id === id) yield change;
      }
    },
    watch(from, watching) {
      const shown = from === undefined ? undefined : listed.get(from);
      return watchFolder(
        { store, notice: () => notice("all"), everyMs: watchEveryMs, shown },
        from,
        watching,
      );
    },
    async diagnose() {
      const { value } = await store.read((folder) => findTickets(folder, layout));
      return value.problems.map((problem) => ({ ...problem, path: printable(problem.path) }));
    },
    ...(layout.attachments !== undefined && {
      attachments: createAttachments(store, layout.attachments, attachmentLimits),
    }),
    async close() {
      store.close();
    },
  };
  return backend;
}
