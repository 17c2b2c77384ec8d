import type { BudgetAmounts } from "@wiggum/workflow";
import { z } from "zod";
import { type BudgetSettings, structuredDefaults } from "./settings.js";
import { countUpTo, strictGroup } from "./strict-yaml.js";

const isAmount = "must be a number above 0";
const amount = (standard: number | undefined) => {
  const above0 = z.number(isAmount).positive(isAmount).max(1e9, "must be a number up to 1000000000");
  return standard === undefined ? above0.optional() : above0.default(standard);
};
const tokens = (standard: number | undefined) => {
  const count = countUpTo(1_000_000_000_000);
  return standard === undefined ? count.optional() : count.default(standard);
};
const minuteMs = 60_000;

function amounts(of: string, standard: BudgetAmounts = {}) {
  const { timeMs } = standard;
  return strictGroup({
    tokens: tokens(standard.tokens).describe(`tokens ${of}`),
    usd: amount(standard.usd).describe(`US dollars ${of}`),
    minutes: amount(timeMs === undefined ? undefined : timeMs / minuteMs).describe(
      `minutes that agents run ${of}; two side by side count twice`,
    ),
  }).prefault({});
}

/** `budgets` of `config.yaml`. */
export function budgetSchema() {
  const { estimate, isHard } = structuredDefaults.budgets;
  return strictGroup({
    ticket: amounts("that one ticket may use, over all its sessions. Used up, a person must act on it"),
    run: amounts("that one `wiggum run` may use; one that was killed goes on with what is left"),
    day: amounts("that a day may use, from midnight to midnight; then nobody starts before the next one"),
    estimate: amounts(
      "that one session is expected to use: reserved before it starts, replaced by what it really used where that is known",
      estimate,
    ),
    hard: z
      .boolean("must be true or false")
      .default(isHard)
      .describe(
        "`true`: a session that goes over its budget is ended. `false`: it may come to its end, and no other begins",
      ),
  }).prefault({});
}

/** As the settings have it. */
export function budgetsOf(read: z.output<ReturnType<typeof budgetSchema>>): BudgetSettings {
  const { ticket, run, day } = read;
  const set = Object.entries({ ticket, run, day })
    .map(([scope, amounts]) => [scope, amountsOf(amounts)] as const)
    .filter(([, amounts]) => Object.keys(amounts).length > 0);
  return {
    limits: Object.fromEntries(set),
    estimate: amountsOf(read.estimate),
    isHard: read.hard,
  };
}

function amountsOf({
  tokens,
  usd,
  minutes,
}: {
  readonly tokens?: number | undefined;
  readonly usd?: number | undefined;
  readonly minutes?: number | undefined;
}): BudgetAmounts {
  return {
    ...(tokens === undefined ? {} : { tokens }),
    ...(usd === undefined ? {} : { usd }),
    ...(minutes === undefined ? {} : { timeMs: minutes * minuteMs }),
  };
}
