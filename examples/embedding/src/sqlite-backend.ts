// A backend of one's own in SQLite: any number of processes on one machine, and a history.
import { DatabaseSync } from "node:sqlite";
import {
  type CommitReceipt,
  type CurrentTicket,
  checkTicketId,
  decideCommit,
  decodeTicket,
  encodeWrite,
  isTicketError,
  type Judge,
  selectPage,
  type TicketBackend,
  type TicketChange,
  type TicketCommit,
  TicketError,
  type TicketId,
  type TicketProblem,
  type TicketRecord,
} from "@wiggum/ticket-core";

export interface SqliteBackendOptions {
  /** The database; it is made when it is missing. */
  readonly path: string;
  readonly judge: Judge;
  /** How long a writer waits for others, in milliseconds. Default 10,000. */
  readonly lockWaitMs?: number | undefined;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS ticket (id TEXT PRIMARY KEY, text TEXT NOT NULL, revision TEXT NOT NULL, written TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS "commit" (number INTEGER PRIMARY KEY, operation TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS change (
    number INTEGER NOT NULL, id TEXT NOT NULL, facts TEXT NOT NULL,
    before_text TEXT, before_revision TEXT, after_text TEXT, after_revision TEXT
  );
  CREATE INDEX IF NOT EXISTS change_of_ticket ON change (id, number);
`;

/** How another process opens the same tickets; the conformance kit calls it there. */
export function openBackend({ path }: { readonly path: string }, { judge }: { readonly judge: Judge }) {
  return createSqliteBackend({ path, judge });
}

export function createSqliteBackend({
  path,
  judge,
  lockWaitMs = 10_000,
}: SqliteBackendOptions): TicketBackend {
  const database = new DatabaseSync(path, { timeout: lockWaitMs });
  database.exec(schema);
  const ask = {
    number: database.prepare('SELECT coalesce(max(number), 0) AS number FROM "commit"'),
    all: database.prepare("SELECT id, text, revision FROM ticket"),
    one: database.prepare("SELECT text, revision, written FROM ticket WHERE id = ?"),
    operation: database.prepare('SELECT number FROM "commit" WHERE operation = ?'),
    written: database.prepare(
      "SELECT id, after_text AS text, after_revision AS revision FROM change WHERE number = ? AND after_text IS NOT NULL ORDER BY rowid",
    ),
    changes: database.prepare("SELECT * FROM change WHERE id = ? ORDER BY number"),
  };
  const tell = {
    put: database.prepare("INSERT OR REPLACE INTO ticket VALUES (?, ?, ?, ?)"),
    remove: database.prepare("DELETE FROM ticket WHERE id = ?"),
    commit: database.prepare('INSERT INTO "commit" VALUES (?, ?)'),
    change: database.prepare("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?)"),
  };

  /** One look at one point in history, or one write that nobody comes in between of. @throws STORE_BUSY */
  function within<Value>(begin: "BEGIN" | "BEGIN IMMEDIATE", action: () => Value): Value {
    try {
      database.exec(begin);
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== 5) throw error;
      const hint = "Nothing was written. Try again when the others are done.";
      throw new TicketError(
        "STORE_BUSY",
        `${path} is busy`,
        { waitedMs: lockWaitMs },
        { hint, cause: error },
      );
    }
    try {
      const value = action();
      database.exec("COMMIT");
      return value;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  const number = () => Number(ask.number.get()?.["number"]);

  /** @throws TICKET_UNREADABLE */
  function recordOf(id: TicketId): TicketRecord | undefined {
    const row = ask.one.get(id);
    return row && decoded(id, String(row["text"]), String(row["revision"]));
  }

  function find(id: TicketId): CurrentTicket | undefined {
    const row = ask.one.get(id);
    if (row === undefined) return undefined;
    const record = readable(() => recordOf(id));
    return { revision: String(row["revision"]), record, ...JSON.parse(String(row["written"])) };
  }

  /** As it was then, whatever has become of its tickets since. */
  function receiptOf(operationId: string, already: boolean): CommitReceipt | undefined {
    const row = ask.operation.get(operationId);
    if (row === undefined) return undefined;
    const left = ask.written.all(Number(row["number"]));
    const records = left.map(({ id, text, revision }) => decoded(String(id), String(text), String(revision)));
    return { operationId, already, asOf: String(row["number"]), records };
  }

  function write(commit: TicketCommit): void {
    const { changes, operationId, requires, ...facts } = commit;
    const next = number() + 1;
    tell.commit.run(next, operationId);
    for (const [index, change] of changes.entries()) {
      const { id } = change;
      const before = ask.one.get(id);
      const text = encodeWrite(change, before === undefined ? undefined : String(before["text"]));
      const revision = text === null ? null : `${next}.${index}`;
      if (text === null || revision === null) tell.remove.run(id);
      else tell.put.run(id, text, revision, JSON.stringify({ by: commit.actor, at: commit.at }));
      const of = JSON.stringify({ ...facts, operationId });
      tell.change.run(next, id, of, before?.["text"] ?? null, before?.["revision"] ?? null, text, revision);
    }
  }

  return {
    contract: 1,
    name: "sqlite",
    supports: { history: true, watch: false, sync: false, attachments: false, batch: true, shared: true },
    async list(query, page) {
      const records: TicketRecord[] = [];
      const problems: TicketProblem[] = [];
      const asOf = within("BEGIN", () => {
        for (const { id, text, revision } of ask.all.iterate()) {
          const record = readable(
            () => decoded(String(id), String(text), String(revision)),
            (problem) => problems.push(problem),
            String(id),
          );
          if (record !== undefined) records.push(record);
        }
        return String(number());
      });
      return { ...selectPage(records, query, page), problems, asOf, cursor: asOf };
    },
    async read(id) {
      checkTicketId(id);
      return within("BEGIN", () => ({ record: recordOf(id), asOf: String(number()) }));
    },
    async commit(commit) {
      return within("BEGIN IMMEDIATE", () => {
        const known = receiptOf(commit.operationId, true);
        if (known !== undefined) return known;
        decideCommit(commit, { judge, find });
        write(commit);
        return receiptOf(commit.operationId, false) as CommitReceipt;
      });
    },
    async outcome(operationId) {
      const receipt = within("BEGIN", () => receiptOf(operationId, false));
      return receipt === undefined ? { status: "absent" } : { status: "committed", receipt };
    },
    async *history(id) {
      checkTicketId(id);
      for (const row of ask.changes.all(id)) yield changeOf(id, row);
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function decoded(id: TicketId, text: string, revision: string): TicketRecord {
  const ticket = decodeTicket(text, { path: `${id}.md` });
  return { ticket, revision, fence: { id, epoch: ticket.leaseEpoch }, text };
}

function changeOf(id: TicketId, row: Readonly<Record<string, unknown>>): TicketChange {
  const version = (when: "before" | "after") => {
    const text = row[`${when}_text`];
    return text === null
      ? undefined
      : readable(() => decoded(id, String(text), String(row[`${when}_revision`])));
  };
  const facts = JSON.parse(String(row["facts"]));
  return {
    skipHooks: false,
    ...facts,
    id,
    cursor: String(row["number"]),
    before: version("before"),
    after: version("after"),
  };
}

/** `undefined` for a text that is no ticket, which `tell` hears of. */
function readable<Value>(
  read: () => Value,
  tell?: (problem: TicketProblem) => void,
  id = "",
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    const { code, message } = error;
    const { line } = error.data;
    tell?.({ code, id, path: `${id}.md`, ...(line !== undefined && { line }), message });
    return undefined;
  }
}
