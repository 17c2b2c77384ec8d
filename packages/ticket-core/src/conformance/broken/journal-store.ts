// A store that several processes share: a journal of commits in SQLite. Whoever opens it replays the journal into a memory backend, which
// gives the same revisions everywhere. For the proof that the kit notices what only shows between processes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { CommitReceipt, TicketBackend, TicketCommit, TicketPage } from "../../backend.js";
import { TicketError } from "../../errors.js";
import { createMemoryBackend } from "../../memory-backend.js";
import type { ConformanceSetup, CreateStore } from "../conformance-case.js";

/** What a journal store does wrong, and the rules that it breaks. */
export const journalFaults = {
  "lost update between processes: compares revisions before it takes the lock": [
    "processes-compare-and-swap",
    "processes-lose-nothing",
  ],
  "knows the operations of its own process only": ["processes-operation-once"],
  "leaves its lock behind when it is killed": ["processes-killed"],
  "shows the batch of another process in parts": ["processes-read-whole"],
  "watch gap: watches the writes of its own process only": ["processes-watch"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type JournalFault = keyof typeof journalFaults;

export interface JournalOptions {
  readonly path: string;
  readonly fault?: JournalFault | undefined;
}

/** Who is at work in this process, by store. */
const turns = new Map<string, Promise<unknown>>();

/** Stores in a folder of their own, which other processes open by this very module. */
export function createJournalStore(fault?: JournalFault): CreateStore {
  return async (setup) => {
    const folder = mkdtempSync(join(tmpdir(), "wiggum-journal-"));
    const options: JournalOptions = { path: join(folder, "journal.db"), fault };
    const backend = openBackend(options, setup);
    return {
      backend,
      // A faulty one is opened by processes alone: what handles in one process would show has rules of its own.
      ...(fault === undefined && { open: async () => openBackend(options, setup) }),
      elsewhere: {
        module: fileURLToPath(import.meta.url),
        options,
        nodeArguments: [
          "--conditions=wiggum-source",
          "--import",
          new URL("../../testing/source-hooks.mjs", import.meta.url).href,
        ],
      },
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
  };
}

/** Opens the store; other processes call it by this name. */
export function openBackend({ path, fault }: JournalOptions, { judge }: ConformanceSetup): TicketBackend {
  const isFaulty = (other: JournalFault) => fault === other;
  const database = new DatabaseSync(path, { timeout: 20_000 });
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS mark (held INTEGER)");
  database.exec(
    "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, operation TEXT UNIQUE, contents TEXT)",
  );
  const insert = database.prepare("INSERT OR IGNORE INTO entry (operation, contents) VALUES (?, ?)");
  const after = database.prepare("SELECT number, contents FROM entry WHERE number > ? ORDER BY number");
  const own = new Set<string>();
  let memory = createMemoryBackend({ judge });
  let replayed = 0;

  /** One at a time in this process: whoever waits for SQLite's lock waits without giving its holder a turn. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = (turns.get(path) ?? Promise.resolve()).then(work);
    turns.set(
      path,
      mine.catch(() => {}),
    );
    return mine;
  }

  /** Answers the commits of others that are new. What is in the journal counts, whatever it was made from. */
  async function catchUp(): Promise<readonly TicketCommit[]> {
    const news: TicketCommit[] = [];
    for (const { number, contents } of after.all(replayed)) {
      const commit = JSON.parse(String(contents)) as TicketCommit;
      const changes = [];
      for (const change of commit.changes) {
        const { record } = await memory.read(change.id);
        changes.push({ ...change, expected: record?.revision ?? null });
      }
      const isForeign =
        isFaulty("knows the operations of its own process only") && !own.has(commit.operationId);
      const operationId = isForeign ? `${commit.operationId}-of-another` : commit.operationId;
      const { fence: _held, ...rest } = commit;
      const actor = {
        ...commit.actor,
        kind: commit.actor.kind === "agent" ? "hook" : commit.actor.kind,
      } as const;
      await memory.commit({ ...rest, operationId, actor, changes, requires: [] });
      replayed = Number(number);
      news.push(commit);
    }
    return news;
  }

  async function write(commit: TicketCommit): Promise<CommitReceipt> {
    await catchUp();
    const receipt = await memory.commit(commit);
    if (receipt.already) return receipt;
    own.add(commit.operationId);
    const { lastInsertRowid, changes } = insert.run(commit.operationId, JSON.stringify(commit));
    if (changes === 1 && Number(lastInsertRowid) === replayed + 1) {
      replayed = Number(lastInsertRowid);
      return receipt;
    }
    // Somebody was faster: all over again, in the order of the journal.
    memory = createMemoryBackend({ judge });
    replayed = 0;
    await catchUp();
    const outcome = await memory.outcome(commit.operationId);
    if (outcome.status === "absent") throw new Error("the journal lost an operation");
    return { ...outcome.receipt, already: changes !== 1 };
  }

  async function locked<Result>(work: () => Promise<Result>): Promise<Result> {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = await work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  /** A lock that is a row: nobody takes it away when its holder is killed. */
  async function marked(work: () => Promise<CommitReceipt>): Promise<CommitReceipt> {
    const take = database.prepare("INSERT INTO mark SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM mark)");
    for (let tries = 0; take.run().changes === 0; tries += 1) {
      if (tries > 1_000) throw new TicketError("STORE_BUSY", "Somebody else writes", { waitedMs: 1_000 });
      await pause(1);
    }
    try {
      await pause(5);
      return await locked(work);
    } finally {
      database.exec("DELETE FROM mark");
    }
  }

  async function commitNow(commit: TicketCommit): Promise<CommitReceipt> {
    if (isFaulty("leaves its lock behind when it is killed")) {
      return marked(async () => {
        // Nearly always somebody has it: whoever kills all writers at once hits it.
        await pause(20);
        return write(commit);
      });
    }
    if (!isFaulty("lost update between processes: compares revisions before it takes the lock")) {
      return locked(() => write(commit));
    }
    await catchUp();
    const { operationId } = commit;
    const isKnown = (await memory.outcome(operationId)).status === "committed";
    for (const { id, expected } of isKnown ? [] : commit.changes) {
      const { record } = await memory.read(id);
      if ((record?.revision ?? null) !== expected) return locked(() => write(commit));
    }
    // Time for everybody else to compare, too.
    await pause(20);
    return locked(async () => {
      await catchUp();
      const changes = [];
      for (const change of commit.changes) {
        const { record } = await memory.read(change.id);
        changes.push({ ...change, expected: record?.revision ?? null });
      }
      return write({ ...commit, changes });
    });
  }

  async function listNow(
    query: Parameters<TicketBackend["list"]>[0],
    page: Parameters<TicketBackend["list"]>[1],
  ) {
    if (!isFaulty("shows the batch of another process in parts")) {
      await catchUp();
      return memory.list(query, page);
    }
    const before = await memory.list(query, page);
    const batch = (await catchUp()).findLast(({ changes }) => changes.length > 1);
    const shown: TicketPage = await memory.list(query, page);
    const late = before.tickets.find(({ ticket }) => ticket.id === batch?.changes.at(-1)?.id);
    return late === undefined
      ? shown
      : {
          ...shown,
          tickets: shown.tickets.map((record) => (record.ticket.id === late.ticket.id ? late : record)),
        };
  }

  const { attachments: _notShared, ...shared } = memory;
  return {
    ...shared,
    name: "journal",
    supports: { ...memory.supports, attachments: false, shared: true },
    list: (query, page) => inTurn(() => listNow(query, page)),
    ids: () => inTurn(() => catchUp().then(async () => (await memory.ids?.()) ?? [])),
    read: (id) => inTurn(() => catchUp().then(() => memory.read(id))),
    outcome: (operationId) => inTurn(() => catchUp().then(() => memory.outcome(operationId))),
    commit: (commit) => {
      const taken = structuredClone(commit);
      return inTurn(() => commitNow(taken));
    },
    async *history(id) {
      await inTurn(catchUp);
      yield* memory.history?.(id) ?? [];
    },
    async *watch(from, { signal, follow = true } = {}) {
      let at = from;
      while (!signal?.aborted) {
        await inTurn(catchUp);
        for await (const change of memory.watch?.(at, { follow: false }) ?? []) {
          if (signal?.aborted) return;
          at = change.cursor;
          const isOwn = change.operationId !== undefined && own.has(change.operationId);
          const isTold = isOwn || !isFaulty("watch gap: watches the writes of its own process only");
          if (isTold) yield change;
        }
        if (!follow) return;
        await pause(5);
      }
    },
    close: () => inTurn(async () => database.close()),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
