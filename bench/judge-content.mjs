// Compares what the commits did to the text of the tickets with what each operation was to do.

/** Front matter that each kind of write may change. */
const touches = {
  comment: ["updated_at"],
  dependency: ["depends_on", "updated_at"],
  assign: ["assigned_agent_id", "assigned_at", "lease_epoch", "updated_at"],
  claim: ["state", "assigned_agent_id", "assigned_at", "lease_epoch", "updated_at"],
};

/**
 * @param history as `readHistory` gives it
 * @param attempts with `effect`, one of
 *   `{ kind: "comment", ticket, text }` (`text`: one line, used once),
 *   `{ kind: "dependency", ticket, on }`,
 *   `{ kind: "assign" | "claim", ticket, agent }`; attempts without one are not looked at
 * @param read `(commit, file) => { values, body } | undefined`
 * @returns findings in words
 */
export function judgeContent(history, attempts, read) {
  const expected = attempts.filter(({ effect }) => effect !== undefined);
  const byOperation = new Map(expected.map((attempt) => [attempt.operationId, attempt]));
  const written = new Set();
  const holders = new Map();
  const findings = [];
  for (const entry of history) {
    findings.push(...judgeReach(entry));
    for (const operation of entry.trailers.Op ?? []) {
      written.add(operation);
      const attempt = byOperation.get(operation);
      if (attempt === undefined) continue;
      findings.push(...judgeStep(entry, attempt.effect, read));
      if ("agent" in attempt.effect) holders.set(attempt.effect.ticket, attempt.effect.agent);
    }
  }
  for (const attempt of expected) findings.push(...judgeTip(attempt, written, read));
  for (const [ticket, agent] of holders) {
    const holder = read("main", `${ticket}.md`)?.values.assigned_agent_id;
    if (holder !== agent)
      findings.push(`content: ${ticket} is held by ${holder}, the last to win was ${agent}`);
  }
  return findings;
}

/** A commit that speaks for an operation changes the ticket that it names, and nothing else. */
function judgeReach({ commit, subject, trailers, paths }) {
  if (trailers.Op === undefined) return [];
  const named = (trailers.Ticket ?? []).map((id) => `${id}.md`);
  if (paths.length === 0) return [`empty: ${commit} (${subject}) changes nothing`];
  if (named.length === 1 && paths.length === 1 && paths[0] === named[0]) return [];
  return [`stray: ${commit} (${subject}) names ${named.join(" ") || "nothing"}, touches ${paths.join(" ")}`];
}

/** What the commit of an operation did, line by line: its own effect, and nothing else. */
function judgeStep({ commit, parents }, effect, read) {
  const file = `${effect.ticket}.md`;
  const after = read(commit, file);
  const before = parents[0] === undefined ? undefined : read(parents[0], file);
  // A file that is missing or unreadable is told by who reads every file.
  if (after === undefined || before === undefined) return [];
  const findings = [];
  const complain = (what) => findings.push(`content: ${commit} (${effect.kind} ${effect.ticket}) ${what}`);
  for (const key of new Set([...Object.keys(before.values), ...Object.keys(after.values)])) {
    const isSame = JSON.stringify(before.values[key]) === JSON.stringify(after.values[key]);
    if (!isSame && !touches[effect.kind].includes(key)) complain(`changes ${key}`);
  }
  const former = before.body.trimEnd();
  if (effect.kind === "comment") {
    if (!after.body.startsWith(`${former}\n`)) complain("overwrites what stood there");
    else if (countLines(after.body.slice(former.length), effect.text) !== 1)
      complain("does not add its comment once");
  } else if (after.body.trimEnd() !== former) complain("changes the text");
  if (effect.kind === "dependency") {
    const wanted = [...(before.values.depends_on ?? []), effect.on].sort();
    if (JSON.stringify([...(after.values.depends_on ?? [])].sort()) !== JSON.stringify(wanted))
      complain(`does not add exactly ${effect.on}`);
  }
  if ("agent" in effect && after.values.assigned_agent_id !== effect.agent)
    complain(`names ${after.values.assigned_agent_id}, not ${effect.agent}`);
  if (effect.kind === "claim" && after.values.state !== "in-progress")
    complain(`leaves ${after.values.state}`);
  return findings;
}

/** What is there in the end: once if it was acknowledged, never if refused; of the others, as often as it was written. */
function judgeTip({ operationId, status, effect }, written, read) {
  const record = read("main", `${effect.ticket}.md`);
  const isWanted = status === "acknowledged" || (status !== "refused" && written.has(operationId));
  const count =
    effect.kind === "comment"
      ? countLines(record?.body ?? "", effect.text)
      : effect.kind === "dependency"
        ? (record?.values.depends_on ?? []).filter((id) => id === effect.on).length
        : undefined;
  if (count === undefined || count === (isWanted ? 1 : 0)) return [];
  return [
    `content: ${effect.kind} of ${operationId} (${status}) is in ${effect.ticket} ${count} times, not ${isWanted ? 1 : 0}`,
  ];
}

function countLines(text, line) {
  return text.split("\n").filter((candidate) => candidate === line).length;
}
