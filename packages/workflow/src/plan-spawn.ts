import { claimTransition, type Ticket, type TicketError, type TicketId } from "@wiggum/ticket-core";
import { supervisorRole } from "./capacity.js";
import type { WorkflowError } from "./errors.js";
import type { AgentFacts } from "./registry.js";
import type { AgentHandle, AgentId } from "./runner.js";
import {
  holderRoles,
  modeOf,
  type SpawnFacts,
  type SpawnMode,
  typeOfTicket,
  worksNow,
} from "./spawn-mode.js";
import type { CodeFacts } from "./spawn-ports.js";
import { spawnRefusal } from "./spawn-refusals.js";

/** One step of starting an agent. Each is recorded with its undo. */
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
  /** `agentId` = whose worktree it is; absent = that of the agent that is started. */
  | { readonly kind: "salvage"; readonly worktree: string; readonly agentId?: AgentId | undefined }
  /** `source` = branch that the new one starts from; absent = HEAD. */
  | { readonly kind: "worktree"; readonly source?: string | undefined }
  | { readonly kind: "set-up" }
  | { readonly kind: "order" }
  | { readonly kind: "start" };

/** The steps that start an agent, in order. */
export interface SpawnPlan {
  readonly role: string;
  readonly mode: SpawnMode;
  readonly ticketId?: TicketId | undefined;
  readonly resume?: AgentId | undefined;
  readonly isSupervised: boolean;
  readonly steps: readonly SpawnStep[];
}

/** How an agent is to be started, or why not. */
export type SpawnDecision =
  | { readonly status: "planned"; readonly plan: SpawnPlan }
  | { readonly status: "refused"; readonly error: WorkflowError | TicketError };

/**
 * Decides how an agent is started, or why not. Pure. What is refused here has changed nothing; what changes between this look and
 * the deed is caught by the steps themselves (reservation, compare-and-swap).
 */
export function planSpawn(facts: SpawnFacts): SpawnDecision {
  const { role, ticket, isSupervised } = facts;
  const mode = ticket === undefined ? "alone" : modeOf(facts, ticket);
  const error = spawnRefusal(facts, mode);
  if (error !== undefined) return { status: "refused", error };
  const resume = mode === "resume" ? facts.holder?.agentId : undefined;
  return {
    status: "planned",
    plan: {
      role,
      mode,
      ...(ticket === undefined ? {} : { ticketId: ticket.id }),
      ...(resume === undefined ? {} : { resume }),
      isSupervised,
      steps: [...stepsBefore(facts, mode), ...claimSteps(facts, mode), { kind: "order" }, { kind: "start" }],
    },
  };
}

function stepsBefore(facts: SpawnFacts, mode: SpawnMode): readonly SpawnStep[] {
  const { ticket, holder, code, role } = facts;
  const isLimited = !facts.isForced && role !== supervisorRole;
  const reserve: SpawnStep = { kind: "reserve", ...(isLimited ? { maxAgents: facts.maxAgents } : {}) };
  if (ticket === undefined) return [reserve, { kind: "worktree" }];
  const type = typeOfTicket(facts, ticket);
  const feature = featureSteps(code);
  switch (mode) {
    case "claim":
      return [reserve, ...feature, worktree(featureSource(code))];
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
        ...salvageFormer(facts),
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

/** A ticket is claimed when everything is there that may fail: what could not be set up has never been anybody's. */
function claimSteps(facts: SpawnFacts, mode: SpawnMode): readonly SpawnStep[] {
  const { ticket } = facts;
  if (mode !== "claim" || ticket === undefined) return [{ kind: "set-up" }];
  const to = claimTransition(typeOfTicket(facts, ticket), ticket.state)?.to ?? ticket.state;
  return [{ kind: "set-up" }, { kind: "claim", ticketId: ticket.id, from: ticket.state, to }];
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

/** What the former holder had not committed stays restorable, whatever becomes of its worktree. */
function salvageFormer({ holder, code }: SpawnFacts): readonly SpawnStep[] {
  const path = code.holder?.worktree;
  return holder === undefined || path === undefined
    ? []
    : [{ kind: "salvage", worktree: path, agentId: holder.agentId }];
}

function takeOver(ticket: Ticket, holder: AgentFacts | undefined): SpawnStep {
  const former = ticket.assignedAgentId ?? holder?.agentId;
  return { kind: "take-over", ticketId: ticket.id, ...(former === undefined ? {} : { former }) };
}
