import {
  claimTransition,
  findState,
  isFinal,
  printable,
  type Ticket,
  TicketError,
  type TicketId,
  type TicketType,
  type TicketTypes,
} from "@wiggum/ticket-core";
import { supervisorRole } from "./capacity.js";
import { WorkflowError } from "./errors.js";
import type { AgentFacts } from "./registry.js";
import type { AgentHandle, AgentId } from "./runner.js";
import type { CodeFacts } from "./spawn-ports.js";

/** Everything that a spawn is decided from. Plain data. */
export interface SpawnFacts {
  readonly role: string;
  readonly isRoleName: boolean;
  readonly ticket?: Ticket | undefined;
  readonly types: TicketTypes;
  /** Why the ticket cannot be claimed now, in words; empty = it can. */
  readonly blocked: readonly string[];
  /** The ticket's assignee as the registry knows it. */
  readonly holder?: AgentFacts | undefined;
  /** The live agent of this role on this ticket. */
  readonly live?: AgentId | undefined;
  readonly code: CodeFacts;
  readonly command: { readonly word: string; readonly isFound: boolean };
  readonly slotsUsed: number;
  readonly maxAgents: number;
  /** Over the limit of agents. */
  readonly isForced: boolean;
  readonly isSupervised: boolean;
}

/**
 * How the agent comes to its ticket: `claim` takes it from a claimable state; `resume` goes on as the same agent in the same
 * worktree; `take-over` is a new agent in the place of one that cannot go on; `join` works on it without holding it (reviewer, qa);
 * `alone` has no ticket.
 */
export type SpawnMode = "claim" | "resume" | "take-over" | "join" | "alone";

export type SpawnStep =
  | { readonly kind: "reserve"; readonly maxAgents?: number | undefined }
  /** The former session is over; what it may have left running is ended before another one works in its place. */
  | { readonly kind: "stop-former"; readonly agentId: AgentId; readonly handle: AgentHandle }
  | { readonly kind: "claim"; readonly ticketId: TicketId; readonly from: string; readonly to: string }
  | { readonly kind: "take-over"; readonly ticketId: TicketId; readonly former?: AgentId | undefined }
  | {
      readonly kind: "feature";
      readonly branch: string;
      readonly base: string;
      readonly include: readonly string[];
    }
  | { readonly kind: "salvage"; readonly worktree: string }
  /** `source` = branch that the new one starts from; absent = HEAD. */
  | { readonly kind: "worktree"; readonly source?: string | undefined }
  | { readonly kind: "set-up" }
  | { readonly kind: "order" }
  | { readonly kind: "start" };

export interface SpawnPlan {
  readonly role: string;
  readonly mode: SpawnMode;
  readonly ticketId?: TicketId | undefined;
  readonly resume?: AgentId | undefined;
  readonly isSupervised: boolean;
  readonly steps: readonly SpawnStep[];
}

export type SpawnDecision =
  | { readonly status: "planned"; readonly plan: SpawnPlan }
  | { readonly status: "refused"; readonly error: WorkflowError | TicketError };

/**
 * Decides how an agent is started, or why not. Pure. What is refused here has changed nothing; what changes between this look and
 * the deed is caught by the steps themselves (reservation, compare-and-swap).
 */
export function planSpawn(facts: SpawnFacts): SpawnDecision {
  const error = refusal(facts);
  if (error !== undefined) return { status: "refused", error };
  const { role, ticket, isSupervised } = facts;
  const mode = ticket === undefined ? "alone" : modeOf(facts, ticket);
  const resume = mode === "resume" ? facts.holder?.agentId : undefined;
  return {
    status: "planned",
    plan: {
      role,
      mode,
      ...(ticket === undefined ? {} : { ticketId: ticket.id }),
      ...(resume === undefined ? {} : { resume }),
      isSupervised,
      steps: [...stepsBefore(facts, mode), { kind: "set-up" }, { kind: "order" }, { kind: "start" }],
    },
  };
}

/** Roles that take tickets of this type out of a claimable state, and hold them. */
export function holderRoles(type: TicketType | undefined): readonly string[] {
  const claims = type?.transitions.filter((edge) => edge.effects.includes("claim")) ?? [];
  return [...new Set(claims.flatMap((edge) => findState(type, edge.to)?.roles ?? []))];
}

