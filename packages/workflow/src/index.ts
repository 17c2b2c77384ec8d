export * from "./errors.js";
export type * from "./ports.js";
export type * from "./registry.js";
export type * from "./runner.js";
export {
  type ActionOutcome,
  explainTick,
  type SupervisorEvent,
  type SupervisorOptions,
  type SupervisorPorts,
  type SupervisorResult,
  supervise,
} from "./supervisor.js";
export {
  backoffMs,
  planTick,
  type SupervisedAgent,
  type SupervisedTicket,
  type SupervisorAction,
  type SupervisorFacts,
  type SupervisorPlan,
} from "./supervisor-plan.js";
