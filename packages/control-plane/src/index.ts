export type * from "./project.js";
export * from "./project-paths.js";
export type * from "./settings.js";
export { createOwner, isOwnerAlive, type Owner } from "./owner-lock.js";
export { newUlid } from "./ulid.js";
export * from "./agent-environment.js";
export * from "./agent-orders.js";
export * from "./agent-statuses.js";
export * from "./branch-names.js";
export * from "./branches.js";
export * from "./hand-in.js";
export * from "./prompts.js";
export * from "./registry.js";
export * from "./registry-rebuild.js";
export * from "./render-prompt.js";
export * from "./salvage.js";
export * from "./salvage-restore.js";
export * from "./worktrees.js";
export * from "./salvage-project.js";
export { type FoundProject, findProject } from "./find-project.js";
export { initProject } from "./init.js";
export type { InitAgent, InitOptions, InitPart, InitReport } from "./init-report.js";
export { type OpenProjectOptions, openProject } from "./open-project.js";
export { type ReadSettings, readSettings, type SettingsSources } from "./read-settings.js";
export { listRoles, loadRole, type Role } from "./roles.js";
export { splitWords } from "./split-words.js";
export {
  explainSupervision,
  type SuperviseProjectOptions,
  superviseProject,
} from "./supervise-project.js";
export { createHookRunner, type HookRunnerOptions } from "./hook-runner.js";
export { createOutbox, type OutboxOptions } from "./outbox-store.js";
export { loadTicketTypes } from "./ticket-types-file.js";
