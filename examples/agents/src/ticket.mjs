import { wiggum } from "./run-program.mjs";

/** The text of the agent's ticket, as anybody would read it. */
export function readTicket(id) {
  const shown = wiggum("ticket", "show", id);
  if (shown.code !== 0) throw new Error(`cannot read ${id}: ${shown.err}`);
  return parseTicket(shown.out);
}

export function parseTicket(text) {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? "";
  const state = /^state: (.+)$/m.exec(text)?.[1] ?? "";
  const section = (heading) => {
    const start = text.indexOf(`\n## ${heading}\n`);
    if (start < 0) return "";
    const rest = text.slice(start + heading.length + 5);
    const end = rest.search(/^## /m);
    return end < 0 ? rest : rest.slice(0, end);
  };
  const criteria = [...section("Acceptance Criteria").matchAll(/^- \[[ xX]\] (.+)$/gm)].map(
    (match) => match[1],
  );
  return { title, state, description: section("Description"), criteria, feedback: section("Feedback") };
}

/** "`call` returns `value`" among the criteria. */
export function examplesOf(criteria) {
  const examples = [];
  for (const criterion of criteria) {
    const match = /^`(\w+)\((.*)\)` returns `(.*)`$/.exec(criterion);
    if (match === null) continue;
    const [, name, rawArguments, rawValue] = match;
    examples.push({
      criterion,
      name,
      arguments: JSON.parse(`[${rawArguments}]`),
      value: JSON.parse(rawValue),
    });
  }
  return examples;
}

/** "`file` contains `text`" among the criteria. */
export function contentsOf(criteria) {
  return criteria.flatMap((criterion) => {
    const match = /^`([^`]+)` contains `([^`]+)`$/.exec(criterion);
    return match === null ? [] : [{ criterion, file: match[1], text: match[2] }];
  });
}

/** The newest feedback, as numbered findings. */
export function newestFindings(feedback) {
  const entries = feedback.split(/^### From /m).slice(1);
  const newest = entries.at(-1) ?? "";
  return [...newest.matchAll(/^\d+\. (.+)$/gm)].map((match) => match[1]);
}
