import { mergeBodies } from "./merge-body.js";
import type { FieldConflict, ReportConflict } from "./merge-conflict.js";
import { isSameValue } from "./same-value.js";
import type { FieldValue, Reference, Ticket } from "./ticket.js";

export type { FieldConflict };

/** What became of a three-way merge: the ticket, or every field that both sides changed differently. */
export type MergeResult = { readonly merged: Ticket } | { readonly conflicts: readonly FieldConflict[] };

/** One unit: compared and swapped, never merged. Of two claims of one agent, even equal ones, one must lose. */
const unit = ["state", "assignedAgentId", "assignedAt", "leaseEpoch"] as const;
const immutable = ["id", "type", "createdAt", "createdBy"] as const;
const scalars = [
  "priority",
  "title",
  "preamble",
  "parent",
  "readiness",
  "needsPreflight",
  "actionRequired",
] as const;
const sets = ["dependsOn", "blocks", "labels", "riskFlags"] as const;

/**
 * Three-way merge by field of what is stored (`theirs`) and what somebody made (`mine`) from `base`; `undefined` = both created it.
 * Nothing is merged by lines. What comes out is to be judged like any other write; `updatedAt` is the later of the two, for the caller to set.
 */
export function mergeTickets(base: Ticket | undefined, theirs: Ticket, mine: Ticket): MergeResult {
  const conflicts: FieldConflict[] = [];
  const conflict: ReportConflict = (field, values) => void conflicts.push({ field, ...values });

  /** The value that one side changed; theirs where both made the same of it. */
  function pick<Value>(field: string, before: Value | undefined, their: Value, my: Value): Value {
    if (isSameValue(before, my) || isSameValue(their, my)) return their;
    if (isSameValue(before, their)) return my;
    conflict(field, { base: before, theirs: their, mine: my });
    return their;
  }
  /** `my` counts only where it is not a change. */
  function keep<Value>(field: string, before: Value | undefined, their: Value, my: Value): Value {
    const isUnchanged = base !== undefined && isSameValue(before, my);
    if (!isUnchanged && !isSameValue(their, my)) conflict(field, { base: before, theirs: their, mine: my });
    return their;
  }

  const merged: Record<string, unknown> = {};
  for (const member of immutable) merged[member] = keep(member, base?.[member], theirs[member], mine[member]);
  for (const member of scalars)
    merged[member] = pick<unknown>(member, base?.[member], theirs[member], mine[member]);
  for (const member of sets) merged[member] = mergeSets(base?.[member], theirs[member], mine[member]);
  merged["references"] = mergeReferences(base?.references, theirs.references, mine.references);
  merged["updatedAt"] = laterOf(base?.updatedAt, theirs.updatedAt, mine.updatedAt);
  const isOurs = mergeUnit(base, theirs, mine, conflict);
  for (const member of unit) merged[member] = (isOurs ? mine : theirs)[member];
  const keys = new Set([base, theirs, mine].flatMap((ticket) => Object.keys(ticket?.fields ?? {})));
  const fields = [...keys].map((key) => [
    key,
    pick(key, fieldOf(base, key), fieldOf(theirs, key), fieldOf(mine, key)),
  ]);
  merged["fields"] = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  merged["body"] = mergeBodies(base?.body, theirs.body, mine.body, conflict);
  if (conflicts.length > 0) return { conflicts };
  return {
    merged: Object.fromEntries(
      Object.entries(merged).filter(([, value]) => value !== undefined),
    ) as unknown as Ticket,
  };
}

/** Does the unit become mine? */
function mergeUnit(
  base: Ticket | undefined,
  theirs: Ticket,
  mine: Ticket,
  conflict: ReportConflict,
): boolean {
  const isSame = (left: Ticket | undefined, right: Ticket) =>
    unit.every((member) => left?.[member] === right[member]);
  if (isSame(base, mine) || (base === undefined && isSame(theirs, mine))) return false;
  if (base !== undefined && isSame(base, theirs)) return true;
  for (const member of unit) {
    const values = { base: base?.[member], theirs: theirs[member], mine: mine[member] };
    if (values.base !== values.theirs || values.base !== values.mine) conflict(member, values);
  }
  return false;
}

/** What was there, with what either side added and without what either side removed; sorted where both sides changed it. */
function mergeSets(
  base: readonly string[] | undefined,
  theirs: readonly string[],
  mine: readonly string[],
): readonly string[] {
  if (isSameValue(base, mine) || isSameValue(theirs, mine)) return theirs;
  if (isSameValue(base, theirs)) return mine;
  const before = base ?? [];
  const added = [...theirs, ...mine].filter((item) => !before.includes(item));
  const kept = before.filter((item) => theirs.includes(item) && mine.includes(item));
  return [...new Set([...kept, ...added])].sort();
}

function mergeReferences(
  base: readonly Reference[] | undefined,
  theirs: readonly Reference[],
  mine: readonly Reference[],
): readonly Reference[] {
  // The kind has no colon in it, so that the first one divides.
  const nameOf = ({ kind, target }: Reference) => `${kind}:${target}`;
  return mergeSets(base?.map(nameOf), theirs.map(nameOf), mine.map(nameOf)).map((name) => {
    const colon = name.indexOf(":");
    return { kind: name.slice(0, colon), target: name.slice(colon + 1) };
  });
}

function laterOf(
  base: string | undefined,
  theirs: string | undefined,
  mine: string | undefined,
): string | undefined {
  if (base === mine) return theirs;
  if (base === theirs) return mine;
  return (theirs ?? "") < (mine ?? "") ? mine : theirs;
}

function fieldOf(ticket: Ticket | undefined, key: string): FieldValue | undefined {
  return ticket !== undefined && Object.hasOwn(ticket.fields, key) ? ticket.fields[key] : undefined;
}
