import { type BudgetUse, budgetUses, type PoolPause } from "@wiggum/workflow";
import { budgetRulesAt } from "./budget-rules.js";
import type { ProjectParts } from "./project-parts.js";

/** What holds all agents up, for people. JSON-safe. */
export interface PoolState {
  /** A limit of the provider that was met and is not known to be gone. */
  readonly pause: PoolPause | null;
  /** Budgets of which at least four fifths are used or reserved. */
  readonly budgets: readonly BudgetUse[];
}

/** As the registry has it; nothing is looked at anew. */
export async function poolState({
  registry,
  settings,
  clock,
  paths,
}: Pick<ProjectParts, "registry" | "settings" | "clock" | "paths">): Promise<PoolState> {
  const rules = budgetRulesAt(clock.now(), settings, paths);
  return {
    pause: (await registry.pause()) ?? null,
    budgets: rules === undefined ? [] : budgetUses(rules, await registry.budgetEntries()),
  };
}
