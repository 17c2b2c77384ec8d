import { isGitError } from "@wiggum/git";
import { isTicketError, type Ticket, type TicketId, type TicketRecord } from "@wiggum/ticket-core";
import {
  type ActionOutcome,
  explainTick,
  isWorkflowError,
  type SupervisedAgent,
  type SupervisedTicket,
  type SupervisorEvent,
  type SupervisorFacts,
  type SupervisorOptions,
  type SupervisorPlan,
  type SupervisorPorts,
  type SupervisorResult,
  supervise,
} from "@wiggum/workflow";
import { createFailedAttempts, type FailedAttempts } from "./failed-attempts.js";
import { mergeOrSendBack } from "./merge-or-send-back.js";
import { oneLine } from "./one-line.js";
import { requireOwnClaim } from "./own-claim.js";
import { passes } from "./passing-refusals.js";
import type { Project } from "./project.js";
import type { AgentStatus } from "./project-sessions.js";
import { createSalvageSweep } from "./salvage-sweep.js";
import { createSilenceWatch, type SilenceWatch } from "./silence-watch.js";
import { createSupervisedUpstream, type SupervisedUpstream } from "./supervised-upstream.js";
import { asOnlySupervisor } from "./supervisor-lock.js";
import { createTicketJourneys, type TicketJourneys } from "./ticket-journeys.js";

/** How long a project is supervised, and who is told. */
export interface SuperviseProjectOptions extends Omit<SupervisorOptions, "pollIntervalMs"> {
  /** How often to look although nothing seems to have changed. Default: the project's setting. */
  readonly pollIntervalMs?: number | undefined;
  readonly report: (event: SupervisorEvent) => void;
}

/** How often agents are looked at between two ticks: their end is no ticket change, so nothing else would tell. */
const agentLookMs = 500;

/**
 * `wiggum run`: the scheduler over a project. Needs no memory: a new one after a crash goes on from what is written down.
 * @throws AGENT_COMMAND_MISSING no agent can be started; SETTINGS_INVALID nor can one with this profile, prompt or these settings
 * @throws SUPERVISOR_RUNNING another process schedules this project
 */
export async function superviseProject(
  project: Project,
  options: SuperviseProjectOptions,
): Promise<SupervisorResult> {
  const pollIntervalMs = options.pollIntervalMs ?? project.settings.pollIntervalMs;
  await requireOwnClaim(project.tickets, project.caller.agent);
  const upstream = createSupervisedUpstream(project);
  return asOnlySupervisor(
    project.paths,
    () => project.clock.now(),
    async () => {
      const ports = supervisorPorts(project, options.report, upstream);
      const result = await supervise(ports, { ...options, pollIntervalMs });
      for (const what of await upstream.finish()) options.report({ kind: "recovered", what });
      return result;
    },
  );
}

/** What the next tick would do, nothing done. */
export function explainSupervision(project: Project): Promise<SupervisorPlan> {
  return explainTick(supervisorPorts(project, () => undefined));
}

function supervisorPorts(
  project: Project,
  report: (event: SupervisorEvent) => void,
  upstream?: SupervisedUpstream,
): SupervisorPorts {
  const journeys = createTicketJourneys(project.tickets.backend);
  const silence = createSilenceWatch(project.clock, project.settings.leaseMs);
  const attempts = createFailedAttempts(
    project.registry,
    () => project.clock.now(),
    // What ends the whole run is no ticket's failure.
    (error) => doesPass(error) || endsRun(error),
  );
  const sweep = createSalvageSweep(project);
  let lastLook = "";
  return {
    clock: project.clock,
    report,
    passing: (error) => (doesPass(error) && error instanceof Error ? error.message : undefined),
    recover: async () => [
      ...(await project.recover()),
      ...(await sweep()),
      ...((await upstream?.look()) ?? []),
    ],
    drainHooks: () => project.hooks.drain(),
    async facts() {
      const facts = await gatherFacts(project, journeys, silence, attempts);
      lastLook = await fingerprint(project);
      // People's view is also the store's second copy; while agents do everything nobody else would bring it up to date.
      await project.tickets.backend.views?.refresh(project.paths.ticketView);
      await project.maintenance.wake();
      return facts;
    },
    spawn: (role, ticketId) =>
      attempt(async () => {
        const spawned = await attempts.watch(ticketId, role, journeys.of(ticketId), () =>
          project.spawn(role, ticketId, { isSupervised: true }),
        );
        return [spawned.agentId, ...spawned.warnings].join("; ");
      }),
    retire: (agentId) =>
      attempt(async () => {
        const { warnings, forgottenMessages: { length } = [] } = await project.kill(agentId);
        const forgotten = length === 0 ? [] : [`${length} of its messages had not arrived and are forgotten`];
        return [...warnings, ...forgotten].join("; ");
      }),
    expire: (agentId) => attempt(() => project.endSession(agentId, "lease expired")),
    escalate: (ticketId, reason) =>
      attempt(async () => {
        await project.tickets.requireAction(ticketId, oneLine(reason), project.writeContext());
        return undefined;
      }),
    merge: (ticketId) => attempt(() => mergeOrSendBack(project, ticketId)),
    async changed(timeoutMs, signal) {
      const end = project.clock.monotonicMs() + timeoutMs;
      while (signal?.aborted !== true) {
        const left = end - project.clock.monotonicMs();
        if (left <= 0) return;
        await project.clock.sleep(Math.min(agentLookMs, left), signal);
        if ((await fingerprint(project)) !== lastLook) return;
      }
    },
  };
}

