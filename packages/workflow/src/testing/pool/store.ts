// The tickets of a simulated project: writes of agents are fenced by the real check, those of the supervisor are compare-and-swap.
import {
  checkFence,
  claimTransition,
  findType,
  followTransition,
  isDelivered,
  isTicketError,
  requireActionOn,
  type Ticket,
  TicketError,
  type TicketRecord,
  type Tickets,
  takeOverTicket,
} from "@wiggum/ticket-core";
import type { ClaimTicket } from "../../spawn-ports.js";
import { type StoredTicket, types, type World, wallMs } from "./world.js";

const at = "2026-01-02T04:00:00Z";

export interface SimulatedStore {
  /** As much of `Tickets` as spawning asks for. */
  readonly tickets: Tickets;
  readonly claim: ClaimTicket;
  stored(id: string): StoredTicket;
  isWorkable(entry: StoredTicket): boolean;
  requireAction(id: string, reason: string): void;
  /** A session or a start of this role came to nothing. */
  noteFailure(id: string, role: string): void;
  /** A write of an agent under its fence. `false` = it was refused: the claim is not its own any more. */
  writeFenced(agentId: string, id: string, epoch: number, change: (entry: StoredTicket) => void): boolean;
  move(entry: StoredTicket, to: string): void;
}

export function createStore(world: World): SimulatedStore {
  const { tickets } = world;
  const stored = (id: string) => {
    const entry = tickets.get(id);
    if (entry === undefined) throw new Error(`There is no ticket ${id}.`);
    return entry;
  };
  const recordOf = ({ ticket, revision }: StoredTicket): TicketRecord => ({
    ticket,
    revision: String(revision),
    fence: { id: ticket.id, epoch: ticket.leaseEpoch },
  });
  function write(entry: StoredTicket, next: Ticket): void {
    if (next.leaseEpoch < entry.ticket.leaseEpoch) world.violate(`the token of ${next.id} fell`);
    const isSeen = next.state !== entry.ticket.state || next.actionRequired !== entry.ticket.actionRequired;
    entry.ticket = next;
    entry.revision += 1;
    // A checkpoint is a write like any other, but nothing that a look decides from.
    if (isSeen) world.touch();
  }
  const openDependencies = ({ ticket }: StoredTicket) =>
    ticket.dependsOn.filter((id) => !isDelivered(types, stored(id).ticket));
  const isWorkable = (entry: StoredTicket) =>
    entry.ticket.state === "ready" &&
    entry.ticket.actionRequired === undefined &&
    (world.isDropped("dependencies") || openDependencies(entry).length === 0);

  function move(entry: StoredTicket, to: string): void {
    const edge = findType(types, entry.ticket.type)?.transitions.find(
      (one) => one.from === entry.ticket.state && one.to === to,
    );
    if (edge === undefined) {
      world.violate(`${entry.ticket.id} went from ${entry.ticket.state} to ${to}`);
      return;
    }
    write(entry, followTransition(entry.ticket, edge, at));
    entry.failed = { counts: {} };
    entry.enteredAtMs = world.time.nowMs();
  }

  const port: Partial<Tickets> = {
    types,
    resolve: async (id) => id,
    show: async (id) => recordOf(stored(id)),
    blocked: async () =>
      [...tickets.values()].flatMap((entry) => {
        const open = entry.ticket.state === "ready" ? openDependencies(entry) : [];
        if (open.length === 0 || world.isDropped("dependencies")) return [];
        const reasons = open.map(
          (id) => ({ kind: "dependency", id, state: stored(id).ticket.state }) as const,
        );
        return [{ record: recordOf(entry), reasons }];
      }),
    async summaries(query = {}) {
      const { ids, assignedAgentIds: agents } = query;
      const found = [...tickets.values()].filter(
        ({ ticket }) =>
          ids?.includes(ticket.id) === true ||
          (ticket.assignedAgentId !== undefined && agents?.includes(ticket.assignedAgentId) === true),
      );
      return { tickets: found.map(recordOf), asOf: "", cursor: "" } as unknown as Awaited<
        ReturnType<Tickets["summaries"]>
      >;
    },
    async takeOver(id, agentId, context) {
      const entry = stored(id);
      const { expected } = context as { expected?: string };
      if (expected !== undefined && expected !== String(entry.revision)) throw changed(entry);
      write(entry, takeOverTicket(entry.ticket, agentId, at));
      return recordOf(entry);
    },
    async update(id, change) {
      const entry = stored(id);
      const next = change(entry.ticket);
      // A claim that is taken back was no work: what failed before it counts on.
      if (next.state !== entry.ticket.state) entry.failed = entry.beforeClaim;
      write(entry, next);
      return recordOf(entry);
    },
  };

  return {
    tickets: port as Tickets,
    stored,
    isWorkable,
    move,
    async claim({ ticketId, agentId }) {
      const entry = stored(ticketId);
      const edge = claimTransition(findType(types, "task"), entry.ticket.state);
      if (edge === undefined || !isWorkable(entry)) throw changed(entry);
      if (openDependencies(entry).length > 0)
        world.violate(`${ticketId} was claimed before what it depends on was done`);
      write(entry, followTransition(entry.ticket, edge, at, agentId));
      entry.beforeClaim = entry.failed;
      entry.failed = { counts: {} };
      entry.enteredAtMs = world.time.nowMs();
      return recordOf(entry);
    },
    requireAction(id, reason) {
      const entry = stored(id);
      write(entry, requireActionOn(entry.ticket, reason, at, "supervisor"));
    },
    noteFailure(id, role) {
      const entry = stored(id);
      const { counts } = entry.failed;
      entry.failed = { counts: { ...counts, [role]: (counts[role] ?? 0) + 1 }, lastMs: wallMs(world) };
    },
    writeFenced(agentId, id, epoch, change) {
      const entry = stored(id);
      if (!world.isDropped("fence") && !isCurrent(agentId, entry.ticket, epoch)) return false;
      if (epoch !== entry.ticket.leaseEpoch)
        world.violate(`${agentId} wrote to ${id} under token ${epoch}, and ${entry.ticket.leaseEpoch} holds`);
      const { ticket } = entry;
      change(entry);
      if (entry.ticket === ticket) entry.revision += 1;
      return true;
    },
  };
}

function isCurrent(agentId: string, ticket: Ticket, epoch: number): boolean {
  try {
    checkFence({ actor: { kind: "agent", id: agentId }, fence: { id: ticket.id, epoch } }, ticket.id, ticket);
    return true;
  } catch (error) {
    if (isTicketError(error, "TICKET_FENCED")) return false;
    throw error;
  }
}

function changed({ ticket }: StoredTicket): TicketError {
  const { id, assignedAgentId: holder, state } = ticket;
  return new TicketError("TICKET_HELD", `${id} was taken`, { id, holder, since: undefined, state });
}
