import type { BudgetRules } from "@wiggum/workflow";
import type { ProjectPaths } from "./project-paths.js";
import { notedScheduler } from "./scheduler-note.js";
import type { Settings } from "./settings.js";

/** The budgets as they are at this moment, in the time zone of the process; `undefined` = none is set. */
export function budgetRulesAt(
  now: Date,
  { budgets }: Pick<Settings, "budgets">,
  paths: ProjectPaths,
): BudgetRules | undefined {
  const { limits, estimate, isHard } = budgets;
  const isSet = Object.values(limits).some((amounts) => Object.keys(amounts ?? {}).length > 0);
  if (!isSet) return undefined;
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const two = (number: number) => String(number).padStart(2, "0");
  return {
    limits,
    estimate,
    isHard,
    // Agents that a hook or a person starts while a run goes on are that run's, too.
    runId: notedScheduler(paths)?.run,
    day: `${year}-${two(month + 1)}-${two(day)}`,
    dayEndsAtMs: new Date(year, month, day + 1).getTime(),
  };
}