/** Changes whenever something that a tick decides from may have: the tip of the store, and what the agents' sessions are. */
async function fingerprint(project: Project): Promise<string> {
  const { asOf } = await project.tickets.list({ ids: [] });
  const agents = (await project.agents()).map((agent) => `${agent.facts.agentId} ${agent.state}`);
  return [asOf, ...agents].join("\n");
}

async function attempt(action: () => Promise<string | undefined>): Promise<ActionOutcome> {
  try {
    const detail = await action();
    return detail === undefined || detail === "" ? { status: "done" } : { status: "done", detail };
  } catch (error) {
    if (endsRun(error)) throw error;
    if (!isTicketError(error) && !isWorkflowError(error) && !isGitError(error)) throw error;
    return { status: doesPass(error) ? "postponed" : "failed", reason: oneLine(error.message) };
  }
}

/** No other ticket would fare better, and no later tick: a person installs the program, names another one, or mends the file that is named. */
function endsRun(error: unknown): boolean {
  return (["AGENT_COMMAND_MISSING", "SETTINGS_INVALID", "WORKTREE_COPIED"] as const).some((code) =>
    isWorkflowError(error, code),
  );
}

function doesPass(error: unknown): boolean {
  return (isTicketError(error) || isWorkflowError(error) || isGitError(error)) && passes.has(error.code);
}

async function gatherFacts(
  project: Project,
  journeys: TicketJourneys,
  silence: SilenceWatch,
  attempts: FailedAttempts,
): Promise<SupervisorFacts> {
  const { settings } = project;
  // The order matters: tickets, then the hooks of every change that they show, then the agents that those hooks started. A hand-in
  // since the last drain would else look like a stage that nobody works on and no hook will see to.
  const [page, ready] = await Promise.all([project.tickets.list(), project.tickets.ready()]);
  await project.hooks.drain({ limit: 0 });
  const rows = await project.hooks.pending();
  const agents = await project.agents();
  const unmerged = settings.merge === "auto" ? await project.branches.unmerged() : [];
  await journeys.advance();
  const workable = new Set(ready.map(({ ticket }) => ticket.id));
  const everyAgent = await project.registry.list({ includeRetired: true });
  const known = new Set(everyAgent.map(({ agentId }) => agentId));
  const tickets = await Promise.all(
    page.tickets.map(async (record) => {
      const described = await describeTicket(project, record, workable, journeys, attempts);
      return {
        ...described,
        needsPerson: described.needsPerson || isWithPerson(project, record.ticket, known),
      };
    }),
  );
  return {
    tickets,
    agents: await Promise.all(agents.map((agent) => describeAgent(project, agent, silence))),
    ticketsWithPendingHooks: [
      ...new Set(
        rows.filter((row) => row.status === "pending" || row.status === "started").map((row) => row.ticketId),
      ),
    ],
    unmerged,
    maxAgents: settings.maxAgents,
    isAutoMerge: settings.merge === "auto",
    maxAttempts: settings.maxAttempts,
    maxRounds: settings.maxRounds,
    nowMs: project.clock.now().getTime(),
  };
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
    roles: state?.roles ?? [],
    claimRole: claimRole(project, ticket),
    assignedAgentId: ticket.assignedAgentId,
    failedSessions: failures?.counts ?? {},
    lastFailureMs: failures?.lastMs,
    lastFailure: failures?.last,
    rounds: journey?.rounds ?? 0,
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
  project: Project,
  agent: AgentStatus,
  silence: SilenceWatch,
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
    isLeaseExpired: isEnded
      ? false
      : silence.isExpired(facts.agentId, await signOfLife(project, facts.agentId)),
  };
}

/** What an agent printed last. A hook may end it at this very moment: then the look failed, which proves nothing. */
async function signOfLife(project: Project, agentId: string): Promise<string | undefined> {
  try {
    return await project.logs(agentId, 20);
  } catch (error) {
    if (isWorkflowError(error, "AGENT_NOT_FOUND") || isWorkflowError(error, "NO_SESSION")) return undefined;
    throw error;
  }
}

const over: ReadonlySet<string> = new Set(["exited", "lost"]);
