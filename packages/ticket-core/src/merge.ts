import type { Ticket } from "./ticket.js";

export interface FieldDifference {
  readonly field: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
}

export type MergeResult = { readonly merged: Ticket } | { readonly conflicts: readonly FieldDifference[] };

/** Three-way by field. */
export function mergeTickets(base: Ticket | undefined, theirs: Ticket, mine: Ticket): MergeResult {
  const merged: Record<string, unknown> = { ...theirs };
  const conflicts: FieldDifference[] = [];
  const same = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)]) as Set<keyof Ticket>) {
    const [b, t, m] = [base?.[key], theirs[key], mine[key]];
    if (same(t, m) || same(b, m)) continue;
    if (same(b, t)) merged[key] = m;
    else if (key === "updatedAt") merged[key] = t;
    else if (Array.isArray(t) && Array.isArray(m) && key !== "references") {
      const before: readonly string[] = Array.isArray(b) ? (b as readonly string[]) : [];
      const removed = before.filter((item) => !(t as string[]).includes(item) || !(m as string[]).includes(item));
      merged[key] = [...new Set([...before, ...(t as string[]), ...(m as string[])])].filter((item) => !removed.includes(item)).sort();
    } else conflicts.push({ field: key, base: b, theirs: t, mine: m });
  }
  return conflicts.length > 0 ? { conflicts } : { merged: merged as unknown as Ticket };
}
