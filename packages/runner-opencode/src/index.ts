export { createOpenCodeRunner, type OpenCodeRunner } from "./create-open-code-runner.js";
export type { OpenCodeRunnerOptions, ServerChoice } from "./options.js";
export type { PermissionRule } from "./permissions.js";
export type { AttendantLimits, OpenCodeSessionRecord, SessionUsage } from "./session-files.js";
