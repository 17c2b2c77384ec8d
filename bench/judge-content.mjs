// Compares what each commit did to the text of its ticket, line by line, with what its operation was to do.
import { fileOf, ticketIn } from "./store-history.mjs";

/** Front matter that each kind of write may change. */
const touches = {
  comment: ["updated_at"],
  dependency: ["depends_on", "updated_at"],
  assign: ["assigned_agent_id", "assigned_at", "lease_epoch", "updated_at"],
  claim: ["state", "assigned_agent_id", "assigned_at", "lease_epoch", "updated_at"],
  transition: ["state", "updated_at"],
};

/** Front matter of a ticket that `ticket create <title>` makes, its id and times apart. */
const fresh = {
  type: "task",
  priority: "2",
  state: "ready",
  assigned_agent_id: [],
  assigned_at: [],
  depends_on: [],
  blocks: [],
  created_by: "manual",
};

const isTime = (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value);

/**
 * @param history as `readHistory` gives it, without the commit that made the store
 * @param attempts with `effect`, one of
 *   `{ kind: "create", ticket, title }` (`ticket`: the id that was answered; absent when there was no answer),
 *   `{ kind: "comment", ticket, author, text }` (`text`: one line, used once),
 *   `{ kind: "dependency", ticket, on }`,
 *   `{ kind: "assign" | "claim", ticket, agent }`,
 *   `{ kind: "transition", ticket, to }`
 * @param read as `ticketReader` makes it
 * @returns findings in words
 */
export function judgeContent(history, attempts, read) {
  const byOperation = new Map(attempts.map((attempt) => [attempt.operationId, attempt]));
  const written = new Set();
  const holders = new Map();
  const shapes = new Map();
  const findings = [];
  for (const entry of history) {
    for (const operation of entry.trailers.Op ?? []) {
      written.add(operation);
      const attempt = byOperation.get(operation);
      // One that nobody issued is told by who reads the operations.
      if (attempt === undefined) continue;
      const { effect } = attempt;
      if (effect === undefined) {
        findings.push(`content: ${entry.commit}: nobody knows what ${operation} was to do`);
        continue;
      }
      findings.push(...(effect.kind === "create" ? judgeCreate : judgeStep)(entry, effect, read, shapes));
      if ("agent" in effect) holders.set(effect.ticket, effect.agent);
    }
  }
  if (shapes.size > 1) findings.push(`content: new tickets begin with ${shapes.size} different texts`);
  for (const attempt of attempts) findings.push(...judgeTip(attempt, written, read));
  for (const [ticket, agent] of holders) {
    const holder = read("main", fileOf(ticket))?.values?.assigned_agent_id;
    if (holder !== agent)
      findings.push(`content: ${ticket} is held by ${holder}, the last to win was ${agent}`);
  }
  return findings;
}

/** A new ticket has its title, and besides that is like every other new one. */
function judgeCreate({ commit, parents, changes }, { ticket, title }, read, shapes) {
  const file = changes[0]?.path ?? fileOf(ticket);
  const after = read(commit, file);
  if (after === undefined || after === "unreadable") return [];
  const findings = [];
  const complain = (what) => findings.push(`content: ${commit} (create ${ticket ?? file}) ${what}`);
  if (read(parents[0], file) !== undefined) complain("overwrites a ticket");
  if (ticket !== undefined && ticketIn(file) !== ticket) complain(`makes ${file}`);
  const { created_at: createdAt, updated_at: updatedAt, ...values } = after.values;
  const expected = { id: ticketIn(file), ...fresh };
  for (const key of new Set([...Object.keys(expected), ...Object.keys(values)])) {
    if (JSON.stringify(values[key]) !== JSON.stringify(expected[key]))
      complain(`begins with ${key} ${JSON.stringify(values[key])}`);
  }
  if (!isTime(createdAt) || updatedAt !== createdAt) complain("tells no time of its making");
  const heading = `\n# ${title}\n`;
  if (!after.body.startsWith(heading)) complain("has another title");
  shapes.set(after.body.slice(heading.length), commit);
  return findings;
}

