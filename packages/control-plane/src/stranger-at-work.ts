import { existsSync } from "node:fs";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import type { ProjectParts } from "./project-parts.js";
import { processesIn } from "./worktree-processes.js";

/**
 * An agent that this program did not start (the shell version did, before the project was upgraded) may be at work still, unseen by any runner: no
 * second one is started in its place, or beside it on its ticket. `typed` = the ticket, as a person names it.
 * @throws AGENT_LIVE
 */
export async function refuseStrangerAtWork(
  { registry, tickets }: Pick<ProjectParts, "registry" | "tickets">,
  role: string,
  typed: string | undefined,
): Promise<void> {
  if (typed === undefined) return;
  const adopted = (await registry.list()).filter(
    (agent) =>
      agent.role === role && agent.session?.endReason === "lost" && agent.session.handle === undefined,
  );
  // Nearly always: then nothing else is looked at.
  if (adopted.length === 0) return;
  const { ticket } = await tickets.show(await tickets.resolve(typed, "write"));
  const agent = adopted.find(({ agentId }) => agentId === ticket.assignedAgentId);
  if (agent?.worktree === undefined || !existsSync(agent.worktree)) return;
  const found = await processesIn(agent.worktree);
  if (found.length === 0) return;
  const named = found.map(({ pid, command }) => `${pid} (${printable(command).slice(0, 80)})`).join(", ");
  const pids = found.map(({ pid }) => pid).join(" ");
  throw new WorkflowError(
    "AGENT_LIVE",
    `${agent.agentId} may be at work on ${ticket.id} still: process ${named} is in ${printable(agent.worktree)}, and was not started by this wiggum`,
    { agentId: agent.agentId, role: agent.role, ticketId: ticket.id, processes: found },
    {
      hint: `End it first (kill ${pids}); what it did stays in its worktree, and the next agent goes on there.`,
    },
  );
}
