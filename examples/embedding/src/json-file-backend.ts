// A backend of one's own in a single JSON file, for one process: small enough to read, whole enough for the conformance kit.
import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import {
  type Actor,
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
  type TicketError,
  type TicketId,
  type TicketProblem,
  type TicketRecord,
} from "@wiggum/ticket-core";

interface Entry {
  readonly text: string;
  readonly revision: string;
  readonly by: Actor;
  readonly at: string;
}

interface Written {
  readonly id: TicketId;
  readonly text: string;
  readonly revision: string;
}

interface Operation {
  readonly asOf: string;
  readonly written: readonly Written[];
}

/** Maps, and no objects by id: an operation may be called `constructor`. */
interface Contents {
  /** Commits so far: the point in history that an answer shows. */
  readonly commits: number;
  readonly tickets: ReadonlyMap<TicketId, Entry>;
  /** What each operation left, so that one that is sent again has no second effect and the same answer. */
  readonly operations: ReadonlyMap<string, Operation>;
}

export interface JsonFileBackendOptions {
  /** The file; it is made by the first write. Nobody else may write to it meanwhile. */
  readonly path: string;
  readonly judge: Judge;
}

export function createJsonFileBackend({ path, judge }: JsonFileBackendOptions): TicketBackend {
  let contents = readContents(path);

  const recordOf = (id: TicketId) => {
    const entry = contents.tickets.get(id);
    return entry && decoded({ id, ...entry });
  };

  function find(id: TicketId): CurrentTicket | undefined {
    const entry = contents.tickets.get(id);
    return entry && { ...entry, record: readable(() => recordOf(id)) };
  }

  function receiptOf(operationId: string, already: boolean): CommitReceipt | undefined {
    const operation = contents.operations.get(operationId);
    if (operation === undefined) return undefined;
    return { operationId, already, asOf: operation.asOf, records: operation.written.map(decoded) };
  }

  return {
    contract: 1,
    name: "json-file",
    supports: { history: false, watch: false, sync: false, attachments: false, batch: true, shared: false },
    async list(query, page) {
      const records: TicketRecord[] = [];
      const problems: TicketProblem[] = [];
      for (const id of contents.tickets.keys()) {
        const record = readable(
          () => recordOf(id),
          ({ code, message, data }) =>
            problems.push({
              code,
              id,
              path: `${id}.md`,
              ...(data.line !== undefined && { line: data.line }),
              message,
            }),
        );
        if (record !== undefined) records.push(record);
      }
      const asOf = String(contents.commits);
      return { ...selectPage(records, query, page), problems, asOf, cursor: asOf };
    },
    async read(id) {
      return { record: recordOf(checkTicketId(id)), asOf: String(contents.commits) };
    },
    async commit(commit) {
      const known = receiptOf(commit.operationId, true);
      if (known !== undefined) return known;
      decideCommit(commit, { judge, find });
      const { operationId, actor: by, at, changes } = commit;
      const commits = contents.commits + 1;
      const tickets = new Map(contents.tickets);
      const written: Written[] = [];
      for (const [index, change] of changes.entries()) {
        const { id } = change;
        const text = encodeWrite(change, contents.tickets.get(id)?.text);
        const revision = `${commits}.${index}`;
        if (text === null) tickets.delete(id);
        else tickets.set(id, { text, revision, by, at });
        if (text !== null) written.push({ id, text, revision });
      }
      const asOf = String(commits);
      const operations = new Map(contents.operations).set(operationId, { asOf, written });
      const next: Contents = { commits, tickets, operations };
      writeContents(path, next);
      // Only what is on the disk is true.
      contents = next;
      return { operationId, already: false, asOf, records: written.map(decoded) };
    },
    async outcome(operationId) {
      const receipt = receiptOf(operationId, false);
      return receipt === undefined ? { status: "absent" } : { status: "committed", receipt };
    },
  };
}

/** Anew each time: what is given out may be changed by whoever got it. @throws TICKET_UNREADABLE */
function decoded({ id, text, revision }: Written): TicketRecord {
  const ticket = decodeTicket(text, { path: `${id}.md` });
  return { ticket, revision, fence: { id, epoch: ticket.leaseEpoch }, text };
}

/** `undefined` for a text that is no ticket, which `tell` hears of. */
function readable<Value>(
  read: () => Value,
  tell: (error: TicketError<"TICKET_UNREADABLE">) => void = () => {},
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    tell(error);
    return undefined;
  }
}

const empty: Contents = { commits: 0, tickets: new Map(), operations: new Map() };

function readContents(path: string): Contents {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty;
    throw error;
  }
  const { commits, tickets, operations } = JSON.parse(text);
  return { commits, tickets: new Map(tickets), operations: new Map(operations) };
}

/** The old file or the new one, never half of either. */
function writeContents(path: string, contents: Contents): void {
  const draft = `${path}.new`;
  const descriptor = openSync(draft, "w");
  try {
    const { commits, tickets, operations } = contents;
    writeFileSync(
      descriptor,
      JSON.stringify({ commits, tickets: [...tickets], operations: [...operations] }),
    );
    fdatasyncSync(descriptor);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
}
