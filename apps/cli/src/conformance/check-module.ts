import { usageError } from "../command-error.js";
import { printable } from "../printable.js";
import { type ConformanceKind, unusable } from "./load-module.js";
import { type ConformanceReport, type RuleResult, reportOf } from "./report.js";
import type { TrialPlan, TrialRule } from "./trial-messages.js";
import { startTrial } from "./trial-process.js";
import { createTrialSeries } from "./trial-series.js";

/** How a module is held to its rules. */
export interface CheckSettings {
  readonly kind?: ConformanceKind | undefined;
  /** Names of the rules that are tried; absent = all. */
  readonly rules?: readonly string[] | undefined;
  /** Milliseconds after which a rule that says nothing counts as broken. Default 30,000, or what the kit says of the rule. */
  readonly limitMs?: number | undefined;
  /** Each result, when it comes; a rule that turns out to be broken afterwards comes twice. */
  readonly tell: (result: RuleResult) => void;
  /** What the module itself prints, as it comes; unescaped. */
  readonly print: (text: string) => void;
}

const usualLimitMs = 30_000;
/** So many rules may take all their time; the others are not tried any more. Whoever never answers takes minutes, not hours. */
const mostLate = 5;

/**
 * Holds what a module makes to the rules of its kit, in a process of its own that is started anew when it ends under a rule.
 * @throws MODULE_UNUSABLE, USAGE for a name that no rule has
 */
export async function checkModule(path: string, settings: CheckSettings): Promise<ConformanceReport> {
  const { rules: names, tell, print } = settings;
  const limitOf = (rule: Pick<TrialRule, "limitMs">) => settings.limitMs ?? rule.limitMs ?? usualLimitMs;
  const { kitPrograms } = await import("../composition/conformance.js");
  const start = () => startTrial(kitPrograms.trial, { path, kind: settings.kind }, limitOf({}), print);
  const first = await start();
  if ("refusal" in first) throw unusable(path, first.refusal);
  const { plan } = first;
  checkNames(plan, names ?? []);

  const results = new Map<number, RuleResult>();
  const note = (index: number, outcome: RuleResult["outcome"], found?: string) => {
    const { rule, says } = plan.rules[index] as TrialRule;
    const result: RuleResult = { rule, says, outcome, ...(found === undefined ? {} : { found }) };
    results.set(index, result);
    tell(result);
  };
  const series = createTrialSeries(first, start, (index, message) =>
    note(index, "broken", `afterwards: ${message}`),
  );
  let lateCount = 0;
  const unclear: number[] = [];

  async function judge(index: number, isLast: boolean): Promise<void> {
    const rule = plan.rules[index] as TrialRule;
    const { standing, lacks } = rule;
    if (standing === "not concerned") return note(index, "not concerned");
    if (standing === "unproved") return note(index, "broken", lacks);
    if (lateCount >= mostLate)
      return note(index, "broken", `not tried: ${mostLate} rules did not end in time`);
    const { found, why } = await series.tryRule(index, limitOf(rule));
    if (why === "unclear" && !isLast) return void unclear.push(index);
    if (why === "limit") lateCount += 1;
    note(index, found === undefined ? "holds" : "broken", found);
  }

  async function judgeAll(indexes: readonly number[], atATime: number, isLast: boolean): Promise<void> {
    const waiting = [...indexes];
    const work = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        await judge(index, isLast);
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
  }

  const wanted = [...plan.rules.keys()].filter(
    (index) => names?.includes(plan.rules[index]?.rule ?? "") ?? true,
  );
  await judgeAll(wanted, plan.atATime, false);
  // One after the other: then it shows which of them it is.
  await judgeAll(unclear, 1, true);
  await series.end();
  const inOrder = wanted.flatMap((index) => results.get(index) ?? []);
  return reportOf(path, plan, inOrder, names === undefined);
}

function checkNames({ name, rules }: TrialPlan, wanted: readonly string[]): void {
  const unknown = wanted.filter((one) => !rules.some(({ rule }) => rule === one));
  if (unknown.length === 0) return;
  throw usageError(
    `There is no rule ${unknown.map((one) => `'${printable(one)}'`).join(", ")} for ${printable(name)}`,
    "Without --rule all are tried, each on a line with its name.",
  );
}
