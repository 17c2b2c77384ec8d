// Reads a ticket store with plain git and a parser of its own. Knows nothing of Wiggum's packages: a fault in them must not hide itself here.
import { spawnSync } from "node:child_process";
import { environment } from "./barrier.mjs";

/** Runs git on the store, as it is: what replaces objects is not looked at. @throws when it ends otherwise than `allowed` */
export function git(store, args, allowed = [0]) {
  const run = spawnSync("git", ["--no-replace-objects", "--git-dir", store, ...args], {
    encoding: "utf8",
    env: environment,
    maxBuffer: 512 * 1024 * 1024,
  });
  if (!allowed.includes(run.status)) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
  return run;
}

/** Name of the ticket's file. */
export const fileOf = (ticket) => `${ticket}.md`;

/** Whether a file of that name is a ticket, going by the name alone. */
export const isTicketFile = (path) => /^[a-z]+-[0-9a-z]+\.md$/.test(path);

/**
 * First-parent commits of main, oldest first: `{ commit, parents, subject, trailers, changes }`. `trailers` has a list of values for each key,
 * `changes` one `{ path, mode, kind }` for each path that differs from the first parent (`mode` after it; `kind` `A`dded, `D`eleted,
 * `M`odified, `T`ype changed).
 */
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
      const [commit, parentList, subject, trailerText = ""] = entry.split("\x01");
      const parents = parentList.split(" ").filter(Boolean);
      return {
        commit,
        parents,
        subject,
        trailers: readTrailers(trailerText),
        changes: readChanges(store, commit, parents[0]),
      };
    });
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

function readChanges(store, commit, parent) {
  const between = parent === undefined ? ["--root", commit] : [parent, commit];
  const fields = git(store, ["diff-tree", "--no-commit-id", "-r", "--raw", "-z", ...between]).stdout.split(
    "\0",
  );
  const changes = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode, , , kind] = fields[at].split(" ");
    changes.push({ path: fields[at + 1], mode, kind });
  }
  return changes;
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
 * nothing does.
 */
export function ticketReader(store) {
  const known = new Map();
  return (revision, file) => {
    const name = `${revision}:${file}`;
    if (!known.has(name)) {
      const blob = git(store, ["cat-file", "blob", name], [0, 128]);
      if (blob.status !== 0) known.set(name, undefined);
      else {
        const values = parseFrontMatter(blob.stdout);
        const body = blob.stdout.slice(blob.stdout.indexOf("\n---\n", 3) + 5);
        known.set(name, values === undefined ? "unreadable" : { values, body });
      }
    }
    return known.get(name);
  };
}
