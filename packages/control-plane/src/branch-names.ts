import type { TicketId } from "@wiggum/ticket-core";
import type { AgentId } from "@wiggum/workflow";

const featurePrefix = "feature/";
/** An agent's name becomes a branch, a folder and a word on terminals: letters, digits and three signs, nothing else. */
const agentName = /^(?<role>[A-Za-z][A-Za-z0-9_.-]{0,39}?)-(?<number>0|[1-9][0-9]{0,8})$/;

/** The branch on which all work for a ticket is gathered. */
export function featureBranch(ticketId: TicketId): string {
  return `${featurePrefix}${ticketId}`;
}

/** The ticket of a feature branch; `undefined` for any other branch. */
export function ticketOfFeature(branch: string): TicketId | undefined {
  const id = branch.startsWith(featurePrefix) ? branch.slice(featurePrefix.length) : "";
  return id === "" || id.includes("/") ? undefined : id;
}

/** An agent's branch has the agent's name. */
export function agentBranch(agentId: AgentId): string {
  return agentId;
}

/** Role and number of `<role>-<n>`; `undefined` for any other text. */
export function parseAgentId(text: string): { readonly role: string; readonly number: number } | undefined {
  const groups = agentName.exec(text)?.groups;
  if (groups === undefined || text.includes("..")) return undefined;
  return { role: groups["role"] ?? "", number: Number(groups["number"]) };
}

/** Is this a name that a role may have? */
export function isRoleName(text: string): boolean {
  return parseAgentId(`${text}-0`)?.role === text;
}
