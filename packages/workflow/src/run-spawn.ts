import { isTicketError, type TicketRecord } from "@wiggum/ticket-core";
import { readAgentTickets, usesSlot } from "./capacity.js";
import { describeSpawn } from "./describe-spawn.js";
import { isWorkflowError, WorkflowError } from "./errors.js";
import { planSpawn, type SpawnPlan, type SpawnStep } from "./plan-spawn.js";
import type { Reservation, SpawnStepRecord, UnfinishedSpawn } from "./registry.js";
import type { AgentHandle, AgentId } from "./runner.js";
import { type SpawnRequest, spawnFacts } from "./spawn-facts.js";
import type { SpawnPorts } from "./spawn-ports.js";
import { performStep, prepareStep, type SpawnProgress } from "./spawn-steps.js";
import { undoSpawn } from "./undo-spawn.js";

/** An agent that was started. */
export interface SpawnResult {
  readonly agentId: AgentId;
  readonly generation: number;
  readonly worktree: string;
  readonly branch: string;
  /** The same agent as before goes on in its worktree. */
  readonly isResumed: boolean;
  readonly handle: AgentHandle;
  readonly warnings: readonly string[];
}

/** The plan in words, nothing done. @throws what `planSpawn` refuses with */
export async function explainSpawn(request: SpawnRequest, ports: SpawnPorts): Promise<readonly string[]> {
  const { facts } = await spawnFacts(request, ports);
  return describeSpawn(accepted(planSpawn(facts)));
}

/**
 * Looks, plans and starts an agent.
 * @throws ROLE_NAME_INVALID ROLE_NEEDS_TICKET AGENT_COMMAND_MISSING AGENT_LIVE NO_CAPACITY TICKET_NOT_WORKABLE TICKET_HELD before
 * anything is made
 * @throws MERGE_CONFLICT SETUP_FAILED SPAWN_FAILED, ... after everything that was made is undone
 */
export async function spawnAgent(request: SpawnRequest, ports: SpawnPorts): Promise<SpawnResult> {
  const { facts, record } = await spawnFacts(request, ports);
  return runSpawn(accepted(planSpawn(facts)), ports, { record, promptPath: request.promptPath });
}

function accepted(decision: ReturnType<typeof planSpawn>): SpawnPlan {
  if (decision.status === "refused") throw decision.error;
  return decision.plan;
}

/**
 * Carries a plan out. Each step is recorded before it runs, with what its undo needs; when one fails, the recorded ones are undone in
 * reverse. Killed at any instant, either an agent runs and holds its ticket, or `recoverSpawns` makes it so that neither is the case.
 */
export async function runSpawn(
  plan: SpawnPlan,
  ports: SpawnPorts,
  given: { readonly record?: TicketRecord | undefined; readonly promptPath?: string | undefined } = {},
): Promise<SpawnResult> {
  const { registry, workspaces } = ports;
  const reservation = await reserve(plan, ports);
  const { agentId, generation, spawnId } = reservation;
  const steps: SpawnStepRecord[] = [];
  let current: SpawnStep["kind"] = "reserve";
  try {
    const known = await registry.read(agentId);
    const place = workspaces.place(agentId);
    const progress: SpawnProgress = {
      reservation,
      worktree: known?.worktree ?? place.worktree,
      branch: known?.branch ?? place.branch,
      promptPath: given.promptPath,
      warnings: [],
      record: given.record,
      epoch: given.record?.ticket.leaseEpoch,
    };
    for (const step of plan.steps) {
      if (step.kind === "reserve") continue;
      await ports.mayGoOn?.();
      current = step.kind;
      const data = { ...(await prepareStep(step, plan, progress, ports)) };
      await registry.recordStep(spawnId, { step: step.kind, data });
      steps.push({ step: step.kind, data });
      await performStep(step, data, plan, progress, ports);
    }
    await registry.finishSpawn(spawnId);
    const { handle, worktree, branch, warnings } = progress;
    if (handle === undefined) throw new Error("A spawn plan ends with the start of the agent.");
    return { agentId, generation, worktree, branch, isResumed: plan.mode === "resume", handle, warnings };
  } catch (error) {
    throw await givenUp(error, current, { spawnId, agentId, generation, steps }, ports);
  }
}

async function reserve(plan: SpawnPlan, ports: SpawnPorts): Promise<Reservation> {
  const { registry, tickets, workspaces, runner } = ports;
  const isTaken = await workspaces.takenNames();
  const world = await readAgentTickets(tickets, await registry.list());
  const step = plan.steps.find((candidate) => candidate.kind === "reserve");
  return registry.reserve({
    role: plan.role,
    ticketId: plan.ticketId,
    maxAgents: step?.maxAgents,
    // An agent that came after this look is in no ticket that was read, and counts.
    usesSlot: (agent) => usesSlot(agent, world, tickets.types),
    isTaken,
    resume: plan.resume,
    isSupervised: plan.isSupervised,
    runner: runner.name,
  });
}

/** Undoes what was made and gives back the error to throw. What cannot be undone now is left for the next recovery. */
async function givenUp(
  error: unknown,
  step: SpawnStep["kind"],
  spawn: UnfinishedSpawn,
  ports: SpawnPorts,
): Promise<unknown> {
  const said = error instanceof Error ? error.message : String(error);
  try {
    for (const warning of await undoSpawn(spawn, ports, `spawn failed: ${said}`)) ports.warn?.(warning);
    if (isWorkflowError(error) || isTicketError(error) || !(error instanceof Error)) return error;
    const { agentId } = spawn;
    return new WorkflowError("SPAWN_FAILED", said, { agentId, step }, { ...hintOf(error), cause: error });
  } catch (cause) {
    await ports.registry.leaveSpawn(spawn.spawnId);
    const why = cause instanceof Error ? cause.message : String(cause);
    return new WorkflowError(
      "SPAWN_FAILED",
      `${said} (and ${spawn.agentId} could not be taken back: ${why})`,
      { agentId: spawn.agentId, step },
      { hint: "The next spawn, run or kill takes it back.", cause: error },
    );
  }
}

/** What git or the file system advises is still the next step. */
function hintOf(error: Error): { readonly hint?: string } {
  const { hint } = error as { hint?: unknown };
  return typeof hint === "string" ? { hint } : {};
}
