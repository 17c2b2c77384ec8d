import { describeReason, type TicketRecord } from "@wiggum/ticket-core";
import { readAgentTickets, slotsUsed } from "./capacity.js";
import { settleAgents } from "./settle-agents.js";
import type { SpawnFacts } from "./spawn-mode.js";
import type { SpawnPorts } from "./spawn-ports.js";

/** What somebody asks for. */
export interface SpawnRequest {
  readonly role: string;
  /** Full id, or a unique prefix. */
  readonly ticketId?: string | undefined;
  /** Over the limit of agents. */
  readonly isForced?: boolean | undefined;
  readonly isSupervised?: boolean | undefined;
  /** Another prompt file than the role's. */
  readonly promptPath?: string | undefined;
}

/** Reads everything that `planSpawn` needs. Settles sessions that have ended first, so that they are in nobody's way. */
export async function spawnFacts(
  request: SpawnRequest,
  ports: SpawnPorts,
): Promise<{ readonly facts: SpawnFacts; readonly record?: TicketRecord | undefined }> {
  const { tickets, registry, orders, workspaces, settings } = ports;
  const { role } = request;
  const isRoleName = orders.isRole(role);
  const record = request.ticketId === undefined ? undefined : await recordOf(request.ticketId, ports);
  const ticket = record?.ticket;
  await settleAgents(ports);
  const agents = await registry.list();
  const live =
    ticket === undefined
      ? undefined
      : agents.find((agent) => agent.isLive && agent.role === role && agent.ticketId === ticket.id);
  const assignee = ticket?.assignedAgentId;
  const holder = assignee === undefined ? undefined : await registry.read(assignee);
  const command = isRoleName
    ? await orders.command(role, request.promptPath)
    : { word: "", fault: "there is no such role" };
  const blocked =
    ticket === undefined
      ? undefined
      : (await tickets.blocked()).find(
          ({
            record: {
              ticket: { id },
            },
          }) => id === ticket.id,
        );
  const facts: SpawnFacts = {
    role,
    isRoleName,
    ticket,
    types: tickets.types,
    blocked: (blocked?.reasons ?? []).map(describeReason),
    holder,
    live: live?.agentId,
    code: await workspaces.look(ticket, holder),
    command,
    slotsUsed: slotsUsed(agents, await readAgentTickets(tickets, agents), tickets.types),
    maxAgents: settings.maxAgents,
    isForced: request.isForced === true,
    isSupervised: request.isSupervised === true,
  };
  return { facts, record };
}

async function recordOf(id: string, { tickets }: SpawnPorts): Promise<TicketRecord> {
  // By the rules for writing: an agent is not sent to a ticket that was only guessed.
  return tickets.show(await tickets.resolve(id, "write"));
}
