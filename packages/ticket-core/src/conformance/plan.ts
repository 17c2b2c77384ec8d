import type { ConformanceAbilities, ConformanceCase, ConformanceStore } from "./conformance-case.js";

/** A rule, and whether a store can be held to it. */
export interface PlannedCase {
  /** The rule, which `runCase` tries. */
  readonly rule: ConformanceCase;
  /**
   * `concerned`: it is tried. `not concerned`: the backend makes no such promise. `unproved`: the backend promises it, by saying that it is
   * shared, and the store lacks what it takes to see that; this counts as not holding.
   */
  readonly standing: "concerned" | "not concerned" | "unproved";
  /** Members of the store without which it cannot be tried: `open`, `plant`, `elsewhere`. Empty unless unproved. */
  readonly lacks: readonly ("open" | "plant" | "elsewhere")[];
}

const parts = ["open", "plant", "elsewhere"] as const;

/** What the rules are to a store: a backend that says to be shared outlives its process, so it must be seen to do so. */
export function planFor(
  rules: readonly ConformanceCase[],
  { backend, open, plant, elsewhere }: ConformanceStore,
): readonly PlannedCase[] {
  const given = { open, plant, elsewhere };
  const abilities = (has: (part: (typeof parts)[number]) => boolean): ConformanceAbilities => ({
    backend,
    canOpen: has("open"),
    canPlant: has("plant"),
    canOpenElsewhere: has("elsewhere"),
  });
  const isConcerned = ({ concerns }: ConformanceCase, has: (part: (typeof parts)[number]) => boolean) =>
    concerns?.(abilities(has)) ?? true;
  return rules.map((rule): PlannedCase => {
    if (isConcerned(rule, (part) => given[part] !== undefined))
      return { rule, standing: "concerned", lacks: [] };
    if (!backend.supports.shared || !isConcerned(rule, () => true)) {
      return { rule, standing: "not concerned", lacks: [] };
    }
    const needed = parts.filter((part) => !isConcerned(rule, (other) => other !== part));
    return { rule, standing: "unproved", lacks: needed.filter((part) => given[part] === undefined) };
  });
}

/** What to say of an unproved rule. */
export function unprovedMessage({ lacks }: PlannedCase): string {
  const names = lacks.map((part) => `'${part}'`).join(", ");
  return `not tried: the backend says that it is shared, but the store has no ${names} to prove it with`;
}
