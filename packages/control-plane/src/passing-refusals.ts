/** Refusals that pass by themselves: somebody was faster, or there is no room now. */
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
  "AGENT_STARTING",
]);
