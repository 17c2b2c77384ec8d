// Replays the history of a ticket store with plain git and a parser of its own, and compares it with what was acknowledged.
// Knows nothing of Wiggum's packages: a fault in them must not hide itself here.
import { spawnSync } from "node:child_process";
import { judgeContent } from "./judge-content.mjs";

/** States and edges of the built-in ticket type, written down a second time on purpose. */
const edges = {
  ready: ["in-progress", "closed"],
  "in-progress": ["review"],
  review: ["qa", "in-progress", "done", "closed"],
  qa: ["done", "in-progress", "closed"],
  done: [],
  closed: [],
};

function git(store, args, allowed = [0]) {
  const run = spawnSync("git", ["--git-dir", store, ...args], {
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  if (!allowed.includes(run.status)) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
  return run;
}

/** First-parent commits of main, oldest first, each with its trailers, the paths that it changed, and the ticket files among them. */
export function readHistory(store) {
  const log = git(store, [
    "log",
    "--reverse",
    "--first-parent",
    "--format=%x00%H%x01%P%x01%s%x01%(trailers:only,unfold)",
    "main",
  ]);
  return log.stdout
    .split("\0")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [commit, parents, subject, trailerText = ""] = entry.split("\x01");
      const trailers = {};
      for (const line of trailerText.split("\n")) {
        const match = /^([A-Za-z-]+): (.*)$/.exec(line);
        if (match === null) continue;
        trailers[match[1]] ??= [];
        trailers[match[1]].push(match[2]);
      }
      const paths = git(store, ["diff-tree", "--root", "--no-commit-id", "--name-only", "-r", commit])
        .stdout.split("\n")
        .filter(Boolean);
      const files = paths.filter((name) => name.endsWith(".md") && name !== "README.md");
      return { commit, parents: parents.split(" ").filter(Boolean), subject, trailers, paths, files };
    });
}

/** Front matter as flat `key: value` lines and block lists; deliberately simple. */
export function parseFrontMatter(text) {
  const lines = text.split("\n");
  if (lines[0] !== "---") return undefined;
  const end = lines.indexOf("---", 1);
  if (end < 0) return undefined;
  const values = {};
  let list;
  for (const line of lines.slice(1, end)) {
    const item = /^ {2}- (.*)$/.exec(line);
    if (item !== null && list !== undefined) {
      values[list].push(item[1]);
      continue;
    }
    const pair = /^([a-z_]+):(?: (.*))?$/.exec(line);
    if (pair === null) return undefined;
    if (Object.hasOwn(values, pair[1])) return undefined;
    list = undefined;
    if (pair[2] === undefined || pair[2] === "[]") {
      values[pair[1]] = [];
      list = pair[1];
    } else values[pair[1]] = pair[2];
  }
  return values;
}

/** Reads tickets at a revision, each only once: `{ values, body }`, or undefined where there is no ticket that can be read. */
function ticketReader(store) {
  const known = new Map();
  return (revision, file) => {
    const name = `${revision}:${file}`;
    if (!known.has(name)) {
      const blob = git(store, ["cat-file", "blob", name], [0, 128]);
      const values = blob.status === 0 ? parseFrontMatter(blob.stdout) : undefined;
      const body = blob.stdout.slice(blob.stdout.indexOf("\n---\n", 3) + 5);
      known.set(name, values && { values, body });
    }
    return known.get(name);
  };
}

/**
 * @param store path of `tickets.git`
 * @param attempts what was started: `{ operationId, status: "acknowledged" | "refused" | "killed" | "unknown", effect }`, `effect` as in
 *   `judgeContent`, or none
 * @returns findings in words; empty = nothing wrong
 */
export function judgeStore(store, attempts) {
  const findings = [];
  const fsck = git(store, ["fsck", "--strict", "--no-dangling"], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  if (fsck.status !== 0) findings.push(`git fsck --strict: ${fsck.stderr.trim().slice(0, 500)}`);

  const history = readHistory(store);
  const issued = new Map(attempts.map((attempt) => [attempt.operationId, attempt]));
  const seen = new Map();
  for (const { commit, trailers } of history) {
    for (const operation of trailers.Op ?? []) {
      seen.set(operation, [...(seen.get(operation) ?? []), commit]);
    }
  }
  for (const [operation, commits] of seen) {
    if (commits.length > 1)
      findings.push(`duplicate: operation ${operation} is in ${commits.length} commits`);
    const attempt = issued.get(operation);
    if (attempt === undefined) continue;
    if (attempt.status === "refused")
      findings.push(`phantom: ${operation} was refused, yet it is in ${commits[0]}`);
  }
  for (const { operationId, status } of attempts) {
    if (status === "acknowledged" && !seen.has(operationId))
      findings.push(`lost: acknowledged ${operationId} is in no commit`);
  }
  findings.push(...judgeTickets(store, history));
  findings.push(...judgeCycles(store));
  findings.push(...judgeContent(history, attempts, ticketReader(store)));
  return findings;
}

function judgeTickets(store, history) {
  const findings = [];
  const state = new Map();
  const epoch = new Map();
  for (const { commit, parents, files, trailers } of history) {
    if (parents.length > 1) findings.push(`${commit} is a merge: histories were joined`);
    for (const file of files) {
      const text = git(store, ["cat-file", "blob", `${commit}:${file}`], [0, 128]);
      if (text.status !== 0) continue;
      const values = parseFrontMatter(text.stdout);
      if (values === undefined) {
        findings.push(`${commit}: ${file} cannot be read`);
        continue;
      }
      const before = state.get(file);
      if (
        before !== undefined &&
        before !== values.state &&
        !edges[before]?.includes(values.state) &&
        trailers.Override === undefined
      ) {
        findings.push(`illegal: ${file} goes ${before} -> ${values.state} in ${commit}`);
      }
      if (before !== undefined && trailers.From !== undefined && trailers.From[0] !== before) {
        findings.push(`broken chain: ${commit} says From ${trailers.From[0]}, ${file} was ${before}`);
      }
      const now = Number(values.lease_epoch ?? 0);
      if (now < (epoch.get(file) ?? 0)) findings.push(`epoch of ${file} falls in ${commit}`);
      if (before === "ready" && values.state === "in-progress" && now === (epoch.get(file) ?? 0)) {
        findings.push(`claim without a new epoch: ${file} in ${commit}`);
      }
      state.set(file, values.state);
      epoch.set(file, now);
    }
  }
  return findings;
}

function judgeCycles(store) {
  const names = git(store, ["ls-tree", "-r", "--name-only", "main"])
    .stdout.split("\n")
    .filter((name) => name.endsWith(".md") && name !== "README.md");
  const graph = new Map();
  for (const name of names) {
    const values = parseFrontMatter(git(store, ["cat-file", "blob", `main:${name}`]).stdout);
    if (values !== undefined) graph.set(values.id, values.depends_on ?? []);
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
