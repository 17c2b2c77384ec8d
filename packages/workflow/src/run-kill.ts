import { isFinal, isTicketError, type TicketId } from "@wiggum/ticket-core";
import { isWorkflowError, WorkflowError } from "./errors.js";
import { describeKill, type KillPlan, planKill } from "./plan-kill.js";
import { reachesSessionsOf } from "./reaches-sessions.js";
import type { AgentFacts } from "./registry.js";
import type { AgentId, StopReport } from "./runner.js";
import type { ClearedWorkspace, KillPorts } from "./spawn-ports.js";
import { stopProved } from "./stop-agent.js";

/** Why a session ended that `killAgent` ended: by order, whatever it was doing. */
export const killed = "killed";

/** Which agent is to be ended, and what becomes of its tickets and work. */
export interface KillRequest {
  readonly agentId: AgentId;
  /** Unassign its tickets and put them back to their first state. */
  readonly isReleased?: boolean | undefined;
  /** Salvage what is not safe elsewhere, then remove it, instead of keeping it. What cannot be removed is `unfinished`. */
  readonly isForced?: boolean | undefined;
}

/** What became of an agent that was ended. */
export interface KillResult extends ClearedWorkspace {
  readonly agentId: AgentId;
  /** Absent = it had no session here. */
  readonly stop?: StopReport | undefined;
  readonly released: readonly TicketId[];
}

/** What a kill would do, nothing done. @throws AGENT_NOT_FOUND */
export async function explainKill(request: KillRequest, ports: KillPorts): Promise<readonly string[]> {
  return describeKill((await planned(request, ports)).plan);
}

/**
 * Ends an agent: processes, claim (where asked for), worktree, branch, name. May be called by a hook that the agent itself set off, by
 * any number of processes, and again after it was killed at any point.
 * @throws AGENT_NOT_FOUND neither registry nor worktree nor branch know it; AGENT_SURVIVES nothing was removed; AGENT_STARTING
 */
export async function killAgent(request: KillRequest, ports: KillPorts): Promise<KillResult> {
  await ports.recover();
  await waitForStart(request.agentId, ports);
  const { plan, agent } = await planned(request, ports);
  return runKill(plan, agent, ports);
}

/** Longest wait for a process that is just starting the agent, in milliseconds. */
const startPatienceMs = 120_000;

/** The agent may be quicker than the process that starts it: its own end then comes before the last note of its start. */
async function waitForStart(agentId: AgentId, ports: KillPorts): Promise<void> {
  const { registry, clock } = ports;
  const start = clock.monotonicMs();
  for (let pauseMs = 20; await registry.isStarting(agentId); pauseMs = Math.min(500, pauseMs * 2)) {
    if (clock.monotonicMs() - start > startPatienceMs) {
      throw new WorkflowError(
        "AGENT_STARTING",
        `${agentId} is being started by another process`,
        { agentId },
        { hint: "Try again when that has finished." },
      );
    }
    await clock.sleep(pauseMs);
  }
}

async function planned(
  request: KillRequest,
  ports: KillPorts,
): Promise<{ readonly plan: KillPlan; readonly agent: AgentFacts | undefined }> {
  const { agentId } = request;
  const { registry, tickets, workspaces } = ports;
  const agent = await registry.read(agentId);
  const remains = await workspaces.remains(agentId, agent);
  const assigned =
    request.isReleased === true ? (await tickets.list({ assignedAgentIds: [agentId] })).tickets : [];
  const holds = assigned.map(({ ticket }) => ticket).filter((ticket) => !isFinal(tickets.types, ticket));
  const decision = planKill({
    agentId,
    agent,
    remains,
    holds: holds.map(({ id }) => id),
    isReleased: request.isReleased === true,
    isForced: request.isForced === true,
  });
  if (decision.status === "refused") throw decision.error;
  return { plan: decision.plan, agent };
}

