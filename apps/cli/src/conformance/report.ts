import { printable } from "../printable.js";
import type { ConformanceKind } from "./load-module.js";
import type { TrialPlan } from "./trial-messages.js";

/** What became of one rule. */
export interface RuleResult {
  readonly rule: string;
  /** The rule in words. */
  readonly says: string;
  readonly outcome: "holds" | "broken" | "not concerned";
  /** What was seen instead; where it is broken. */
  readonly found?: string | undefined;
}

/** Everything that a run of a kit found. */
export interface ConformanceReport {
  readonly kind: ConformanceKind;
  readonly module: string;
  /** What the backend or runner calls itself. */
  readonly name: string;
  /** Version of the contract. */
  readonly contract: number;
  readonly results: readonly RuleResult[];
  readonly holds: number;
  readonly broken: number;
  /** Markdown that shows it as a badge; `null` when only some rules were tried. */
  readonly badge: string | null;
}

/** `isWhole`: all rules were asked for. Some alone prove nothing that a badge could show. */
export function reportOf(
  module: string,
  { kind, name, contract }: TrialPlan,
  results: readonly RuleResult[],
  isWhole: boolean,
): ConformanceReport {
  const holds = results.filter(({ outcome }) => outcome === "holds").length;
  const broken = results.filter(({ outcome }) => outcome === "broken").length;
  const badge = isWhole ? badgeOf(kind, contract, holds, broken) : null;
  return { kind, module, name, contract, results, holds, broken, badge };
}

/** One rule on lines of its own. What was seen comes from code that is not ours: escaped, and not longer than a screen. */
export function ruleLines({ rule, says, outcome, found }: RuleResult): string {
  const mark = { holds: "ok  ", broken: "FAIL", "not concerned": "-   " }[outcome];
  const seen = found === undefined ? "" : `       ${printable(shortened(found))}\n`;
  return `${mark}  ${printable(rule)}: ${printable(says)}\n${seen}`;
}

export function summary({ name, results, holds, broken, badge }: ConformanceReport): string {
  const asked = holds + broken;
  if (asked === 0) return `\nNothing was tried: no rule that was asked for concerns ${printable(name)}\n`;
  const rest = results.length - asked;
  const more = rest === 0 ? "" : `; ${rest} ${rest === 1 ? "does" : "do"} not concern it`;
  const line = badge === null ? "" : `${badge}\n`;
  return `\n${holds} of ${asked} rules hold for ${printable(name)}${more}\n${line}`;
}

/** A picture of shields.io, as a line of Markdown. */
function badgeOf(kind: ConformanceKind, contract: number, holds: number, broken: number): string {
  const label = `wiggum ${kind} contract ${contract}`;
  const value = `${holds}/${holds + broken} rules`;
  const colour = broken === 0 && holds > 0 ? "brightgreen" : "red";
  const part = (text: string) => encodeURIComponent(text.replaceAll("-", "--").replaceAll("_", "__"));
  return `![${label}: ${value}](https://img.shields.io/badge/${part(label)}-${part(value)}-${colour})`;
}

const longest = 600;

function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