function typeOf(facts: SpawnFacts, ticket: Ticket): TicketType | undefined {
  return Object.hasOwn(facts.types.types, ticket.type) ? facts.types.types[ticket.type] : undefined;
}

function modeOf(facts: SpawnFacts, ticket: Ticket): SpawnMode {
  const { role, holder, code } = facts;
  const type = typeOf(facts, ticket);
  if (!holderRoles(type).includes(role)) return "join";
  const edge = claimTransition(type, ticket.state);
  if (edge !== undefined && findState(type, edge.to)?.roles.includes(role) === true) return "claim";
  const canResume =
    holder?.role === role && holder.retiredAt === undefined && code.holder?.worktree !== undefined;
  if (canResume) return "resume";
  return worksNow(type, ticket, role) ? "take-over" : "join";
}

function worksNow(type: TicketType | undefined, ticket: Ticket, role: string): boolean {
  return findState(type, ticket.state)?.roles.includes(role) === true;
}

function stepsBefore(facts: SpawnFacts, mode: SpawnMode): readonly SpawnStep[] {
  const { ticket, holder, code, role } = facts;
  const isLimited = !facts.isForced && role !== supervisorRole;
  const reserve: SpawnStep = { kind: "reserve", ...(isLimited ? { maxAgents: facts.maxAgents } : {}) };
  if (ticket === undefined) return [reserve, { kind: "worktree" }];
  const type = typeOf(facts, ticket);
  const feature = featureSteps(code);
  switch (mode) {
    case "claim": {
      const to = claimTransition(type, ticket.state)?.to ?? ticket.state;
      const claim: SpawnStep = { kind: "claim", ticketId: ticket.id, from: ticket.state, to };
      return [reserve, claim, ...feature, worktree(featureSource(code))];
    }
    case "resume": {
      const path = code.holder?.worktree ?? "";
      return [
        reserve,
        ...stopFormer(holder),
        // In a state that its role does not work in it only waits: the holder stays the holder, whoever works now keeps the epoch.
        ...(worksNow(type, ticket, role) ? [takeOver(ticket, holder)] : []),
        { kind: "salvage", worktree: path },
      ];
    }
    case "take-over": {
      const former = code.holder?.containsFeature === true ? code.holder.branch : undefined;
      return [
        reserve,
        ...stopFormer(holder),
        takeOver(ticket, holder),
        ...feature,
        worktree(former ?? featureSource(code)),
      ];
    }
    default: {
      const isHolderRole = holderRoles(type).includes(role);
      // Who reviews or tests sees the holder's branch; where that is gone, what was handed in.
      const handedIn = code.feature.exists ? code.feature.branch : undefined;
      if (!isHolderRole) return [reserve, worktree(code.holder?.branch ?? handedIn)];
      return [reserve, ...feature, worktree(featureSource(code))];
    }
  }
}

function worktree(source: string | undefined): SpawnStep {
  return { kind: "worktree", ...(source === undefined ? {} : { source }) };
}

/** Without any commit there is nothing that a feature branch could point at: the agent starts on an unborn branch. */
function featureSource(code: CodeFacts): string | undefined {
  return code.feature.exists || code.baseBranch !== undefined ? code.feature.branch : undefined;
}

function featureSteps(code: CodeFacts): readonly SpawnStep[] {
  if (code.feature.exists || code.baseBranch === undefined) return [];
  const { branch } = code.feature;
  return [{ kind: "feature", branch, base: code.baseBranch, include: code.unmergedDependencies }];
}

function stopFormer(holder: AgentFacts | undefined): readonly SpawnStep[] {
  const handle = holder?.session?.handle;
  return holder === undefined || handle === undefined
    ? []
    : [{ kind: "stop-former", agentId: holder.agentId, handle }];
}

function takeOver(ticket: Ticket, holder: AgentFacts | undefined): SpawnStep {
  const former = ticket.assignedAgentId ?? holder?.agentId;
  return { kind: "take-over", ticketId: ticket.id, ...(former === undefined ? {} : { former }) };
}

