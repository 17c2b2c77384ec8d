import { isGitError } from "@wiggum/git";
import { isTicketError } from "@wiggum/ticket-core";
import {
  type ActionOutcome,
  explainTick,
  isWorkflowError,
  type SupervisorEvent,
  type SupervisorOptions,
  type SupervisorPlan,
  type SupervisorPorts,
  type SupervisorResult,
  supervise,
} from "@wiggum/workflow";
import { createChangeWatch } from "./change-watch.js";
import { escalateTicket } from "./escalate-ticket.js";
import { createFailedAttempts } from "./failed-attempts.js";
import { mergeOrSendBack } from "./merge-or-send-back.js";
import { createMergeRuns, type MergeRuns } from "./merge-runs.js";
import { createNotificationWatch, type NotificationWatch } from "./notifications/notification-watch.js";
import { oneLine } from "./one-line.js";
import { requireOwnClaim } from "./own-claim.js";
import { passes } from "./passing-refusals.js";
import type { Project } from "./project.js";
import { createSupervisedPublishing, type SupervisedPublishing } from "./publish/supervised-publishing.js";
import { createSalvageSweep } from "./salvage-sweep.js";
import { createSignsOfLife } from "./signs-of-life.js";
import { createSilenceWatch } from "./silence-watch.js";
import { gatherFacts } from "./supervised-facts.js";
import { createLimitWatch } from "./supervised-limits.js";
import { createSupervisedUpstream, type SupervisedUpstream } from "./supervised-upstream.js";
import { createUseWatch } from "./supervised-use.js";
import { asOnlySupervisor } from "./supervisor-lock.js";
import { createTicketJourneys } from "./ticket-journeys.js";
import { createTicketLook } from "./ticket-look.js";

/** How long a project is supervised, and who is told. */
export interface SuperviseProjectOptions extends Omit<SupervisorOptions, "pollIntervalMs"> {
  /** How often to look although nothing seems to have changed. Default: the project's setting. */
  readonly pollIntervalMs?: number | undefined;
  readonly report: (event: SupervisorEvent) => void;
  /** What programs that tell people are started with, and where secrets are looked up. Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told how many matters wait for a person, whenever that changes. */
  readonly waits?: ((count: number) => void) | undefined;
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
      const { report, signal, environment = process.env, waits } = options;
      const trouble = (reason: string) => report({ kind: "disturbed", reason });
      const notifications = createNotificationWatch(project, { environment, trouble, waits });
      const merges = createMergeRuns(project, { report, signal, attempt });
      const publishing = createSupervisedPublishing(project, (news) =>
        report({ kind: "published", ...news }),
      );
      const ports = supervisorPorts(project, report, { upstream, merges, publishing, notifications });
      let failedMerges = 0;
      const result = await supervise(ports, { ...options, pollIntervalMs }).finally(async () => {
        failedMerges = await merges.finish();
        await publishing.finish();
        await notifications.finish();
      });
      for (const what of await upstream.finish()) options.report({ kind: "recovered", what });
      return { ...result, failedActions: result.failedActions + failedMerges };
    },
  );
}

/** What the next tick would do, nothing done. */
export function explainSupervision(project: Project): Promise<SupervisorPlan> {
  return explainTick(supervisorPorts(project, () => undefined));
}

/** What goes on beside the rounds; a look at what would be done needs none of it. */
interface SupervisedParts {
  readonly upstream?: SupervisedUpstream;
  readonly merges?: MergeRuns;
  readonly publishing?: SupervisedPublishing;
  readonly notifications?: NotificationWatch;
}

function supervisorPorts(
  project: Project,
  report: (event: SupervisorEvent) => void,
  { upstream, merges, publishing, notifications }: SupervisedParts = {},
): SupervisorPorts {
  const journeys = createTicketJourneys(project.tickets.backend, (ticket) => project.tickets.events(ticket));
  const attempts = createFailedAttempts(
    project.registry,
    () => project.clock.now(),
    // What ends the whole run is no ticket's failure.
    (error) => doesPass(error) || endsRun(error),
  );
  const watches = {
    tickets: createTicketLook(project.tickets),
    journeys,
    attempts,
    silence: createSilenceWatch(project.clock, project.settings.leaseMs),
    signs: createSignsOfLife(project),
    limits: createLimitWatch(project),
    use: createUseWatch(project),
  };
  const sweep = createSalvageSweep(project);
  const changes = createChangeWatch(project);
  let shown: string | undefined;
  let wasMerging = false;
  return {
    clock: project.clock,
    report,
    passing: (error) => (doesPass(error) && error instanceof Error ? error.message : undefined),
    async recover() {
      publishing?.look();
      return [
        ...(await project.recover()),
        ...(await sweep()),
        ...((await merges?.sweep()) ?? []),
        ...((await upstream?.look()) ?? []),
      ];
    },
    drainHooks: () => project.hooks.drain(),
    async facts() {
      // Before the look: what is merged during it may be in the look as not merged.
      wasMerging = merges?.isAtWork() === true;
      const facts = { ...(await gatherFacts(project, watches)), isMerging: wasMerging };
      await changes.note();
      // People's view is also the store's second copy; while agents do everything nobody else would bring it up to date.
      const { asOf } = await watches.tickets.look();
      if (asOf !== shown) await project.tickets.backend.views?.refresh(project.paths.ticketView);
      shown = asOf;
      await project.maintenance.wake();
      await notifications?.look(facts);
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
    expire: (agentId, reason) => attempt(() => project.endSession(agentId, reason)),
    escalate: (ticketId, reason) =>
      attempt(async () => {
        await escalateTicket(project, ticketId, reason);
        return undefined;
      }),
    merge: (ticketId) => attempt(() => mergeOrSendBack(project, ticketId)),
    mergeBatch: async (ticketIds) => merges?.begin(ticketIds) ?? { status: "begun" },
    async changed(timeoutMs, signal) {
      const end = project.clock.monotonicMs() + timeoutMs;
      while (signal?.aborted !== true) {
        const left = end - project.clock.monotonicMs();
        if (left <= 0) return;
        await project.clock.sleep(Math.min(agentLookMs, left), signal);
        if ((merges?.isAtWork() === true) !== wasMerging || (await changes.hasChanged())) return;
      }
    },
  };
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