/** Carries a kill plan out. @throws AGENT_SURVIVES */
export async function runKill(
  plan: KillPlan,
  agent: AgentFacts | undefined,
  ports: KillPorts,
): Promise<KillResult> {
  const { registry, workspaces } = ports;
  const { agentId } = plan;
  let stop: StopReport | undefined;
  let cleared: ClearedWorkspace = { warnings: [], unfinished: [] };
  const released: TicketId[] = [];
  for (const step of plan.steps) {
    switch (step.kind) {
      case "stop":
        stop = await stopSession(agentId, agent, ports).catch((error: unknown) =>
          keepFirst(error, plan, ports),
        );
        break;
      case "release":
        if (await release(step.ticketId, agentId, ports)) released.push(step.ticketId);
        break;
      case "clear":
        cleared = await workspaces.clear(agentId, step, step.isForced);
        break;
      case "retire":
        await registry.retire(agentId);
        break;
    }
  }
  return { agentId, ...(stop === undefined ? {} : { stop }), released, ...cleared };
}

/** Nothing is removed while something of the agent lives; but who forces wants its work to be safe. */
async function keepFirst(error: unknown, plan: KillPlan, { workspaces }: KillPorts): Promise<never> {
  const clear = plan.steps.find((step) => step.kind === "clear");
  if (!isWorkflowError(error, "AGENT_SURVIVES") || clear?.isForced !== true) throw error;
  if (clear.worktree === undefined) throw error;
  const { name, warnings } = await workspaces.salvage(plan.agentId, clear.worktree, "kill");
  const said = [
    ...(name === undefined ? [] : [`A copy of its work was kept: 'wiggum salvage restore ${name}'.`]),
    ...warnings,
  ];
  throw new WorkflowError(
    "AGENT_SURVIVES",
    error.message,
    { ...error.data, ...(name === undefined ? {} : { salvaged: name }) },
    { hint: [error.hint, ...said].join(" "), cause: error },
  );
}

async function stopSession(
  agentId: AgentId,
  agent: AgentFacts | undefined,
  ports: KillPorts,
): Promise<StopReport | undefined> {
  const { runner, registry, orders } = ports;
  const session = agent?.session;
  if (session === undefined) return stopStrays(agentId, ports);
  const { handle } = session;
  if (handle !== undefined && !reachesSessionsOf(runner, session.runner) && session.endedAt === undefined) {
    throw new WorkflowError(
      "RUNNER_UNSUPPORTED",
      `${agentId} runs with the ${session.runner} runner, and this is the ${runner.name} runner: it cannot end it`,
      { runner: runner.name, method: "stop" },
      { hint: `End it with the ${session.runner} runner. Nothing was removed.` },
    );
  }
  const isOurs = handle !== undefined && reachesSessionsOf(runner, session.runner);
  const stopped = isOurs ? await stopProved(runner, handle) : undefined;
  const strays = await stopStrays(agentId, ports);
  const report = stopped ?? strays;
  await orders.stopSetUp(agentId, session.generation);
  const exitCode = report?.exitCode;
  await registry.recordEnd(agentId, session.generation, {
    reason: killed,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
  return report;
}

/** Sessions of it that nobody noted: what runs under its name is found by the processes themselves. @throws AGENT_SURVIVES */
async function stopStrays(agentId: AgentId, { runner, orders }: KillPorts): Promise<StopReport | undefined> {
  const running = await runner.discover({ stateRoot: orders.stateRoot });
  let report: StopReport | undefined;
  for (const handle of running.filter((candidate) => candidate.agentId === agentId))
    report = await stopProved(runner, handle);
  return report;
}

/** Somebody else may have taken the ticket since we looked: then it is not ours to release. */
async function release(ticketId: TicketId, agentId: AgentId, ports: KillPorts): Promise<boolean> {
  const { tickets, writeContext } = ports;
  for (let attempt = 1; ; attempt++) {
    const record = await tickets.show(ticketId);
    if (record.ticket.assignedAgentId !== agentId) return false;
    try {
      await tickets.release(ticketId, { ...writeContext(), expected: record.revision });
      return true;
    } catch (error) {
      if (!isTicketError(error, "TICKET_CONFLICT") || attempt === 10) throw error;
    }
  }
}
