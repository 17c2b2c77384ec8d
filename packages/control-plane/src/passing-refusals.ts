/** Refusals that pass by themselves: somebody was faster, there is no room now, or a signal came in between. */
export const passes: ReadonlySet<string> = new Set([
  "NO_CAPACITY",
  "AGENT_LIVE",
  "TICKET_HELD",
  "TICKET_CONFLICT",
  "TICKET_CHANGED",
  "TICKET_BLOCKED",
  "TRANSITION_NOT_ALLOWED",
  "STORE_BUSY",
  "STORE_LOCKED",
  "REGISTRY_BUSY",
  "OUTBOX_BUSY",
  "MERGE_BUSY",
  "GIT_STOPPED",
  "CHECKOUT_BUSY",
  "AGENT_STARTING",
]);
