import type { TicketId } from "@wiggum/ticket-core";
import type { SupervisorPorts } from "./supervisor.js";
import type { SupervisedTicket, SupervisorAction, SupervisorFacts } from "./supervisor-facts.js";
import { planTick } from "./supervisor-plan.js";

/** Which task is next, and whose claim is stale: questions to the plan that `supervise` carries out. */
export interface TaskScheduler {
  /** The most urgent task that would be started now; absent = none, or there is no place, budget or leave for one. */
  getNextTask(): Promise<SupervisedTicket | undefined>;
  /** All tasks that could be started now if there were places enough, the most urgent first. */
  getAvailableTasks(): Promise<readonly SupervisedTicket[]>;
  /** Does somebody hold it? */
  isTaskLocked(task: SupervisedTicket): boolean;
  /** Did its holder give no sign of progress for a whole lease, as of the last look? */
  isLockStale(task: SupervisedTicket): boolean;
  /** Ends the sessions of silent holders, so that others can go on with their tasks; answers these tasks. */
  recoverStaleLocks(): Promise<readonly SupervisedTicket[]>;
}

/** The scheduler of a project as questions. Only `recoverStaleLocks` changes anything. */
export function createTaskScheduler(ports: Pick<SupervisorPorts, "facts" | "expire">): TaskScheduler {
  let stale: ReadonlySet<TicketId> = new Set();

  async function look(): Promise<SupervisorFacts> {
    const facts = await ports.facts();
    stale = new Set(
      facts.agents.flatMap(({ isLive, isLeaseExpired, ticketId }) =>
        isLive && isLeaseExpired && ticketId !== undefined ? [ticketId] : [],
      ),
    );
    return facts;
  }

  return {
    async getNextTask() {
      const facts = await look();
      return tasksOf(facts, planTick(facts).actions)[0];
    },
    async getAvailableTasks() {
      const facts = await look();
      const maxAgents = Number.POSITIVE_INFINITY;
      return tasksOf(facts, planTick({ ...facts, maxAgents, maxAgentsByRole: undefined }).actions);
    },
    isTaskLocked: (task) => task.assignedAgentId !== undefined && !task.isWorkable && !task.isFinal,
    isLockStale: ({ id }) => stale.has(id),
    async recoverStaleLocks() {
      const facts = await look();
      const ended: TicketId[] = [];
      for (const action of planTick(facts).actions) {
        if (action.kind !== "expire") continue;
        const { status } = await ports.expire(action.agentId, action.reason);
        const ticketId = facts.agents.find(({ agentId }) => agentId === action.agentId)?.ticketId;
        if (status === "done" && ticketId !== undefined) ended.push(ticketId);
      }
      return facts.tickets.filter(({ id }) => ended.includes(id));
    },
  };
}

function tasksOf(facts: SupervisorFacts, actions: readonly SupervisorAction[]): readonly SupervisedTicket[] {
  const tickets = new Map(facts.tickets.map((ticket) => [ticket.id, ticket]));
  return actions.flatMap((action) => {
    const ticket = action.kind === "spawn" ? tickets.get(action.ticketId) : undefined;
    return ticket === undefined ? [] : [ticket];
  });
}
