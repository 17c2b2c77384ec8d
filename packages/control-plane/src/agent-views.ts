// Looks at agents and at what they left to merge, loaded as one piece by the commands that look at them.
export { agentStatus, agentStatuses } from "./agent-statuses.js";
export { readCapacity, readLogs } from "./project-agents.js";
export { unmergedTickets } from "./unmerged-tickets.js";
