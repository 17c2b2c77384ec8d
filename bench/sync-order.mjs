// Which syncs went before which rename: what a power cut could take away, read from a trace of system calls. Knows nothing of the writer.
import { basename, dirname, join } from "node:path";

/** System calls that the trace must hold (with `strace -f -y`). */
export const tracedCalls =
  "fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,write,pwrite64";

/**
 * @param trace what strace wrote while operations were made on `root`, whose journal is `journal`
 * @param isPowerSafe whether names must have reached the disk as well
 * @returns `{ moves, findings }`: how often main moved, and what was not synced in time
 */
export function judgeSyncs(trace, { root, journal, isPowerSafe }) {
  const findings = [];
  /** Files by path: is what was written to them synced? */
  const files = new Map();
  /** Names given in a folder since it was synced. */
  const names = new Map();
  const main = join(root, "refs/heads/main");
  let moves = 0;
  const named = (path) => names.set(dirname(path), [...(names.get(dirname(path)) ?? []), basename(path)]);

  for (const { call, paths, descriptor } of callsOf(trace, root)) {
    if (call.startsWith("write") || call.startsWith("pwrite")) {
      files.set(descriptor, false);
      // The answer is in the journal: now whoever asked takes it for true.
      if (
        descriptor === journal &&
        moves > 0 &&
        isPowerSafe &&
        (names.get(dirname(main)) ?? []).includes("main")
      ) {
        findings.push("the answer was given before the name of the branch was synced");
        names.delete(dirname(main));
      }
    } else if (call.includes("sync")) {
      files.set(descriptor, true);
      names.delete(descriptor);
    } else if (call.startsWith("mkdir")) named(paths[0]);
    else {
      const [from, to] = paths;
      files.set(to, files.get(from) ?? false);
      named(to);
      if (to !== main) continue;
      moves += 1;
      findings.push(...unsyncedAt({ files, names, root, isPowerSafe }));
    }
  }
  return { moves, findings };
}

/** What the moving branch makes reachable and a power cut could still take. */
function unsyncedAt({ files, names, root, isPowerSafe }) {
  const objects = join(root, "objects");
  const isObject = (path) => path.startsWith(`${objects}/`) && !/^(?:tmp_|incoming)/.test(basename(path));
  const contents = [...files]
    .filter(([path, isSynced]) => !isSynced && (isObject(path) || path === join(root, "refs/heads/main")))
    .map(([path]) => `main moved before the content of ${path.slice(root.length + 1)} was synced`);
  if (!isPowerSafe) return contents;
  const folders = [...names]
    .filter(([folder]) => folder === objects || folder.startsWith(`${objects}/`))
    .map(([folder, list]) => [folder, list.filter((name) => isObject(join(folder, name)))])
    .filter(([, list]) => list.length > 0)
    .map(
      ([folder, list]) =>
        `main moved before ${folder.slice(root.length + 1)} was synced, which got ${list.join(" ")}`,
    );
  return [...contents, ...folders];
}

/** Calls that did what they were to do: `{ call, paths, descriptor }`, the path of the descriptor as strace tells it. */
function* callsOf(trace, root) {
  const begun = new Map();
  for (const line of trace.split("\n")) {
    const [, pid, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined) continue;
    if (rest.endsWith("<unfinished ...>")) {
      begun.set(pid, rest.replace("<unfinished ...>", ""));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const text = resumed === null ? rest : `${begun.get(pid) ?? ""}${resumed[1]}`;
    const [, call, words] = /^(\w+)\((.*)\)\s+= \d+/.exec(text) ?? [];
    if (call === undefined) continue;
    const paths = [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path]) =>
      join(path.startsWith("/") ? "/" : root, path),
    );
    const [, descriptor] = /^\d+<([^>]*)>/.exec(words) ?? [];
    yield { call, paths, descriptor };
  }
}
