export { type AdmissionFacts, type Admitted, admit } from "./admission.js";
export * from "./agent-command.js";
export {
  type AgentPool,
  type AgentPoolHandler,
  type AgentPoolOptions,
  createAgentPool,
} from "./agent-pool.js";
export type * from "./agent-profile.js";
export * from "./agent-reports.js";
export * from "./agent-state.js";
export * from "./budgets.js";
export * from "./capacity.js";
export {
  composeAsk,
  composeLaunch,
  composeProbe,
  isSandboxed,
  type Launch,
  type LaunchPlaces,
  type LaunchRequest,
} from "./compose-launch.js";
export { describeSpawn } from "./describe-spawn.js";
export * from "./errors.js";
export { defaultEvidenceLimits, type EvidenceLimits } from "./fresh-evidence.js";
export {
  type Guard,
  type GuardInput,
  guardNames,
  guardsOf,
  judgeGuards,
  shippedGuards,
  supervisedGuards,
} from "./guards.js";
export { deepestHook, hookDepthOf, withHookDepth } from "./hook-depth.js";
export {
  type LeaseObservation,
  type LeaseWatch,
  mayHolderGoOn,
  observeLease,
  silentLease,
} from "./leases.js";
export { rateLimitIn } from "./limit-messages.js";
export {
  type DrainOptions,
  type DrainPorts,
  type DrainReport,
  drainOutbox,
  isUnresolved,
  startOutbox,
} from "./outbox-drain.js";
export {
  eventIdOf,
  hookBackoffMs,
  hookLaterMs,
  maxCutOffRuns,
  maxHookAttempts,
  planAfterHooks,
} from "./outbox-rows.js";
export {
  type Answer,
  answerIn,
  costOfRecords,
  factOfRecords,
  readableLines,
  tokensOfRecords,
} from "./output-records.js";
export * from "./plan-kill.js";
export * from "./plan-spawn.js";
export {
  describeTransition,
  type PlannedChange,
  planTransition,
  type TransitionDecision,
  type TransitionFacts,
  type TransitionPlan,
} from "./plan-transition.js";
export { type AgentPoolEvent, type AgentResult, poolEvents } from "./pool-events.js";
export {
  judgePause,
  metLimit,
  nextPause,
  type PauseVerdict,
  type PoolPause,
  type ProbingAgent,
  type RateLimit,
} from "./pool-pause.js";
export type * from "./ports.js";
export { previewTransition, type TransitionPreview } from "./preview-transition.js";
export {
  type FailedPullRequestCheck,
  type HostQuota,
  judgePullRequest,
  type PullRequestFinding,
  type PullRequestRemark,
  type PullRequestSight,
  type PullRequestVerdict,
  untilNextPollMs,
} from "./pull-requests.js";
export { reachesSessionsOf } from "./reaches-sessions.js";
export * from "./recover-spawns.js";
export type * from "./registry.js";
export { findingsIn, type ReviewRound, roundsWithoutProgress } from "./review-progress.js";
export * from "./run-kill.js";
export {
  type MergeQueuePorts,
  type MergeQueueReport,
  runMergeQueue,
  type TestFault,
  type TestOutcome,
} from "./run-merge-queue.js";
export * from "./run-spawn.js";
export {
  runTransition,
  type TransitionPorts,
  type TransitionRequest,
  type TransitionResult,
} from "./run-transition.js";
export type * from "./runner.js";
export { drainVariable, markingScript, outsideSessions, sessionMark } from "./session-mark.js";
export * from "./settle-agents.js";
export { type SpawnRequest, spawnFacts } from "./spawn-facts.js";
export { holderRoles, type SpawnFacts, type SpawnMode } from "./spawn-mode.js";
export type * from "./spawn-ports.js";
export { roleNameRule } from "./spawn-refusals.js";
export { stopProved } from "./stop-agent.js";
export {
  type ActionOutcome,
  explainTick,
  type SupervisorEvent,
  type SupervisorOptions,
  type SupervisorPorts,
  type SupervisorResult,
  supervise,
} from "./supervisor.js";
export { backoffMs } from "./supervisor-attempts.js";
export type * from "./supervisor-facts.js";
export { planTick } from "./supervisor-plan.js";
export { createTaskScheduler, type TaskScheduler } from "./task-scheduler.js";
export { type ParseTicketTypesOptions, parseTicketTypes } from "./ticket-types.js";
export { hookNameProblem } from "./ticket-types-schema.js";
