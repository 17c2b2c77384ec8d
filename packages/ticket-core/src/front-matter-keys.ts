import type { FieldValue, Reference, Ticket } from "./ticket.js";

export interface KeyRule {
  readonly key: string;
  /** Stands in every new ticket, empty where there is nothing to say. */
  readonly isAlwaysThere: boolean;
  readonly of: (ticket: Ticket) => FieldValue | undefined;
}

function rule(key: string, of: (ticket: Ticket) => FieldValue | undefined, isAlwaysThere = false): KeyRule {
  return { key, isAlwaysThere, of };
}

/** The keys that are not the type's own, in the order in which a new ticket has them. */
export const keyRules: readonly KeyRule[] = [
  rule("id", ({ id }) => id, true),
  rule("type", ({ type }) => type, true),
  rule("priority", ({ priority }) => priority, true),
  rule("state", ({ state }) => state, true),
  rule("assigned_agent_id", ({ assignedAgentId }) => assignedAgentId, true),
  rule("assigned_at", ({ assignedAt }) => assignedAt, true),
  rule("depends_on", ({ dependsOn }) => dependsOn, true),
  rule("blocks", ({ blocks }) => blocks, true),
  rule("created_at", ({ createdAt }) => createdAt, true),
  rule("created_by", ({ createdBy }) => createdBy, true),
  rule("lease_epoch", ({ leaseEpoch }) => leaseEpoch),
  rule("parent", ({ parent }) => parent),
  rule("labels", ({ labels }) => labels),
  rule("readiness", ({ readiness }) => readiness),
  rule("needs_preflight", ({ needsPreflight }) => needsPreflight),
  rule("risk_flags", ({ riskFlags }) => riskFlags),
  rule("action_required", ({ actionRequired }) => actionRequired?.reason),
  rule("action_required_since", ({ actionRequired }) => actionRequired?.since),
  rule("action_required_by", ({ actionRequired }) => actionRequired?.by),
  rule("references", ({ references }) => references.map(referenceSource)),
  rule("updated_at", ({ updatedAt }) => updatedAt),
];

export const keyOrder: readonly string[] = keyRules.map(({ key }) => key);
const coreKeys: ReadonlySet<string> = new Set(keyOrder);

/** Is this key the ticket's own, so that no custom field may bear its name? */
export function isCoreKey(key: string): boolean {
  return coreKeys.has(key);
}

/** `kind:target`; without a kind the target alone, where that is not taken for a kind. */
function referenceSource({ kind, target }: Reference): string {
  return kind === "" && !target.includes(":") ? target : `${kind}:${target}`;
}
