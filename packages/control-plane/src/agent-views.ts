// Looks at agents and at what they left to merge, loaded as one piece by the commands that look at them.
export { agentStatus, agentStatuses } from "./agent-statuses.js";
export { deliverKept, dropKept, keptMessages, mayDeliver } from "./kept-messages.js";
export { pingAgent, readCapacity, readLogs } from "./project-agents.js";
export { unmergedTickets } from "./unmerged-tickets.js";
