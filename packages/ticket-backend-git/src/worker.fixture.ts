// A program for the tests: a bare process that works on a store like any command would. Its order comes as JSON on the command line.

import { once } from "node:events";
import { appendFileSync } from "node:fs";
import {
  builtinTypes,
  createJudge,
  isTicketError,
  type Ticket,
  type TicketRecord,
} from "@wiggum/ticket-core";
import { createGitBackend } from "./create-git-backend.js";
import { maintainStore } from "./maintain.js";

export interface WorkerOrder {
  readonly root: string;
  readonly name: string;
  /** `claim`: once, when told to. `loop`: rewrite tickets until killed or done. `refresh`: a view, once. `probe`: read, then try to write. `read`: list until killed. `maintain`: pack and clean until killed. `relayout`: once, to folders. */
  readonly task: "claim" | "loop" | "refresh" | "probe" | "read" | "maintain" | "relayout";
  readonly tickets: readonly string[];
  readonly rounds?: number;
  /** What was tried and what was acknowledged, one JSON line each. */
  readonly journal?: string;
  readonly view?: string;
  /** The process kills itself there. */
  readonly killAt?: string;
}

const order = JSON.parse(process.argv[2] ?? "") as WorkerOrder;
const backend = createGitBackend({
  root: order.root,
  judge: createJudge(builtinTypes),
  lockWaitMs: 60_000,
  atStep: (step) => {
    if (step === order.killAt) process.kill(process.pid, "SIGKILL");
  },
});

function note(kind: "tried" | "acknowledged", operationId: string, id: string): void {
  if (order.journal !== undefined)
    appendFileSync(order.journal, `${JSON.stringify({ kind, operationId, id })}\n`);
}

async function write(record: TicketRecord, change: Partial<Ticket>, operationId: string): Promise<void> {
  const { id } = record.ticket;
  note("tried", operationId, id);
  await backend.commit({
    operationId,
    actor: { kind: "supervisor", id: order.name },
    subject: `Write of ${order.name}`,
    at: "2026-01-02T03:04:05Z",
    changes: [{ id, expected: record.revision, next: { ...record.ticket, ...change } }],
  });
  note("acknowledged", operationId, id);
}

async function read(id: string): Promise<TicketRecord> {
  const { record } = await backend.read(id);
  if (record === undefined) throw new Error(`${id} is not there`);
  return record;
}

async function claim(): Promise<string> {
  const id = order.tickets[0] ?? "";
  const record = await read(id);
  process.stdout.write("ready\n");
  // All begin at one instant.
  await once(process.stdin, "data");
  try {
    const change = {
      state: "in-progress",
      assignedAgentId: order.name,
      leaseEpoch: record.ticket.leaseEpoch + 1,
    };
    await write(record, change, `claim-${order.name}`);
    return "won";
  } catch (error) {
    if (!isTicketError(error, "TICKET_CONFLICT")) throw error;
    return `lost to ${error.data.current?.ticket.assignedAgentId ?? error.data.by?.id}`;
  }
}

async function loop(): Promise<string> {
  let conflicts = 0;
  for (let round = 0; round < (order.rounds ?? 1); round++) {
    const id = order.tickets[round % order.tickets.length] ?? "";
    const record = await read(id);
    try {
      await write(record, { title: `${order.name} ${round}` }, `${order.name}-${round}`);
    } catch (error) {
      if (!isTicketError(error, "TICKET_CONFLICT")) throw error;
      conflicts += 1;
    }
  }
  return `conflicts ${conflicts}`;
}

async function probe(): Promise<string> {
  const id = order.tickets[0] ?? "";
  const record = await read(id);
  const { tickets } = await backend.list();
  try {
    await write(record, { title: "Changed" }, "probe");
    return `${tickets.length} written`;
  } catch (error) {
    return `${tickets.length} ${isTicketError(error) ? error.code : String(error)}`;
  }
}

async function readForEver(): Promise<string> {
  process.stdout.write("reading\n");
  for (;;) await backend.list();
}

async function maintainForEver(): Promise<string> {
  const counts: Record<string, number> = {};
  for (let round = 0; ; round++) {
    // Every fifth time a week has passed.
    const now = () => new Date(Date.now() + (round % 5 === 4 ? 8 * 24 * 3_600_000 : 0));
    const done = await maintainStore({ path: order.root, now, looseLimit: 20 });
    counts[done] = (counts[done] ?? 0) + 1;
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  }
}

const tasks = {
  maintain: maintainForEver,
  probe,
  read: readForEver,
  claim,
  loop,
  relayout: async () => String(await backend.relayout("fan-out")),
  refresh: async () => (await backend.views.refresh(order.view ?? "")).written.join(" "),
};
const answer = await tasks[order.task]();
process.stdout.write(`${answer}\n`, () => process.exit(0));