/** What the commit of an operation did, line by line: its own effect, and nothing else. */
function judgeStep({ commit, parents }, effect, read) {
  const file = fileOf(effect.ticket);
  const after = read(commit, file);
  const before = read(parents[0], file);
  // A file that vanished or is unreadable is told by who looks at every file.
  if (typeof after !== "object" || before === "unreadable") return [];
  const complain = (what) => findings.push(`content: ${commit} (${effect.kind} ${effect.ticket}) ${what}`);
  const findings = [];
  if (before === undefined) {
    complain("brings the ticket into being");
    return findings;
  }
  for (const key of new Set([...Object.keys(before.values), ...Object.keys(after.values)])) {
    const isSame = JSON.stringify(before.values[key]) === JSON.stringify(after.values[key]);
    if (!isSame && !touches[effect.kind].includes(key)) complain(`changes ${key}`);
  }
  if (!isTime(after.values.updated_at)) complain("tells no time");
  if (effect.kind === "comment") judgeComment(before.body, after.body, effect, complain);
  else if (after.body !== before.body) complain("changes the text");
  if (effect.kind === "dependency") {
    const wanted = [...(before.values.depends_on ?? []), effect.on].sort();
    if (JSON.stringify([...(after.values.depends_on ?? [])].sort()) !== JSON.stringify(wanted))
      complain(`does not add exactly ${effect.on}`);
  }
  if ("agent" in effect) {
    if (after.values.assigned_agent_id !== effect.agent)
      complain(`names ${after.values.assigned_agent_id}, not ${effect.agent}`);
    if (!isTime(after.values.assigned_at)) complain("tells no time of the assignment");
  }
  if (effect.kind === "claim") {
    if (before.values.state !== "ready") complain(`takes a ticket that is ${before.values.state}`);
    if (after.values.state !== "in-progress") complain(`leaves ${after.values.state}`);
  }
  if (effect.kind === "transition" && after.values.state !== effect.to)
    complain(`leaves ${after.values.state}, not ${effect.to}`);
  const epoch = Number(after.values.lease_epoch ?? 0);
  if (epoch !== epochAfter(effect, before)) complain(`leaves epoch ${epoch}`);
  return findings;
}

/** Every claim begins an epoch, and so does an assignment that takes the ticket from somebody else. */
function epochAfter({ kind, agent }, { values }) {
  const before = Number(values.lease_epoch ?? 0);
  const holder = values.assigned_agent_id ?? [];
  const isTakenOver = kind === "assign" && holder.length > 0 && holder !== agent;
  return kind === "claim" || isTakenOver ? before + 1 : before;
}

/** What stood there still stands there; below it is one entry: who, the mark that makes it one, the text. */
function judgeComment(before, after, { author, text }, complain) {
  const former = before.trimEnd();
  if (!after.startsWith(`${former}\n`)) return complain("overwrites what stood there");
  const added = after.slice(former.length);
  const lines = added.split("\n").filter((line) => line !== "");
  // The first comment of a ticket brings its section along.
  const isFirst = lines[0] === "## Comments" && !before.includes("\n## Comments\n");
  const [head = "", mark = "", ...texts] = isFirst ? lines.slice(1) : lines;
  const isEntry =
    new RegExp(`^### From ${author} \\(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d\\)$`).test(head) &&
    /^<!-- wiggum:event \{"id":"\w+","kind":"comment",.*\} -->$/.test(mark) &&
    mark.includes(`"author":"${author}"`);
  if (countLines(added, text) !== 1) complain("does not add its comment once");
  else if (!isEntry || texts.length !== 1) complain("adds something else than its comment");
  return undefined;
}

/** What is there in the end: once if it was acknowledged, never if refused; of the others, as often as it was written. */
function judgeTip({ operationId, status, effect }, written, read) {
  if (effect?.ticket === undefined) return [];
  const ticket = read("main", fileOf(effect.ticket));
  const record = typeof ticket === "object" ? ticket : undefined;
  const isWanted = status === "acknowledged" || (status !== "refused" && written.has(operationId));
  const counts = {
    create: () => Number(record !== undefined),
    comment: () => countLines(record?.body ?? "", effect.text),
    dependency: () => (record?.values.depends_on ?? []).filter((id) => id === effect.on).length,
  };
  const count = counts[effect.kind]?.();
  if (count === undefined || count === (isWanted ? 1 : 0)) return [];
  return [
    `content: ${effect.kind} of ${operationId} (${status}) is in ${effect.ticket} ${count} times, not ${isWanted ? 1 : 0}`,
  ];
}

function countLines(text, line) {
  return text.split("\n").filter((candidate) => candidate === line).length;
}
