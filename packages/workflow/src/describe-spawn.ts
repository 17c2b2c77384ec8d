import { printable } from "@wiggum/ticket-core";
import type { SpawnPlan, SpawnStep } from "./plan-spawn.js";

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
      if (step.agentId !== undefined)
        return `keep what ${step.agentId} has not committed in ${printable(step.worktree)} as a salvage point`;
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
