// Replays the history of a ticket store and compares it with what was issued and acknowledged. Whatever nobody issued is a finding.
import { judgeContent } from "./judge-content.mjs";
import { judgeOrder } from "./judge-order.mjs";
import { judgePushes } from "./judge-pushes.mjs";
import { judgeRelayouts } from "./judge-relayout.mjs";
import { judgeReplay } from "./judge-replay.mjs";
import { edges, git, isTicketFile, readHistory, ticketIn, ticketReader } from "./store-history.mjs";

/** Files that a new store begins with; written down a second time on purpose. */
const firstFiles = [".gitattributes", ".gitkeep", ".wiggum-layout", "README.md"];

/** What a commit of the race may say of itself. Nobody oversteps the state machine there, gives a cause, or skips hooks. */
const plainTrailers = ["Ticket", "From", "To", "Epoch", "Op", "Actor", "Kind", "Role", "Host"];

/**
 * @param store path of `tickets.git`
 * @param attempts everything that was started on this store since it was made, setting it up included:
 *   `{ operationId, status: "acknowledged" | "refused" | "killed" | "unknown", effect, beginUs, endUs }`, `effect` as in `judgeContent`; the
 *   moments are microseconds of the system's monotonic clock, `endUs` when the answer was there. Without them the order is not judged
 * @param beside `pushes` as in `judgePushes`; `reads` as in `judgeOrder`; `since`: a commit, what is older is taken as it is
 * @returns findings in words; empty = every commit after the first is one operation that was issued and did what it was to do, in an order
 *   that everybody who was there could have seen, and nothing that was acknowledged is missing
 */
