import { isGitError } from "@wiggum/git";
import { appendEvent, type TicketId } from "@wiggum/ticket-core";
import { type AgentId, isWorkflowError } from "@wiggum/workflow";
import { oneLine } from "./one-line.js";
import { passes } from "./passing-refusals.js";
import type { Project } from "./project.js";
import { newUlid } from "./ulid.js";

/**
 * Moves the base branch to the ticket's work. What does not go together with what was merged meanwhile goes back to work, with the reason
 * as feedback: a done ticket whose work is nowhere would be a false success. The step is outside the state machine, so the history says so.
 */
export async function mergeOrSendBack(project: Project, ticketId: TicketId): Promise<string | undefined> {
  try {
    const merged = await project.branches.merge(ticketId);
    return `${merged.status}, ${merged.into} is at ${merged.commit.slice(0, 12)}`;
  } catch (error) {
    if (isWorkflowError(error, "MERGE_CONFLICT")) {
      const files = error.data.files.join(", ");
      return sendBack(
        project,
        ticketId,
        `1. The work conflicts with ${error.data.target} in ${files}. Run \`wiggum rebase\`, resolve, hand in again.`,
      );
    }
    if (isWorkflowError(error, "CHECKS_FAILED")) {
      return sendBack(
        project,
        ticketId,
        `1. Together with the base branch the checks fail:\n\n${error.data.output}`,
      );
    }
    const isKnown = isWorkflowError(error) || isGitError(error);
    if (isKnown && !passes.has(error.code)) {
      // It would fail again at each tick, and new work waits for it.
      await project.tickets.requireAction(
        ticketId,
        oneLine(`it could not be merged: ${error.message}`),
        project.writeContext(),
      );
    }
    throw error;
  }
}

/** Puts a done ticket back to work, with this feedback, and tells its worker. In words what was done. */
export async function sendBack(project: Project, ticketId: TicketId, text: string): Promise<string> {
  const { ticket } = await project.tickets.show(ticketId);
  const type = project.types.types[ticket.type];
  const state = type?.transitions.find(({ effects }) => effects.includes("claim"))?.to;
  if (state === undefined) {
    await project.tickets.requireAction(ticketId, oneLine(text), project.writeContext());
    return "a person must act";
  }
  const context = project.writeContext();
  const event = { id: newUlid(), kind: "feedback", source: "Merge", text } as const;
  const at = `${project.clock.now().toISOString().slice(0, 19)}Z`;
  await project.tickets.update(
    ticketId,
    // One that somebody moved meanwhile is not done any more: theirs counts.
    (stored) =>
      stored.state === ticket.state
        ? { ...stored, state, body: appendEvent(stored.body, { ...event, at }) }
        : stored,
    { ...context, override: "work could not be merged" },
    `Transition ${ticketId}: ${ticket.state} → ${state}`,
  );
  const holder = ticket.assignedAgentId;
  if (holder !== undefined)
    await tellWorker(
      project,
      holder,
      `${ticketId} could not be merged and came back to you: its feedback says why.`,
    );
  return `sent back to ${state}`;
}

/** One that waits for words works on only when it is told. One that has ended reads the ticket when it is started again. */
export async function tellWorker(project: Project, agentId: AgentId, text: string): Promise<void> {
  try {
    await project.ping(agentId, text);
  } catch (error) {
    if (!isWorkflowError(error)) throw error;
  }
}
