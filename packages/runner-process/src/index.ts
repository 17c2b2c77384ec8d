export { createProcessRunner, type ProcessRunnerOptions } from "./create-process-runner.js";
export type { ProcessEntry, ProcessTable } from "./process-table.js";
export { createProcessTable } from "./process-table.js";
