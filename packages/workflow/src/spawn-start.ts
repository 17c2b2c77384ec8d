import type { TicketRecord } from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import type { AgentHandle, AgentOrder, Evidence } from "./runner.js";
import { type SessionEnd, sessionEndOf } from "./settle-agents.js";
import type { SpawnPorts } from "./spawn-ports.js";

/** What a start is judged by. */
export interface StartRequest {
  readonly spawnId: string;
  readonly order: AgentOrder;
  readonly epoch?: number | undefined;
  /** The ticket as it was when the agent started. */
  readonly record?: TicketRecord | undefined;
  readonly branch: string;
  readonly startAt?: string | undefined;
}

/**
 * Starts the session, stores its handle and waits for a sign that it is ready. Late is a warning, not a failure.
 * @throws SPAWN_FAILED it ended at once without having done anything
 */
export async function startAgent(
  request: StartRequest,
  ports: SpawnPorts,
): Promise<{ readonly handle: AgentHandle; readonly warnings: readonly string[] }> {
  const { runner, registry } = ports;
  const { order, epoch, spawnId } = request;
  const handle = await runner.start(order);
  await registry.recordStart(spawnId, { runner: handle.runner, handle, epoch });
  const readiness = await waitUntilReady(handle, ports);
  if (readiness.status === "ready") return { handle, warnings: [] };
  if (readiness.status === "slow") {
    return { handle, warnings: [`${order.agentId} runs, but gave no sign that it is ready`] };
  }
  const { end } = readiness;
  if (end.exitCode !== 0 && !(await hasWorked(request, ports))) {
    const lines = (await runner.output(handle, 20)).trimEnd();
    throw new WorkflowError(
      "SPAWN_FAILED",
      `${order.agentId} ended at once (${describeEnd(end)})${lines === "" ? "" : `; its last output:\n${lines}`}`,
      { agentId: order.agentId, step: "start" },
      { hint: "Try the agent command by hand; WIGGUM_AGENT_CMD sets it." },
    );
  }
  // It was quicker than this look: what it did is done, and its place is free.
  await registry.recordEnd(order.agentId, order.generation, end);
  return { handle, warnings: [`${order.agentId} has ended already (${describeEnd(end)})`] };
}

type Readiness =
  | { readonly status: "ready" }
  | { readonly status: "slow" }
  | { readonly status: "ended"; readonly end: SessionEnd };

/**
 * A runner that knows more than "running" says when the agent is ready. One that does not is taken at its word once the session has
 * lived for `settleMs`: a command that cannot start at all is noticed, nothing else is claimed.
 */
async function waitUntilReady(handle: AgentHandle, ports: SpawnPorts): Promise<Readiness> {
  const { runner, clock, settings } = ports;
  const start = clock.monotonicMs();
  for (let pauseMs = 20; ; pauseMs = Math.min(500, pauseMs * 2)) {
    const evidence = (await runner.observe(handle)).filter((item) => item.generation === handle.generation);
    const end = sessionEndOf(evidence);
    if (end !== undefined) return { status: "ended", end };
    const passedMs = clock.monotonicMs() - start;
    if (evidence.some(saysReady)) return { status: "ready" };
    const isSettled = !runner.supports.structuredState && passedMs >= settings.settleMs;
    if (isSettled && evidence.some(({ fact }) => fact.kind === "running")) return { status: "ready" };
    if (passedMs >= settings.startTimeoutMs) return { status: "slow" };
    await clock.sleep(pauseMs);
  }
}

function saysReady({ fact }: Evidence): boolean {
  return ["busy", "idle", "waiting", "blocked", "retrying"].includes(fact.kind);
}

function describeEnd(end: SessionEnd): string {
  return end.exitCode === undefined ? end.reason : `${end.reason} with code ${end.exitCode}`;
}

/** A ticket or branch that moved says that the agent did something before it ended: that is not undone. */
async function hasWorked(request: StartRequest, ports: SpawnPorts): Promise<boolean> {
  const { record, branch, startAt } = request;
  if (record !== undefined) {
    const now = await ports.tickets.show(record.ticket.id);
    if (now.revision !== record.revision) return true;
  }
  return ports.workspaces.hasNewCommits(branch, startAt);
}
