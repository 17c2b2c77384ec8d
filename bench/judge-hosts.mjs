// What two hosts did to one upstream, judged by plain git: every acknowledged operation is in the line of main once, or is named as refused.
import { edges, fileOf, git, isTicketFile, readHistory, ticketReader } from "./store-history.mjs";

/**
 * @param stores paths of the hosts' `tickets.git` and of the upstream as `{ path, branch }`
 * @param attempts everything that was sent: `{ operationId, status: "acknowledged" | "refused" | "killed", ticket?, text? }`; `text` = the comment that
 *   it was to leave in `ticket`
 * @returns `{ findings, refused, joins }`; findings in words, empty = all is well
 */
export function judgeHosts(stores, attempts) {
  const findings = [];
  const tips = stores.map(({ path, branch }) => git(path, ["rev-parse", branch]).stdout.trim());
  if (new Set(tips).size !== 1) findings.push(`apart: the hosts end at ${tips.join(", ")}`);
  for (const { path } of stores) {
    const fsck = git(path, ["fsck", "--strict", "--no-dangling"], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    if (fsck.status !== 0) findings.push(`git fsck --strict of ${path}: ${fsck.stderr.trim().slice(0, 500)}`);
  }
  const [{ path: store }] = stores;
  const [, ...history] = readHistory(store);
  const read = ticketReader(store);
  const joins = history.filter(({ parents }) => parents.length > 1);
  const refused = readRefused(store);
  for (const { commit, changes, trailers } of joins) {
    // Nothing comes in by a join: what it joins is in the line already, operation by operation.
    if (changes.length > 0) findings.push(`foreign: the join ${commit} changes ${changes[0].path}`);
    if (!trailers.Op?.[0]?.startsWith("sync-")) findings.push(`unissued: ${commit} is a merge of somebody's`);
  }
  const line = history.filter(({ parents }) => parents.length < 2);
  findings.push(...judgeOperations(line, refused, attempts));
  for (const entry of line) findings.push(...judgeStep(entry, read));
  findings.push(...judgeComments(line, attempts, read));
  return { findings, refused: refused.size, joins: joins.length };
}

/** What joins name as refused, those included that were joined once more before they were sent: they are beside the line. */
function readRefused(store) {
  const format = "--format=%(trailers:key=Refused,valueonly,unfold)";
  const said = git(store, ["log", "--merges", format, "main"]).stdout.split("\n");
  return new Set(said.filter((each) => each !== ""));
}

function judgeOperations(line, refused, attempts) {
  const findings = [];
  const issued = new Set(attempts.map(({ operationId }) => operationId));
  const times = new Map();
  for (const { commit, trailers } of line) {
    const operations = trailers.Op ?? [];
    if (operations.length !== 1 || !issued.has(operations[0]))
      findings.push(`unissued: ${commit} is ${operations.join(" ") || "no operation"}, which nobody sent`);
    for (const operation of operations) times.set(operation, (times.get(operation) ?? 0) + 1);
  }
  for (const [operation, count] of times)
    if (count > 1) findings.push(`duplicate: operation ${operation} is in ${count} commits`);
  for (const { operationId, status } of attempts) {
    const isIn = times.has(operationId);
    if (status === "acknowledged" && !isIn && !refused.has(operationId))
      findings.push(
        `lost: acknowledged ${operationId} is in no commit, and nobody was told that it was refused`,
      );
    if (isIn && refused.has(operationId))
      findings.push(`phantom: ${operationId} was refused, and is in the line`);
    if (isIn && status === "refused")
      findings.push(`phantom: ${operationId} was refused here, and is in the line`);
  }
  return findings;
}

/** States move along edges, epochs up and with every claim; a commit tells its own step truly. */
function judgeStep({ commit, parents, trailers, changes }, read) {
  return changes
    .filter(({ path }) => isTicketFile(path))
    .flatMap(({ path }) => {
      const [before, after] = [read(parents[0], path), read(commit, path)];
      if (typeof after !== "object") return [`content: ${path} cannot be read in ${commit}`];
      const [from, to] = [before?.values?.state, after.values.state];
      const rise = Number(after.values.lease_epoch ?? 0) - Number(before?.values?.lease_epoch ?? 0);
      const findings = [];
      if (from !== undefined && from !== to && !edges[from]?.includes(to))
        findings.push(`illegal: ${path} goes ${from} -> ${to} in ${commit}`);
      if (from === "ready" && to === "in-progress" && rise !== 1)
        findings.push(`illegal: ${path} is claimed in ${commit} and its epoch rises by ${rise}`);
      if (trailers.To?.[0] !== to || trailers.From?.[0] !== from)
        findings.push(`broken chain: ${commit} says ${trailers.From?.[0]} -> ${trailers.To?.[0]} of ${path}`);
      return findings;
    });
}

/** A comment that is in the line is in its ticket at the end, once; any other is not. */
function judgeComments(line, attempts, read) {
  const accepted = new Set(line.flatMap(({ trailers }) => trailers.Op ?? []));
  return attempts
    .filter(({ text }) => text !== undefined)
    .flatMap(({ operationId, ticket, text }) => {
      const found = read("main", fileOf(ticket));
      const count = typeof found === "object" ? found.body.split(text).length - 1 : 0;
      const wanted = accepted.has(operationId) ? 1 : 0;
      return count === wanted ? [] : [`content: "${text}" is ${count} times in ${ticket}, not ${wanted}`];
    });
}
