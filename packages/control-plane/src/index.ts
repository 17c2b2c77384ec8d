export type { AgentChanges } from "./agent-changes.js";
export * from "./agent-environment.js";
export { type LaunchOptions, prepareLaunch, profileOfRole } from "./agent-launch.js";
export * from "./agent-orders.js";
export * from "./agent-statuses.js";
export * from "./branch-names.js";
export * from "./branches.js";
export { type FoundProject, findProject } from "./find-project.js";
export * from "./hand-in.js";
export { createHookRunner, type HookRunnerOptions } from "./hook-runner.js";
export { initProject } from "./init.js";
export { type InitPlan, type InitPlanStep, planInit } from "./init-plan.js";
export type { InitAgent, InitOptions, InitPart, InitReport } from "./init-report.js";
export type { CombinationTest, TestLog } from "./merge-combination.js";
export type { MergeQueueStatus } from "./merge-note.js";
export { mergeOrSendBack } from "./merge-or-send-back.js";
export { copiedReason } from "./moved-agents.js";
export { type ChosenRunner, type OpenProjectOptions, openProject, type RunnerPlace } from "./open-project.js";
export { createOutbox, type OutboxOptions } from "./outbox-store.js";
export { createOwner, isOwnerAlive, type Owner } from "./owner-lock.js";
export type * from "./pane-sessions.js";
export type { PoolState } from "./pool-state.js";
export { chooseProfile, type FoundProfile, loadProfiles } from "./profiles.js";
export type * from "./project.js";
export type { AskOptions } from "./project-ask.js";
export type * from "./project-messages.js";
export * from "./project-paths.js";
export type { ProjectReport, ReportedSession, ReportedTicket } from "./project-report.js";
export type * from "./project-sessions.js";
export type { ProjectTool, ToolCall } from "./project-tools.js";
export type { ProjectUpstream, UpstreamSyncOptions } from "./project-upstream.js";
export * from "./prompts.js";
export { type ReadSettings, readSettings, type SettingsSources } from "./read-settings.js";
export * from "./registry.js";
export * from "./registry-rebuild.js";
export * from "./render-prompt.js";
export { listRoles, loadRole, type Role } from "./roles.js";
export * from "./salvage.js";
export * from "./salvage-project.js";
export * from "./salvage-restore.js";
export type { Scheduler } from "./scheduler-note.js";
export type {
  FlatSettings,
  Settings,
  SettingsFlags,
  SettingsWarning,
  StructuredSettings,
} from "./settings.js";
export { splitWords } from "./split-words.js";
export {
  explainSupervision,
  type SuperviseProjectOptions,
  superviseProject,
} from "./supervise-project.js";
export { type TearDownOutcome, tearDown } from "./tear-down.js";
export type { ReportedCommit } from "./ticket-commits.js";
export { loadTicketTypes } from "./ticket-types-file.js";
export { newUlid } from "./ulid.js";
export * from "./worktrees.js";
