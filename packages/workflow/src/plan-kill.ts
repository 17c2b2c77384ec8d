import { printable, type TicketId } from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import type { AgentFacts } from "./registry.js";
import type { AgentId } from "./runner.js";

/** Everything that the end of an agent is decided from. Plain data. */
export interface KillFacts {
  readonly agentId: AgentId;
  /** Absent = the registry never knew it. */
  readonly agent?: AgentFacts | undefined;
  readonly remains: { readonly worktree?: string | undefined; readonly branch?: string | undefined };
  /** Tickets that are given to it and not over. */
  readonly holds: readonly TicketId[];
  readonly isReleased: boolean;
  readonly isForced: boolean;
}

/** One step of ending an agent. */
export type KillStep =
  | { readonly kind: "stop" }
  | { readonly kind: "release"; readonly ticketId: TicketId }
  | {
      readonly kind: "clear";
      readonly worktree?: string | undefined;
      readonly branch?: string | undefined;
      readonly isForced: boolean;
    }
  | { readonly kind: "retire" };

/** The steps that end an agent, in order. */
export interface KillPlan {
  readonly agentId: AgentId;
  readonly steps: readonly KillStep[];
}

/** How an agent is to be ended, or why not. */
export type KillDecision =
  | { readonly status: "planned"; readonly plan: KillPlan }
  | { readonly status: "refused"; readonly error: WorkflowError };

/**
 * Decides how an agent is ended: first its processes, proved gone, then its claim, then what is safe to remove, and last its name.
 * In that order a kill that is itself killed leaves only things that a second one finds. Pure.
 */
export function planKill(facts: KillFacts): KillDecision {
  const { agentId, agent, remains } = facts;
  const isKnown = agent !== undefined && agent.retiredAt === undefined;
  const isLeftOver = remains.worktree !== undefined || remains.branch !== undefined;
  const holds = facts.isReleased ? facts.holds : [];
  if (!isKnown && !isLeftOver && holds.length === 0) {
    return {
      status: "refused",
      error: new WorkflowError(
        "AGENT_NOT_FOUND",
        `Agent not found: ${printable(agentId)}`,
        { agentId },
        { hint: "'wiggum list' shows the agents." },
      ),
    };
  }
  const steps: KillStep[] = [{ kind: "stop" }];
  for (const ticketId of holds) steps.push({ kind: "release", ticketId });
  if (isLeftOver) steps.push({ kind: "clear", ...remains, isForced: facts.isForced });
  if (isKnown) steps.push({ kind: "retire" });
  return { status: "planned", plan: { agentId, steps } };
}

/** The plan in words, one line a step. */
export function describeKill(plan: KillPlan): readonly string[] {
  return plan.steps.map((step) => describeStep(step, plan.agentId));
}

function describeStep(step: KillStep, agentId: AgentId): string {
  switch (step.kind) {
    case "stop":
      return `end all processes of ${agentId}, and prove it`;
    case "release":
      return `release ${step.ticketId}: unassigned, back to its first state, with a new epoch`;
    case "clear": {
      const what = [step.worktree, step.branch === undefined ? undefined : `the branch ${step.branch}`];
      const named = what.filter((item) => item !== undefined).map((item) => printable(item));
      const condition = step.isForced
        ? "after a salvage point if need be"
        : "as far as nothing would be lost";
      return `remove ${named.join(" and ")}, ${condition}`;
    }
    case "retire":
      return `${agentId} never works again`;
  }
}
