// Whether one more agent may start, judged inside the transaction that takes its place: fifty launches at one instant see each other. Pure.
import { printable } from "@wiggum/ticket-core";
import {
  type BudgetAmounts,
  type BudgetEntry,
  type BudgetVerdict,
  describeBudget,
  judgeBudget,
} from "./budgets.js";
import { WorkflowError } from "./errors.js";
import { judgePause, type PoolPause } from "./pool-pause.js";
import type { AgentFacts, ReservationRequest } from "./registry.js";

/** What the registry holds at that moment. */
export interface AdmissionFacts {
  /** Agents that hold a place. */
  readonly live: readonly AgentFacts[];
  readonly entries: readonly BudgetEntry[];
  readonly pause?: PoolPause | undefined;
}

/** What is reserved together with the place. */
export interface Admitted {
  readonly reserve: BudgetAmounts;
}

/**
 * Whether one more session may begin now, and what is reserved for it.
 * @throws POOL_PAUSED NO_CAPACITY BUDGET_SPENT BUDGET_RESERVED
 */
export function admit(request: ReservationRequest, facts: AdmissionFacts): Admitted {
  refusePaused(request, facts);
  const { role, maxAgents, maxAgentsOfRole } = request;
  const atWork = facts.live.filter((agent) => request.usesSlot(agent));
  if (maxAgents !== undefined && atWork.length >= maxAgents) throw noCapacity(atWork.length, maxAgents);
  const ofRole = atWork.filter((agent) => agent.role === role).length;
  if (maxAgentsOfRole !== undefined && ofRole >= maxAgentsOfRole)
    throw noCapacity(ofRole, maxAgentsOfRole, role);
  if (request.budget === undefined) return { reserve: {} };
  const verdict = judgeBudget(request.budget, facts.entries, request.ticketId);
  if (verdict.status === "fits") return { reserve: verdict.reserve };
  throw overBudget(verdict);
}

function overBudget({
  status,
  use,
}: Exclude<BudgetVerdict, { readonly status: "fits" }>): WorkflowError<"BUDGET_SPENT" | "BUDGET_RESERVED"> {
  const said = describeBudget(use);
  const message = `${said.charAt(0).toUpperCase()}${said.slice(1)}: nobody was started`;
  if (status === "wait") {
    const hint = "Try again when a session has ended: what it did not use is free then.";
    return new WorkflowError("BUDGET_RESERVED", message, use, { hint });
  }
  const later = use.scope === "day" ? "Tomorrow has a budget of its own; or raise" : "Raise";
  const hint = `${later} budgets.${use.scope} in config.yaml, or use --force.`;
  return new WorkflowError("BUDGET_SPENT", message, use, { hint });
}

function refusePaused({ nowMs }: ReservationRequest, { live, pause }: AdmissionFacts): void {
  if (nowMs === undefined || pause === undefined) return;
  const probes = live.map(({ agentId, session }) => ({
    agentId,
    startedAtMs: session === undefined ? undefined : Date.parse(session.startedAt),
    isEnded: false,
    isLimited: false,
  }));
  const verdict = judgePause(pause, probes, nowMs);
  if (verdict === "open" || verdict === "probe") return;
  const until = new Date(pause.untilMs).toISOString();
  throw new WorkflowError(
    "POOL_PAUSED",
    verdict === "closed"
      ? `All agents are paused until ${until}: ${printable(pause.reason)}`
      : `One agent tries whether the limit is gone, the others wait: ${printable(pause.reason)}`,
    { until, reason: pause.reason },
    { hint: "Try again after that, or use --force." },
  );
}

function noCapacity(used: number, maxAgents: number, role?: string): WorkflowError<"NO_CAPACITY"> {
  const whose = role === undefined ? "agents" : `agents of the role ${printable(role)}`;
  return new WorkflowError(
    "NO_CAPACITY",
    `All ${maxAgents} places for ${whose} are in use`,
    { used, maxAgents },
    {
      hint: `Try again when one has finished, raise ${role === undefined ? "WIGGUM_MAX_AGENTS" : `maxAgentsByRole.${role} in config.yaml`}, or use --force.`,
    },
  );
}
