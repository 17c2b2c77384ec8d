import { isFinal, printable, type Ticket, TicketError } from "@wiggum/ticket-core";
import { supervisorRole } from "./capacity.js";
import { WorkflowError } from "./errors.js";
import type { AgentId } from "./runner.js";
import { holderRoles, type SpawnFacts, type SpawnMode, typeOfTicket } from "./spawn-mode.js";
import type { CommandFacts } from "./spawn-ports.js";

/** What a role may be called, as the next step of a refusal. */
export const roleNameRule =
  "A role is named like its prompt file, for example worker: at most 40 letters, digits, '.', '_' and '-', with a letter first and no number after a '-' at the end.";

/** Why this spawn is refused, before anything is made or claimed; `undefined` = it is not. */
export function spawnRefusal(facts: SpawnFacts, mode: SpawnMode): WorkflowError | TicketError | undefined {
  const { role, ticket, live } = facts;
  if (!facts.isRoleName) {
    return new WorkflowError(
      "ROLE_NAME_INVALID",
      `'${printable(role)}' cannot be the name of a role`,
      { name: role },
      { hint: roleNameRule },
    );
  }
  if (ticket === undefined && role !== supervisorRole) {
    return new WorkflowError(
      "ROLE_NEEDS_TICKET",
      `Ticket ID required for role: ${role}`,
      { role },
      { hint: `wiggum spawn ${role} <ticket>; 'wiggum ticket ready' lists tickets that can be taken.` },
    );
  }
  if (facts.command.fault !== undefined) return commandMissing(facts.command, facts.command.fault);
  if (facts.command.closed !== undefined) return sandboxTooTight(facts.command.word, facts.command.closed);
  if (live !== undefined) {
    const where = ticket === undefined ? "" : ` on ${ticket.id}`;
    return new WorkflowError(
      "AGENT_LIVE",
      `${live} is the live ${role}${where}`,
      { agentId: live, role, ticketId: ticket?.id },
      { hint: `Watch it with 'wiggum logs ${live}' or end it with 'wiggum kill ${live}'.` },
    );
  }
  return (ticket === undefined ? undefined : ticketRefusal(facts, ticket, mode)) ?? capacityRefusal(facts);
}

function ticketRefusal(
  facts: SpawnFacts,
  ticket: Ticket,
  mode: SpawnMode,
): WorkflowError | TicketError | undefined {
  const isHolderRole = holderRoles(typeOfTicket(facts, ticket)).includes(facts.role);
  const reasons: string[] = [];
  if (ticket.actionRequired !== undefined) {
    reasons.push(`a person must act: ${printable(ticket.actionRequired.reason)}`);
  } else if (isHolderRole && isFinal(facts.types, ticket)) {
    reasons.push(`it is over (${printable(ticket.state)})`);
  } else if (mode === "claim") reasons.push(...facts.blocked);
  if (reasons.length > 0) {
    return new WorkflowError(
      "TICKET_NOT_WORKABLE",
      `No ${facts.role} can work on ${ticket.id} now: ${reasons.join("; ")}`,
      { id: ticket.id, reasons },
      { hint: `'wiggum ticket show ${ticket.id}' and 'wiggum ticket tree ${ticket.id}' tell more.` },
    );
  }
  return mode === "take-over" ? heldRefusal(facts, ticket) : undefined;
}

/** A person, or an agent of another role, holds it: that is nobody's to take over. */
function heldRefusal(facts: SpawnFacts, ticket: Ticket): TicketError | undefined {
  const { assignedAgentId } = ticket;
  if (assignedAgentId === undefined) return undefined;
  if (facts.holder?.role === facts.role || isAgentOf(facts.role, assignedAgentId)) return undefined;
  return new TicketError(
    "TICKET_HELD",
    `${ticket.id} is held by ${printable(assignedAgentId)}`,
    { id: ticket.id, holder: assignedAgentId, since: ticket.assignedAt, state: ticket.state },
    { hint: `'wiggum ticket unassign ${ticket.id}' takes it from ${printable(assignedAgentId)}.` },
  );
}

/** The registry may have been lost: the name still says what it was. */
function isAgentOf(role: string, agentId: AgentId): boolean {
  return agentId.startsWith(`${role}-`) && /^\d+$/.test(agentId.slice(role.length + 1));
}

function capacityRefusal(facts: SpawnFacts): WorkflowError | undefined {
  const { slotsUsed, maxAgents } = facts;
  if (facts.isForced || facts.role === supervisorRole || slotsUsed < maxAgents) return undefined;
  return new WorkflowError(
    "NO_CAPACITY",
    `All ${maxAgents} places for agents are in use`,
    { used: slotsUsed, maxAgents },
    { hint: "Try again when one has finished, raise WIGGUM_MAX_AGENTS, or use --force." },
  );
}

function commandMissing(
  { word, namedIn }: CommandFacts,
  fault: string,
): WorkflowError<"AGENT_COMMAND_MISSING"> {
  const another =
    namedIn === undefined
      ? "name another one with WIGGUM_AGENT_CMD (in config.sh or the environment)"
      : `correct 'command' in ${printable(namedIn)}`;
  return new WorkflowError(
    "AGENT_COMMAND_MISSING",
    fault,
    { command: word },
    { hint: `Install it, or ${another}.` },
  );
}

function sandboxTooTight(
  word: string,
  { folders, output }: NonNullable<CommandFacts["closed"]>,
): WorkflowError<"AGENT_CANNOT_WRITE"> {
  return new WorkflowError(
    "AGENT_CANNOT_WRITE",
    `The sandbox of '${printable(word)}' is closed to ${folders.map((folder) => printable(folder)).join(", ")}: an agent could not hand in its work`,
    { command: word, folders, output },
    {
      hint: "Let its configuration allow these folders, or name a command without that sandbox in WIGGUM_AGENT_CMD.",
    },
  );
}