export function judgeStore(store, attempts, { pushes = [], reads = [], since = undefined } = {}) {
  const findings = [];
  const fsck = git(store, ["fsck", "--strict", "--no-dangling"], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  if (fsck.status !== 0) findings.push(`git fsck --strict: ${fsck.stderr.trim().slice(0, 500)}`);

  const whole = readHistory(store, since);
  if (whole.length === 0 && since === undefined) return [...findings, "there is no history"];
  const read = ticketReader(store);
  read.prepare(whole.flatMap(namesOf));
  if (since === undefined) findings.push(...judgeFirst(whole[0]));
  const all = since === undefined ? whole.slice(1) : whole;
  const pushed = judgePushes(store, all, pushes);
  findings.push(...pushed.findings);
  const moved = judgeRelayouts(store, all);
  findings.push(...moved.findings);
  const history = all.filter(({ commit }) => !pushed.commits.has(commit) && !moved.commits.has(commit));
  findings.push(...judgeOperations(history, attempts));
  for (const entry of history) {
    findings.push(...judgeReach(entry), ...judgeStates(entry, read));
  }
  if (since === undefined) findings.push(...judgeCycles(store, read));
  findings.push(...judgeContent(history, attempts, read));
  findings.push(...judgeOrder(whole, attempts, reads));
  // A second opinion of the whole: where single commits are wrong already, it would only say so again.
  if (findings.length === 0 && since === undefined && pushes.length === 0)
    findings.push(...judgeReplay(history, attempts, read));
  return findings;
}

/** Tickets that a commit wrote, as they were after it and before it. */
function namesOf({ commit, parents, changes }) {
  return changes
    .filter(({ path }) => isTicketFile(path))
    .flatMap(({ path }) => [commit, ...parents.slice(0, 1)].map((revision) => `${revision}:${path}`));
}

/** The first commit makes an empty store. */
function judgeFirst({ commit, trailers, changes }) {
  const findings = changes
    .filter(({ path, mode }) => !firstFiles.includes(path) || mode !== "100644")
    .map(({ path, mode }) => `foreign: ${path} (${mode}) is there from the first commit`);
  if (trailers.Op !== undefined) findings.push(`unissued: the first commit ${commit} is an operation`);
  return findings;
}

/** Every commit is one operation that was issued and not refused; every operation is in one commit at most. */
function judgeOperations(history, attempts) {
  const findings = [];
  const issued = new Map(attempts.map((attempt) => [attempt.operationId, attempt]));
  const seen = new Map();
  for (const { commit, subject, trailers } of history) {
    const operations = trailers.Op ?? [];
    if (operations.length !== 1)
      findings.push(`unissued: ${commit} (${subject}) names ${operations.length} operations, not one`);
    for (const operation of operations) {
      if (!issued.has(operation))
        findings.push(`unissued: ${commit} (${subject}) is operation ${operation}, which nobody sent`);
      seen.set(operation, [...(seen.get(operation) ?? []), commit]);
    }
    for (const [key, values] of Object.entries(trailers)) {
      if (!plainTrailers.includes(key))
        findings.push(`unissued: ${commit} (${subject}) says "${key}: ${values[0]}"; nobody asked for that`);
    }
  }
  for (const [operation, commits] of seen) {
    if (commits.length > 1)
      findings.push(`duplicate: operation ${operation} is in ${commits.length} commits`);
    if (issued.get(operation)?.status === "refused")
      findings.push(`phantom: ${operation} was refused, yet it is in ${commits[0]}`);
  }
  for (const { operationId, status } of attempts) {
    if (status === "acknowledged" && !seen.has(operationId))
      findings.push(`lost: acknowledged ${operationId} is in no commit`);
  }
  return findings;
}

/** A commit changes the one ticket that it names, and nothing else; nothing goes away; whatever is not a ticket stays out. */
function judgeReach({ commit, parents, subject, trailers, changes }) {
  const findings = [];
  const paths = changes.map(({ path }) => path);
  const named = trailers.Ticket ?? [];
  if (parents.length > 1) findings.push(`${commit} is a merge: histories were joined`);
  if (paths.length === 0) findings.push(`empty: ${commit} (${subject}) changes nothing`);
  for (const { path, mode, kind } of changes) {
    if (kind === "D") findings.push(`gone: ${path} vanishes in ${commit} (${subject})`);
    else if (!isTicketFile(path) || mode !== "100644")
      findings.push(`foreign: ${commit} (${subject}) brings ${path} (${mode})`);
  }
  if (paths.length > 0 && (named.length !== 1 || paths.length !== 1 || ticketIn(paths[0]) !== named[0]))
    findings.push(
      `stray: ${commit} (${subject}) names ${named.join(" ") || "nothing"}, touches ${paths.join(" ")}`,
    );
  return findings;
}

/** States move along edges, epochs only up and with every claim; a commit tells its own step truly. */
function judgeStates({ commit, parents, trailers, changes }, read) {
  const findings = [];
  for (const { path } of changes.filter((change) => isTicketFile(change.path) && change.kind !== "D")) {
    const after = read(commit, path);
    const before = parents[0] === undefined ? undefined : read(parents[0], path);
    if (typeof after !== "object") findings.push(`${commit}: ${path} cannot be read`);
    if (typeof after !== "object" || before === "unreadable") continue;
    const { state } = after.values;
    const from = before?.values.state;
    const epoch = epochOf(after);
    if (from !== undefined && from !== state && !edges[from]?.includes(state))
      findings.push(`illegal: ${path} goes ${from} -> ${state} in ${commit}`);
    if (before !== undefined && epoch < epochOf(before)) findings.push(`epoch of ${path} falls in ${commit}`);
    if (from === "ready" && state === "in-progress" && epoch === epochOf(before))
      findings.push(`claim without a new epoch: ${path} in ${commit}`);
    const told = [trailers.From?.[0], trailers.To?.[0], trailers.Epoch?.[0]];
    const seen = [from, state, String(epoch)];
    if (JSON.stringify(told) !== JSON.stringify(seen))
      findings.push(
        `broken chain: ${commit} says ${told.join(", ")} of ${path}, which goes ${seen.join(", ")}`,
      );
  }
  return findings;
}

const epochOf = ({ values }) => Number(values.lease_epoch ?? 0);

function judgeCycles(store, read) {
  const names = git(store, ["ls-tree", "-r", "-z", "--name-only", "main"])
    .stdout.split("\0")
    .filter(isTicketFile);
  read.prepare(names.map((name) => `main:${name}`));
  const graph = new Map();
  for (const name of names) {
    const ticket = read("main", name);
    if (typeof ticket === "object") graph.set(ticket.values.id, ticket.values.depends_on ?? []);
  }
  const done = new Set();
  const visit = (id, path) => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (done.has(id)) return undefined;
    for (const next of graph.get(id) ?? []) {
      const cycle = visit(next, [...path, id]);
      if (cycle !== undefined) return cycle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of graph.keys()) {
    const cycle = visit(id, []);
    if (cycle !== undefined) return [`dependency cycle: ${cycle.join(" -> ")}`];
  }
  return [];
}
