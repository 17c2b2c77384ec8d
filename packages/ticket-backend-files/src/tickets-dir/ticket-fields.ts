import type { FieldValue, Reference, Ticket, TicketTypes } from "@wiggum/ticket-core";
import { anyValue, textsValue, textValue } from "./field-values.js";
import { isTkStatus, stateOf, tkStatusOf } from "./statuses.js";

/** A key of the front matter and what it says of a ticket; `undefined` = the key is not needed. */
export interface FieldRule {
  readonly key: string;
  readonly of: (ticket: Ticket, types: TicketTypes) => string | undefined;
}

const text = (value: string | undefined) => (value === undefined ? undefined : textValue(value));
const texts = (values: readonly string[]) => (values.length === 0 ? undefined : textsValue(values));

/** References of this kind are the `links` of tk. */
export const linkKind = "ticket";

/** References to tickets at the beginning, which stand in `links`; all from the first other one on stand in `references`. */
export function splitReferences(references: readonly Reference[]): {
  readonly links: readonly string[];
  readonly others: readonly string[];
} {
  const first = references.findIndex(({ kind }) => kind !== linkKind);
  const end = first < 0 ? references.length : first;
  return {
    links: references.slice(0, end).map(({ target }) => target),
    others: references.slice(end).map(({ kind, target }) => `${kind}:${target}`),
  };
}

/** The state in our own word, which tk keeps and ignores. */
export const stateKey = "workflow_state";

/** Else the state stands beside the status that it comes down to: tk has no word for it, or means something else by that word. */
function isSaidByStatus({ type, state }: Ticket, types: TicketTypes): boolean {
  return isTkStatus(state) && stateOf(type, state, undefined, types) === state;
}

/** Keys of tk in its order, then those of a ticket that tk has no word for and keeps as they are. */
export const fieldRules: readonly FieldRule[] = [
  { key: "id", of: ({ id }) => textValue(id) },
  { key: "status", of: (ticket, types) => tkStatusOf(ticket, types) },
  { key: "deps", of: ({ dependsOn }) => textsValue(dependsOn) },
  { key: "links", of: ({ references }) => textsValue(splitReferences(references).links) },
  { key: "created", of: ({ createdAt }) => text(createdAt) },
  { key: "type", of: ({ type }) => textValue(type) },
  { key: "priority", of: ({ priority }) => String(priority) },
  { key: "assignee", of: ({ assignedAgentId }) => text(assignedAgentId) },
  { key: "parent", of: ({ parent }) => text(parent) },
  { key: "tags", of: ({ labels }) => texts(labels) },
  {
    key: stateKey,
    of: (ticket, types) => (isSaidByStatus(ticket, types) ? undefined : textValue(ticket.state)),
  },
  { key: "assigned_at", of: ({ assignedAt }) => text(assignedAt) },
  { key: "lease_epoch", of: ({ leaseEpoch }) => (leaseEpoch === 0 ? undefined : String(leaseEpoch)) },
  { key: "blocks", of: ({ blocks }) => texts(blocks) },
  { key: "created_by", of: ({ createdBy }) => text(createdBy) },
  { key: "readiness", of: ({ readiness }) => text(readiness) },
  { key: "needs_preflight", of: ({ needsPreflight }) => flag(needsPreflight) },
  { key: "risk_flags", of: ({ riskFlags }) => texts(riskFlags) },
  { key: "action_required", of: ({ actionRequired }) => text(actionRequired?.reason) },
  { key: "action_required_since", of: ({ actionRequired }) => text(actionRequired?.since) },
  { key: "action_required_by", of: ({ actionRequired }) => text(actionRequired?.by) },
  { key: "references", of: ({ references }) => texts(splitReferences(references).others) },
  { key: "updated_at", of: ({ updatedAt }) => text(updatedAt) },
];

const ruledKeys: ReadonlySet<string> = new Set(fieldRules.map(({ key }) => key));

/** Stands before the name of a field that tk, or this package, uses for something else, or that is no key of one word. */
const fieldPrefix = "field.";

/** Is this the key of something that every ticket has a member for? All others are its `fields`. */
export function isRuledKey(key: string): boolean {
  return ruledKeys.has(key);
}

/** The key of a field. Of a name that cannot be one each odd character is its number between dots: `field.key.20.with.20.spaces`. */
function keyOfField(name: string): string {
  const isKey = /^[A-Za-z_][\w.-]*$/.test(name) && !isRuledKey(name) && !name.startsWith(fieldPrefix);
  if (isKey) return name;
  const odd = /[^\w-]/gu;
  return fieldPrefix + name.replace(odd, (character) => `.${character.codePointAt(0)?.toString(16)}.`);
}

/** The field of a key. */
export function fieldOfKey(key: string): string {
  if (!key.startsWith(fieldPrefix)) return key;
  const name = key.slice(fieldPrefix.length);
  return name.replace(/\.([0-9a-f]{1,6})\./g, (all, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** What the front matter of this ticket says: by key, in order. */
export function fieldTexts(ticket: Ticket, types: TicketTypes): ReadonlyMap<string, string> {
  const own = fieldRules.flatMap(({ key, of }) => {
    const value = of(ticket, types);
    return value === undefined ? [] : [[key, value] as const];
  });
  const custom = Object.entries(ticket.fields).flatMap(([key, value]: [string, FieldValue | undefined]) =>
    value === undefined ? [] : [[keyOfField(key), anyValue(value)] as const],
  );
  return new Map([...own, ...custom]);
}

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
