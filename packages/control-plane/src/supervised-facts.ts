import type { Ticket, TicketId, TicketRecord } from "@wiggum/ticket-core";
import {
  judgePause,
  metLimit,
  type PoolPause,
  type SupervisedAgent,
  type SupervisedTicket,
  type SupervisorFacts,
} from "@wiggum/workflow";
import { budgetRulesAt } from "./budget-rules.js";
import type { FailedAttempts } from "./failed-attempts.js";
import type { Project } from "./project.js";
import type { AgentStatus } from "./project-sessions.js";
import type { SignsOfLife } from "./signs-of-life.js";
import type { SilenceWatch } from "./silence-watch.js";
import type { LimitWatch } from "./supervised-limits.js";
import type { UseWatch } from "./supervised-use.js";
import type { TicketJourneys } from "./ticket-journeys.js";
import type { TicketLook } from "./ticket-look.js";

/** What a supervisor remembers between its looks. Nothing is lost with it that a look would not find again, or wait for once more. */
export interface SupervisorWatches {
  readonly tickets: TicketLook;
  readonly journeys: TicketJourneys;
  readonly attempts: FailedAttempts;
  readonly silence: SilenceWatch;
  readonly signs: SignsOfLife;
  readonly limits: LimitWatch;
  readonly use: UseWatch;
}

/** One look at everything that a tick decides from. */
export async function gatherFacts(project: Project, watches: SupervisorWatches): Promise<SupervisorFacts> {
  const { settings, clock } = project;
  const { journeys, attempts } = watches;
  // The order matters: tickets, then the hooks of every change that they show, then the agents that those hooks started. A hand-in
  // since the last drain would else look like a stage that nobody works on and no hook will see to.
  const { all, workable } = await watches.tickets.look();
  await project.hooks.drain({ limit: 0 });
  const rows = await project.hooks.pending();
  const agents = await project.agents();
  const unmerged = settings.merge === "auto" ? await project.branches.unmerged() : [];
  await journeys.advance();
  const everyAgent = await project.registry.list({ includeRetired: true });
  const known = new Set(everyAgent.map(({ agentId }) => agentId));
  const limited = await watches.limits.look(agents);
  const rules = budgetRulesAt(clock.now(), settings, project.paths);
  const entries = rules === undefined ? [] : await watches.use.look(everyAgent);
  const tickets = await Promise.all(
    all.map(async (record) => {
      const described = await describeTicket(project, record, workable, journeys, attempts);
      return {
        ...described,
        needsPerson: described.needsPerson || isWithPerson(project, record.ticket, known),
      };
    }),
  );
  const supervised = await Promise.all(
    agents.map((agent) => describeAgent(agent, watches, limited.has(agent.facts.agentId))),
  );
  return {
    tickets,
    agents: supervised,
    ticketsWithPendingHooks: [
      ...new Set(
        rows.filter((row) => row.status === "pending" || row.status === "started").map((row) => row.ticketId),
      ),
    ],
    unmerged,
    maxAgents: settings.maxAgents,
    maxAgentsByRole: settings.maxAgentsByRole,
    isAutoMerge: settings.merge === "auto",
    mergeBatch: settings.mergeBatch,
    maxAttempts: settings.maxAttempts,
    maxRounds: settings.maxRounds,
    maxIdleRounds: settings.maxIdleRounds,
    pause: await pauseNow(project, supervised),
    ...(rules === undefined ? {} : { budget: { rules, entries } }),
    nowMs: clock.now().getTime(),
  };
}

/** The pause of the pool, unless an agent that started after it has proved that the limit is gone. */
async function pauseNow(
  { registry, clock }: Project,
  agents: readonly SupervisedAgent[],
): Promise<PoolPause | undefined> {
  const pause = await registry.pause();
  const probing = agents.map((agent) => ({ ...agent, isLimited: agent.isLimited === true }));
  if (pause === undefined || judgePause(pause, probing, clock.now().getTime()) !== "open") return pause;
  await registry.liftPause(pause);
  return undefined;
}

async function describeTicket(
  project: Project,
  { ticket }: TicketRecord,
  workable: ReadonlySet<TicketId>,
  journeys: TicketJourneys,
  attempts: FailedAttempts,
): Promise<SupervisedTicket> {
  const type = project.types.types[ticket.type];
  const state = type?.states.find(({ name }) => name === ticket.state);
  const journey = journeys.of(ticket.id);
  const failures = state?.final === true ? undefined : await attempts.of(ticket.id, journey);
  return {
    id: ticket.id,
    state: ticket.state,
    priority: ticket.priority,
    isFinal: state?.final ?? false,
    isWorkable: workable.has(ticket.id),
    needsPerson: ticket.actionRequired !== undefined || state === undefined,
    personReason: ticket.actionRequired?.reason,
    roles: state?.roles ?? [],
    claimRole: claimRole(project, ticket),
    assignedAgentId: ticket.assignedAgentId,
    failedSessions: failures?.counts ?? {},
    lastFailureMs: failures?.lastMs,
    lastFailure: failures?.last,
    rounds: journey?.rounds ?? 0,
    idleRounds: journey?.idleRounds ?? 0,
    dependsOn: ticket.dependsOn,
  };
}

/** Claimed by a name that is no agent of this project: somebody works on it by hand, and no agent is sent after them. */
function isWithPerson(project: Project, ticket: Ticket, known: ReadonlySet<string>): boolean {
  if (ticket.assignedAgentId === undefined || known.has(ticket.assignedAgentId)) return false;
  const edges = project.types.types[ticket.type]?.transitions ?? [];
  return edges.some(({ to, effects }) => to === ticket.state && effects.includes("claim"));
}

/** The role that works in the state that the claiming edge leads to. */
function claimRole(project: Project, ticket: Ticket): string | undefined {
  const type = project.types.types[ticket.type];
  const edge = type?.transitions.find(
    ({ from, effects }) => from === ticket.state && effects.includes("claim"),
  );
  return type?.states.find(({ name }) => name === edge?.to)?.roles[0];
}

async function describeAgent(
  agent: AgentStatus,
  { silence, signs }: Pick<SupervisorWatches, "silence" | "signs">,
  isLimited: boolean,
): Promise<SupervisedAgent> {
  const { facts } = agent;
  const isEnded = facts.session === undefined || facts.session.endedAt !== undefined || over.has(agent.state);
  return {
    agentId: facts.agentId,
    role: facts.role,
    ticketId: facts.ticketId,
    isLive: facts.isLive,
    isEnded,
    usesSlot: agent.usesSlot,
    isLimited: isLimited || facts.session?.endReason === metLimit,
    ...(facts.session === undefined
      ? {}
      : { generation: facts.session.generation, startedAtMs: Date.parse(facts.session.startedAt) }),
    ...(isLimited ? {} : { asks: asksOf(agent), requestId: agent.request?.id }),
    isLeaseExpired: isEnded ? false : silence.isExpired(facts.agentId, await signs.of(facts)),
  };
}

/** What it wants of a person, in its own words where it has some. */
function asksOf({ state, says }: AgentStatus): string | undefined {
  if (state === "waiting_input") return says ?? "it wants an answer or a permission";
  return state === "blocked" ? (says ?? "it says that it cannot go on") : undefined;
}

const over: ReadonlySet<string> = new Set(["exited", "lost"]);
