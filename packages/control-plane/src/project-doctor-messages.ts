import { keptMessages } from "./kept-messages.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";

/** Messages that have not arrived. One that is only waiting for its turn is no fault. */
export async function examineMessages(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  return (await keptMessages(parts)).map(({ agentId, from, at, status, reason }) => ({
    area: "agents",
    severity: status === "pending" ? "note" : "warning",
    code: "MESSAGE_NOT_DELIVERED",
    id: agentId,
    message: `A message of ${from} for ${agentId}, sent at ${at}, has not arrived as far as anybody knows: ${reason}`,
    hint:
      status === "pending"
        ? "It is tried again with the next command; 'wiggum recover' tries at once."
        : `See what the agent does, then forget it: wiggum ping ${agentId} --drop`,
  }));
}
