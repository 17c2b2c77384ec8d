import { type AttachmentLimits, defaultAttachmentLimits, type TicketAttachments } from "./attachments.js";
import type { CommitReceipt, Judge, TicketBackend, TicketChange, TicketCommit } from "./backend.js";
import { encodeTicket } from "./codec.js";
import { checkFence, decideCommit, encodeWrite } from "./decide-commit.js";
import { checkTicketId } from "./ids.js";
import { createMemoryAttachments } from "./memory-attachments.js";
import { freeze, type MemoryFile, problemOf, readFile } from "./memory-file.js";
import { createMemoryWatch } from "./memory-watch.js";
import { selectPage } from "./query.js";
import type { Actor, Cursor, Ticket, TicketId, TicketRecord, Timestamp } from "./ticket.js";

/** What a memory backend judges by, and what is in it from the start. */
export interface MemoryBackendOptions {
  readonly judge: Judge;
  /** Tickets that are there from the start, as they are: not judged, in no history. */
  readonly tickets?: readonly Ticket[] | undefined;
  /** How much may be attached to a ticket. Default `defaultAttachmentLimits`. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
}

/** The reference backend: in this process, gone with it. */
export interface MemoryBackend extends TicketBackend {
  readonly attachments: TicketAttachments;
  /** Puts a text where a ticket lies, as a person with an editor might: nothing is compared or judged, and it may be unreadable. */
  plant(id: TicketId, text: string): void;
}

const nobody: Actor = { kind: "person", id: "unknown" };
// Taken when the module loads: a test that replaces timers later does not stop the store. Not every host has the first.
const { setImmediate: soon, setTimeout: later } = globalThis;

/** Gives others a turn, where a real store would wait for its disk: races show. */
function turn(): Promise<void> {
  return new Promise((resolve) => (soon === undefined ? later(resolve, 0) : soon(resolve)));
}

/** Makes an empty store in memory. It keeps the encoded text, so what it gives back has been through the codec, as in a real store. */
export function createMemoryBackend(options: MemoryBackendOptions): MemoryBackend {
  const { judge, tickets = [], attachmentLimits = defaultAttachmentLimits } = options;
  const files = new Map<TicketId, MemoryFile>();
  const operations = new Map<string, CommitReceipt>();
  const log: TicketChange[] = [];
  const watching = createMemoryWatch(log, () => commits);
  let commits = 0;
  let revisions = 0;

  const cursor = (): Cursor => `m${commits}`;

  function store(id: TicketId, text: string, by: Actor, at?: Timestamp): MemoryFile {
    revisions += 1;
    const revision = `r${revisions}`;
    const file: MemoryFile = { text, revision, by, at, ...readFile(id, text, revision) };
    files.set(id, file);
    return file;
  }

  /** Everything that may refuse a commit, before the first change: all or nothing. */
  function prepare(commit: TicketCommit): readonly (string | null)[] {
    decideCommit(commit, { judge, find: (id) => files.get(id) });
    return commit.changes.map((change) => encodeWrite(change, files.get(change.id)?.text));
  }

  function apply(commit: TicketCommit): CommitReceipt {
    const known = operations.get(commit.operationId);
    if (known !== undefined) return { ...known, already: true };
    const texts = prepare(commit);
    commits += 1;
    const records: TicketRecord[] = [];
    for (const [index, { id }] of commit.changes.entries()) {
      const text = texts[index] ?? null;
      const before = files.get(id)?.record;
      const after = text === null ? undefined : store(id, text, commit.actor, commit.at).record;
      if (text === null) files.delete(id);
      if (text === null) attachments.forget(id);
      if (after !== undefined) records.push(after);
      log.push(changeOf(commit, id, before, after, cursor()));
    }
    const receipt: CommitReceipt = freeze({
      operationId: commit.operationId,
      already: false,
      asOf: cursor(),
      records,
    });
    operations.set(commit.operationId, receipt);
    watching.wake();
    return receipt;
  }

  const attachments = createMemoryAttachments({
    limits: attachmentLimits,
    turn,
    cursor,
    operations,
    find: (id) => files.get(id),
    checkFence(order, id) {
      checkFence(order, id, files.get(id)?.record?.ticket);
    },
    record(order, subject) {
      commits += 1;
      const record = files.get(order.id)?.record;
      log.push(changeOf({ ...order, subject }, order.id, record, record, cursor()));
      watching.wake();
    },
  });

  for (const ticket of tickets) store(checkTicketId(ticket.id), encodeTicket(ticket), nobody);

  return {
    contract: 1,
    name: "memory",
    supports: {
      history: true,
      watch: true,
      sync: false,
      attachments: true,
      batch: true,
      shared: false,
    },
    async list(query, page) {
      await turn();
      const records = [...files.values()].flatMap(({ record }) => record ?? []);
      const problems = [...files].flatMap(([id, file]) => problemOf(id, file) ?? []);
      return freeze({ ...selectPage(records, query, page), problems, asOf: cursor(), cursor: cursor() });
    },
    async ids() {
      await turn();
      return [...files.keys()];
    },
    async read(id) {
      checkTicketId(id);
      await turn();
      const file = files.get(id);
      if (file?.problem !== undefined) throw file.problem;
      return freeze({ ...(file?.record && { record: file.record }), asOf: cursor() });
    },
    async commit(commit) {
      // What the caller hands in may change while we wait: take it as it is now.
      const taken = structuredClone(commit);
      await turn();
      const receipt = apply(taken);
      await turn();
      return receipt;
    },
    async outcome(operationId) {
      await turn();
      const receipt = operations.get(operationId);
      return receipt === undefined ? { status: "absent" } : { status: "committed", receipt };
    },
    async *history(id) {
      checkTicketId(id);
      await turn();
      yield* log.filter((change) => change.id === id);
    },
    watch: watching.watch,
    attachments: attachments.port,
    plant(id, text) {
      store(checkTicketId(id), text, nobody);
    },
  };
}

function changeOf(
  commit: Omit<TicketCommit, "changes">,
  id: TicketId,
  before: TicketRecord | undefined,
  after: TicketRecord | undefined,
  cursor: Cursor,
): TicketChange {
  const { operationId, actor, subject, cause, override, skipHooks = false, at } = commit;
  return freeze({ cursor, id, before, after, operationId, actor, subject, cause, override, skipHooks, at });
}