function refusal(facts: SpawnFacts): WorkflowError | TicketError | undefined {
  const { role, ticket, live } = facts;
  if (!facts.isRoleName) {
    return new WorkflowError(
      "AGENT_NAME_INVALID",
      `'${printable(role)}' cannot be the name of a role`,
      { name: role },
      { hint: "A role is called by letters, digits, '-' and '_', at most 40 of them, for example worker." },
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
  if (!facts.command.isFound) return commandMissing(facts.command.word);
  if (live !== undefined) {
    const where = ticket === undefined ? "" : ` on ${ticket.id}`;
    return new WorkflowError(
      "AGENT_LIVE",
      `${live} is the live ${role}${where}`,
      { agentId: live, role, ticketId: ticket?.id },
      { hint: `Watch it with 'wiggum logs ${live}' or end it with 'wiggum kill ${live}'.` },
    );
  }
  return (ticket === undefined ? undefined : ticketRefusal(facts, ticket)) ?? capacityRefusal(facts);
}

function ticketRefusal(facts: SpawnFacts, ticket: Ticket): WorkflowError | TicketError | undefined {
  const isHolderRole = holderRoles(typeOf(facts, ticket)).includes(facts.role);
  const reasons: string[] = [];
  if (ticket.actionRequired !== undefined) {
    reasons.push(`a person must act: ${printable(ticket.actionRequired.reason)}`);
  } else if (isHolderRole && isFinal(facts.types, ticket)) {
    reasons.push(`it is over (${printable(ticket.state)})`);
  } else if (modeOf(facts, ticket) === "claim") reasons.push(...facts.blocked);
  if (reasons.length > 0) {
    return new WorkflowError(
      "TICKET_NOT_WORKABLE",
      `No ${facts.role} can work on ${ticket.id} now: ${reasons.join("; ")}`,
      { id: ticket.id, reasons },
      { hint: `'wiggum ticket show ${ticket.id}' and 'wiggum ticket tree ${ticket.id}' tell more.` },
    );
  }
  return heldRefusal(facts, ticket);
}

/** A person, or an agent of another role, holds it: that is nobody's to take over. */
function heldRefusal(facts: SpawnFacts, ticket: Ticket): TicketError | undefined {
  const { assignedAgentId } = ticket;
  if (assignedAgentId === undefined || modeOf(facts, ticket) !== "take-over") return undefined;
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

function commandMissing(word: string): WorkflowError<"AGENT_COMMAND_MISSING"> {
  return new WorkflowError(
    "AGENT_COMMAND_MISSING",
    `The agent command '${printable(word)}' was not found`,
    { command: word },
    { hint: "Install it, or name another one with WIGGUM_AGENT_CMD (in config.sh or the environment)." },
  );
}

/** The plan in words, one line a step, for `--dry-run`. */
export function describeSpawn(plan: SpawnPlan): readonly string[] {
  return plan.steps.map((step) => describeStep(step, plan));
}

function describeStep(step: SpawnStep, plan: SpawnPlan): string {
  const who = plan.resume ?? `a new ${plan.role}`;
  switch (step.kind) {
    case "reserve": {
      const limit = step.maxAgents === undefined ? "" : `, one of ${step.maxAgents} slots`;
      const place = plan.ticketId === undefined ? "" : `, the place of ${plan.role} on ${plan.ticketId}`;
      return `reserve ${plan.resume === undefined ? `the next number for ${who}` : `${who} again`}${place}${limit}`;
    }
    case "stop-former":
      return `end what the former session of ${step.agentId} may have left running`;
    case "claim":
      return `claim ${step.ticketId}: ${step.from} → ${step.to}, with a new epoch`;
    case "take-over":
      return `take over ${step.ticketId}${step.former === undefined ? "" : ` from ${printable(step.former)}`}, with a new epoch`;
    case "feature": {
      const merged = step.include.length === 0 ? "" : ` with ${step.include.join(", ")} merged in`;
      return `make the branch ${step.branch} from ${step.base}${merged}`;
    }
    case "salvage":
      return `keep the worktree ${printable(step.worktree)} as it is, after a salvage point if it has uncommitted work`;
    case "worktree":
      return `make a worktree and branch from ${step.source ?? "HEAD"}`;
    case "set-up":
      return "make the ticket view, copy and link files, run the set-up program";
    case "order":
      return "write the prompt and the agent file";
    case "start":
      return `start ${who}`;
  }
}
