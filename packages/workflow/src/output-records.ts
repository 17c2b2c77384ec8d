import type { AnswerRules, RecordPattern, RecordRules, ReportedFact } from "./agent-profile.js";
import type { EvidenceFact } from "./runner.js";

/** What the last record that says something says about the agent's work; absent = none does. */
export function factOfRecords(rules: RecordRules, output: string): EvidenceFact | undefined {
  for (const record of recordsOf(output).toReversed()) {
    const rule = rules.facts.find(({ when }) => fits(record, when));
    if (rule !== undefined) {
      return factOf(rule.fact, rule.take === undefined ? undefined : textAt(record, rule.take));
    }
  }
  return undefined;
}

/** A reported fact as evidence has it. `text` explains it: a question, a reason. */
export function factOf(fact: ReportedFact, text: string | undefined): EvidenceFact {
  switch (fact) {
    case "waiting":
      return text === undefined ? { kind: "waiting" } : { kind: "waiting", question: text };
    case "blocked":
    case "retrying":
      return { kind: fact, reason: text ?? "it does not say why" };
    default:
      return { kind: fact };
  }
}

/** Lines as people read them: records by their rules, all other lines as they are. */
export function readableLines(rules: RecordRules, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const record = parseRecord(line);
    if (record === undefined) return [line];
    return rules.show
      .filter(({ when }) => fits(record, when))
      .flatMap(({ take, prefix = "" }) =>
        take.flatMap((path) => textsAt(record, path)).map((text) => `${prefix}${text}`),
      )
      .flatMap((text) => text.split("\n"));
  });
}

/** What the records say that the work has cost, US dollars; absent = they do not say it, or say 0, as programs do that know no price. */
export function costOfRecords({ cost }: RecordRules, output: string): number | undefined {
  if (cost === undefined) return undefined;
  const amounts = recordsOf(output)
    .filter((record) => fits(record, cost.when))
    .flatMap((record) => valuesAt(record, cost.take))
    .filter(
      (amount): amount is number => typeof amount === "number" && Number.isFinite(amount) && amount >= 0,
    );
  const total =
    cost.isAdded === true ? amounts.reduce((sum, amount) => sum + amount, 0) : (amounts.at(-1) ?? 0);
  return total > 0 ? total : undefined;
}

/** How many tokens the records say that the work has used; absent = they do not say it. */
export function tokensOfRecords({ tokens }: RecordRules, output: string): number | undefined {
  if (tokens === undefined) return undefined;
  const counts = recordsOf(output)
    .filter((record) => fits(record, tokens.when))
    .map((record) =>
      tokens.take
        .flatMap((path) => valuesAt(record, path))
        .filter((count): count is number => typeof count === "number" && Number.isFinite(count) && count >= 0)
        .reduce((sum, count) => sum + count, 0),
    );
  const total =
    tokens.isAdded === true ? counts.reduce((sum, count) => sum + count, 0) : (counts.at(-1) ?? 0);
  return total > 0 ? total : undefined;
}

/** The answer of a hidden question, or why there is none. */
export type Answer = { readonly text: string } | { readonly failure: string };

/** The answer in the output of a one-shot question. */
export function answerIn(rules: AnswerRules | undefined, output: string): Answer {
  if (rules === undefined) {
    const text = output.trim();
    return text === "" ? { failure: "it printed nothing" } : { text };
  }
  const records = recordsOf(output).toReversed();
  const { failure } = rules;
  const failed = failure && records.find((record) => fits(record, failure.when));
  if (failure && failed) return { failure: textAt(failed, failure.take) ?? "it failed and does not say why" };
  const answered = records.find((record) => fits(record, rules.when));
  const text = answered === undefined ? undefined : textAt(answered, rules.take)?.trim();
  return text === undefined || text === "" ? { failure: "there is no answer in what it printed" } : { text };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function recordsOf(output: string): readonly JsonRecord[] {
  return output
    .split("\n")
    .map(parseRecord)
    .filter((record) => record !== undefined);
}

function parseRecord(line: string): JsonRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as JsonRecord;
  } catch {
    return undefined;
  }
}

function fits(record: JsonRecord, pattern: RecordPattern): boolean {
  return Object.entries(pattern).every(([path, wanted]) => valuesAt(record, path).includes(wanted));
}

/** All texts at that path, as one; absent = there is none. */
export function textAt(record: JsonRecord, path: string): string | undefined {
  const texts = textsAt(record, path);
  return texts.length === 0 ? undefined : texts.join("\n");
}

function textsAt(record: JsonRecord, path: string): readonly string[] {
  return valuesAt(record, path)
    .filter((value) => typeof value === "string" || typeof value === "number")
    .map(String)
    .filter((text) => text !== "");
}

/** Every value that the path leads to: more than one where it goes through lists. */
function valuesAt(record: JsonRecord, path: string): readonly unknown[] {
  let values: readonly unknown[] = [record];
  for (const part of path.split(".")) {
    const isList = part.endsWith("[]");
    const name = isList ? part.slice(0, -2) : part;
    values = values.flatMap((value) => {
      const found = typeof value === "object" && value !== null ? (value as JsonRecord)[name] : undefined;
      if (isList) return Array.isArray(found) ? (found as readonly unknown[]) : [];
      return found === undefined ? [] : [found];
    });
  }
  return values;
}
