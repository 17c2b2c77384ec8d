import type { TicketRecord } from "@wiggum/ticket-core";
import type { SpawnPlan, SpawnStep } from "./plan-spawn.js";
import { reachesSessionsOf } from "./reaches-sessions.js";
import type { Reservation, SpawnStepRecord } from "./registry.js";
import type { AgentHandle, AgentId, AgentOrder } from "./runner.js";
import type { OrderRequest, SpawnPorts, TakenOver } from "./spawn-ports.js";
import { startAgent } from "./spawn-start.js";
import { stopProved } from "./stop-agent.js";
import type { StepData } from "./undo-spawn.js";

/** What is known in the middle of a spawn. */
export interface SpawnProgress {
  readonly reservation: Reservation;
  readonly worktree: string;
  readonly branch: string;
  readonly promptPath?: string | undefined;
  readonly warnings: string[];
  record?: TicketRecord | undefined;
  epoch?: number | undefined;
  startAt?: string | undefined;
  /** Salvage point of what the former holder had not committed. */
  salvagedFormer?: string | undefined;
  order?: AgentOrder | undefined;
  handle?: AgentHandle | undefined;
}

/** What is written down before the step runs. Only looks, or makes what nothing refers to yet. */
export async function prepareStep(
  step: SpawnStep,
  plan: SpawnPlan,
  progress: SpawnProgress,
  ports: SpawnPorts,
): Promise<SpawnStepRecord["data"]> {
  const { worktree, branch } = progress;
  const { workspaces } = ports;
  switch (step.kind) {
    case "claim": {
      const { ticketId, from, to } = step;
      return { ticketId, from, to } satisfies StepData["claim"];
    }
    case "take-over":
      return { ticketId: step.ticketId, former: step.former ?? null } satisfies StepData["take-over"];
    case "feature": {
      const commit = await workspaces.combine(step.base, step.include);
      return { branch: step.branch, commit } satisfies StepData["feature"];
    }
    case "worktree":
      progress.startAt = await workspaces.startCommit(step.source);
      return { worktree, branch, startAt: progress.startAt ?? null } satisfies StepData["worktree"];
    case "salvage":
      if (plan.resume !== undefined) progress.startAt = await workspaces.startCommit(branch);
      return {
        worktree: step.agentId === undefined ? worktree : step.worktree,
      } satisfies StepData["salvage"];
    case "start":
      return { epoch: progress.epoch ?? null } satisfies StepData["start"];
    default:
      return { worktree } satisfies StepData["order"];
  }
}

/** Does what was written down. */
export async function performStep(
  step: SpawnStep,
  data: SpawnStepRecord["data"],
  plan: SpawnPlan,
  progress: SpawnProgress,
  ports: SpawnPorts,
): Promise<void> {
  const { registry, tickets, workspaces, orders, runner } = ports;
  const { agentId } = progress.reservation;
  const { worktree, branch } = progress;
  switch (step.kind) {
    case "reserve":
      return;
    case "stop-former":
      // What it left running must not write in the place of the new session. Another runner's sessions are not ours to end.
      if (reachesSessionsOf(runner, step.handle.runner)) await stopProved(runner, step.handle);
      return;
    case "claim": {
      const { ticketId, to } = step;
      return hold(progress, await ports.claim({ ticketId, to, agentId, operationId: ports.newId() }));
    }
    case "take-over": {
      // Not over the head of somebody who came in between: only the revision that was looked at is replaced.
      const expected = progress.record?.revision;
      const context = { ...ports.writeContext(), operationId: ports.newId(), expected };
      return hold(progress, await tickets.takeOver(step.ticketId, agentId, context));
    }
    case "feature":
      return workspaces.createFeature(step.branch, String(data["commit"]));
    case "salvage": {
      if (step.agentId !== undefined) return salvageFormer(step.agentId, step.worktree, progress, ports);
      const { name, warnings } = await workspaces.salvage(agentId, worktree);
      if (name !== undefined) progress.warnings.push(`uncommitted work stays, and was saved as ${name}`);
      progress.warnings.push(...warnings);
      return;
    }
    case "worktree": {
      const { startAt } = progress;
      await workspaces.create({ agentId, worktree, branch, startAt });
      return registry.recordWorktree(agentId, worktree, branch);
    }
    case "set-up":
      return orders.setUp(orderRequest(plan, progress));
    case "order": {
      const written = await orders.write(orderRequest(plan, progress));
      progress.order = written.order;
      progress.warnings.push(...written.warnings);
      return;
    }
    case "start": {
      const { order, epoch, record, startAt, reservation } = progress;
      if (order === undefined) throw new Error("A spawn plan writes the order before it starts the agent.");
      const { spawnId } = reservation;
      const started = await startAgent({ spawnId, order, epoch, record, branch, startAt }, ports);
      progress.handle = started.handle;
      progress.warnings.push(...started.warnings);
    }
  }
}

/** The new agent is told where that is; the worktree of the former one stays as it is until that one is ended. */
async function salvageFormer(
  agentId: AgentId,
  worktree: string,
  progress: SpawnProgress,
  { workspaces }: SpawnPorts,
): Promise<void> {
  const reason = "another agent takes its ticket over";
  const { name, warnings } = await workspaces.salvage(agentId, worktree, reason);
  progress.salvagedFormer = name;
  if (name !== undefined) progress.warnings.push(`what ${agentId} had not committed was saved as ${name}`);
  progress.warnings.push(...warnings);
}

/** What the order says of the agent that held the ticket before. */
function takenOver(plan: SpawnPlan, { salvagedFormer }: SpawnProgress): TakenOver | undefined {
  const step = plan.steps.find(({ kind }) => kind === "take-over");
  if (plan.mode !== "take-over" || step?.kind !== "take-over" || step.former === undefined) return undefined;
  const worktree = plan.steps.find(({ kind }) => kind === "worktree");
  return {
    agentId: step.former,
    branch: worktree?.kind === "worktree" ? worktree.source : undefined,
    salvaged: salvagedFormer,
  };
}

/** The record of the claim is what the agent shows as its fence from now on. */
function hold(progress: SpawnProgress, record: TicketRecord): void {
  progress.record = record;
  progress.epoch = record.ticket.leaseEpoch;
}

function orderRequest(plan: SpawnPlan, progress: SpawnProgress): OrderRequest {
  const { reservation, record, epoch, worktree, branch, promptPath } = progress;
  return {
    agentId: reservation.agentId,
    generation: reservation.generation,
    role: plan.role,
    record,
    epoch,
    worktree,
    branch,
    isSupervised: plan.isSupervised,
    isResumed: plan.mode === "resume",
    takenOver: takenOver(plan, progress),
    isClaimed: plan.mode === "claim",
    promptPath,
  };
}
