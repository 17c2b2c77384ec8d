// Reads a ticket store with plain git and a parser of its own. Knows nothing of Wiggum's packages: a fault in them must not hide itself here.
import { spawnSync } from "node:child_process";
import { environment } from "./barrier.mjs";

/** States and edges of the built-in ticket type, written down a second time on purpose. */
export const edges = {
  ready: ["in-progress", "closed"],
  "in-progress": ["review"],
  review: ["qa", "in-progress", "done", "closed"],
  qa: ["done", "in-progress", "closed"],
  done: [],
  closed: [],
};

/** Runs git on the store, as it is: what replaces objects is not looked at. @throws when it ends otherwise than `allowed` */
export function git(store, args, allowed = [0], input = undefined) {
  const run = spawnSync("git", ["--no-replace-objects", "--git-dir", store, ...args], {
    encoding: "utf8",
    env: environment,
    maxBuffer: 1024 * 1024 * 1024,
    ...(input !== undefined && { input }),
  });
  if (!allowed.includes(run.status)) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
  return run;
}

/** Name of the ticket's file, without the folder that a large store keeps it in. */
export const fileOf = (ticket) => `${ticket}.md`;

/** Whether a file of that name is a ticket, going by the name alone. Large stores keep it in a folder of two digits, which its id begins with. */
export function isTicketFile(path) {
  const match = /^(?:([0-9a-z]{2})\/)?[a-z]+-([0-9a-z]+)\.md$/.exec(path);
  return match !== null && (match[1] === undefined || match[2].startsWith(match[1]));
}

/** Id of the ticket that this file is. */
export const ticketIn = (path) => path.replace(/^.*\//, "").replace(/\.md$/, "");

/**
 * First-parent commits of main, oldest first: `{ commit, parents, subject, trailers, changes }`. `trailers` has a list of values for each key,
 * `changes` one `{ path, mode, kind }` for each path that differs from the first parent (`mode` after it; `kind` `A`dded, `D`eleted,
 * `M`odified, `T`ype changed).
 * @param since what comes after this commit only
 */
export function readHistory(store, since) {
  const log = git(store, [
    "log",
    "--reverse",
    "--first-parent",
    "--format=%x00%H%x01%P%x01%s%x01%(trailers:only,unfold)",
    since === undefined ? "main" : `${since}..main`,
  ]);
  const entries = log.stdout
    .split("\0")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [commit, parentList, subject, trailerText = ""] = entry.split("\x01");
      return {
        commit,
        parents: parentList.split(" ").filter(Boolean),
        subject,
        trailers: readTrailers(trailerText),
      };
    });
  const changes = readChanges(store, entries);
  return entries.map((entry) => ({ ...entry, changes: changes.get(entry.commit) ?? [] }));
}

function readTrailers(text) {
  const trailers = {};
  for (const line of text.split("\n")) {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match === null) continue;
    trailers[match[1]] ??= [];
    trailers[match[1]].push(match[2]);
  }
  return trailers;
}

/** By commit, what differs from its first parent. A commit that changes nothing is not in it. */
function readChanges(store, entries) {
  const input = entries.map(({ commit, parents }) => `${commit} ${parents[0] ?? ""}`.trimEnd()).join("\n");
  const args = ["diff-tree", "--stdin", "-r", "--root", "--raw", "-z", "--no-renames"];
  const fields = git(store, args, [0], `${input}\n`).stdout.split("\0");
  const found = new Map();
  let changes = [];
  for (let at = 0; at < fields.length - 1; at += 1) {
    if (fields[at].startsWith(":")) {
      const [, mode, , , kind] = fields[at].split(" ");
      at += 1;
      changes.push({ path: fields[at], mode, kind });
    } else {
      changes = [];
      found.set(fields[at], changes);
    }
  }
  return found;
}

/** Front matter as flat `key: value` lines and block lists; deliberately simple. `undefined` when it is anything else. */
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

/**
 * Reads tickets at a revision, each only once: `{ values, body }`; `"unreadable"` where something else than a ticket lies, `undefined` where
 * nothing does. `prepare` reads many at one go.
 */
export function ticketReader(store) {
  const known = new Map();
  const keep = (name, text) => {
    const values = text === undefined ? undefined : parseFrontMatter(text);
    const body = text?.slice(text.indexOf("\n---\n", 3) + 5);
    if (text === undefined) known.set(name, undefined);
    else known.set(name, values === undefined ? "unreadable" : { values, body });
  };
  const read = (revision, file) => {
    const name = `${revision}:${file}`;
    if (!known.has(name)) {
      const blob = git(store, ["cat-file", "blob", name], [0, 128]);
      keep(name, blob.status === 0 ? blob.stdout : undefined);
    }
    const there = known.get(name);
    if (there !== undefined || file.includes("/")) return there;
    return read(revision, `${file.replace(/^[a-z]+-/, "").slice(0, 2)}/${file}`);
  };
  read.prepare = (names) => {
    for (const [name, text] of readBlobs(store, names)) keep(name, text);
  };
  return read;
}

/** Texts of blobs by name, `undefined` where there is none. */
function readBlobs(store, names) {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return [];
  const run = spawnSync(
    "git",
    ["--no-replace-objects", "--git-dir", store, "cat-file", "--batch", "--buffer"],
    {
      env: environment,
      maxBuffer: 2 * 1024 * 1024 * 1024,
      input: `${wanted.join("\n")}\n`,
    },
  );
  if (run.status !== 0) throw new Error(`git cat-file --batch: ${run.stderr}`);
  let at = 0;
  return wanted.map((name) => {
    const end = run.stdout.indexOf(0x0a, at);
    const [, type, size] = run.stdout.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (type === undefined || !/^\d+$/.test(size)) return [name, undefined];
    const text = run.stdout.toString("utf8", at, at + Number(size));
    at += Number(size) + 1;
    return [name, type === "blob" ? text : undefined];
  });
}
