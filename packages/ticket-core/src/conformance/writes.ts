// Ways to write that the cases share. A write goes by what `read` shows, never by a former receipt: each case is about one rule.
import type { CommitReceipt, TicketBackend, TicketCommit, TicketWrite } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Actor, Ticket, TicketId, TicketRecord } from "../ticket.js";

export const person: Actor = { kind: "person", id: "ann" };
export const worker: Actor = { kind: "agent", id: "worker-0", role: "worker", host: "here" };

const ulidDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let drawn = 0;

/** A new operation id, in the form of a ULID. */
export function newOperationId(): string {
  return drawOperationId();
}

let drawOperationId = countedOperationId;

/** From now on operation ids come from here: in a process of its own the kit would draw the same ones again. */
export function useOperationIds(draw: () => string): void {
  drawOperationId = draw;
}

function countedOperationId(): string {
  drawn += 1;
  let digits = "";
  for (let rest = drawn; rest > 0; rest = Math.floor(rest / 32)) digits = ulidDigits[rest % 32] + digits;
  return `01K${digits.padStart(23, "0")}`;
}

/** A commit of these changes by a person, with whatever else matters. */
export function commitOf(changes: readonly TicketWrite[], extra: Partial<TicketCommit> = {}): TicketCommit {
  return {
    operationId: newOperationId(),
    actor: person,
    subject: `Change ${changes.map(({ id }) => id).join(" ")}`,
    at: "2026-01-02T03:04:05Z",
    changes,
    ...extra,
  };
}

/** Creates this ticket. */
export function create(
  backend: TicketBackend,
  ticket: Ticket,
  extra: Partial<TicketCommit> = {},
): Promise<CommitReceipt> {
  return backend.commit(commitOf([{ id: ticket.id, expected: null, next: ticket }], extra));
}

/** Creates plain tickets of these ids. */
export async function createAll(backend: TicketBackend, ids: readonly TicketId[]): Promise<void> {
  for (const id of ids) await create(backend, sampleTicket(id));
}

/** The record as it is stored now. @throws Error when there is none */
export async function stored(backend: TicketBackend, id: TicketId): Promise<TicketRecord> {
  const { record } = await backend.read(id);
  if (record === undefined) throw new Error(`${id} was written and cannot be found`);
  return record;
}

/** The change of one ticket that follows from this record. */
export function changeOf(record: TicketRecord, change: Partial<Ticket> | null): TicketWrite {
  const { ticket, revision } = record;
  return { id: ticket.id, expected: revision, next: change === null ? null : { ...ticket, ...change } };
}

/** Reads a ticket and writes it changed. `null` deletes. */
export async function rewrite(
  backend: TicketBackend,
  id: TicketId,
  change: Partial<Ticket> | null,
  extra: Partial<TicketCommit> = {},
): Promise<CommitReceipt> {
  return backend.commit(commitOf([changeOf(await stored(backend, id), change)], extra));
}

/** Creates a ticket and gives it to an agent: state `in-progress`, epoch 1. */
export async function createClaimed(backend: TicketBackend, id: TicketId, agentId: string): Promise<void> {
  await create(backend, sampleTicket(id));
  const holder = { assignedAgentId: agentId, assignedAt: "2026-01-02T03:05:00Z" };
  await rewrite(backend, id, { state: "in-progress", leaseEpoch: 1, ...holder });
}

/** Ids in a fixed form: `tk-0001`, … */
export function idsUpTo(count: number): readonly TicketId[] {
  return Array.from({ length: count }, (_item, index) => `tk-${String(index + 1).padStart(4, "0")}`);
}

/** Every item that this gives, until it ends. */
export async function all<Item>(items: AsyncIterable<Item> | undefined): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items ?? []) found.push(item);
  return found;
}
