// Judges a finished demo from outside: the code on main, the commit graph, the ticket history. Nothing that an agent said counts.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changes } from "./expected.mjs";

/** Runs git, whatever the environment says of other repositories. @throws when it ends otherwise than `allowed` */
export function askGit(cwd, args, allowed = [0]) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  const run = spawnSync("git", args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: Object.fromEntries(inherited),
  });
  if (!allowed.includes(run.status))
    throw new Error(`git ${args.join(" ")} failed in ${cwd}: ${run.error?.message ?? run.stderr}`);
  return run;
}

/** Standard output of git. @throws when it fails */
export function git(cwd, ...args) {
  return askGit(cwd, args).stdout;
}

/** What each change must show, against a clean checkout of main. @returns what does not hold, in words, each with the name of its change */
export function checkCode(project) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-demo-check-"));
  try {
    const checkout = join(folder, "main");
    git(project, "clone", "-q", "--branch", "main", ".", checkout);
    const failures = [];
    const tests = spawnSync("npm", ["test", "--silent"], { cwd: checkout, encoding: "utf8" });
    if (tests.status !== 0) failures.push("the tests on main fail");
    for (const { key, calls, contains } of changes) {
      for (const call of calls) {
        if (!holds(checkout, call))
          failures.push(`${key}: ${call[0]}(${JSON.stringify(call[1]).slice(1, -1)}) is not "${call[2]}"`);
      }
      for (const { file, text } of contains) {
        if (!contentOf(join(checkout, file)).includes(text)) failures.push(`${key}: ${file} lacks ${text}`);
      }
    }
    return failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const contentOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** In a process of its own: a module is loaded once per process, and main may differ from the last look. */
function holds(checkout, [name, given, value]) {
  const program = `import(process.argv[1]).then((module) => {
    const got = module[process.argv[2]](...JSON.parse(process.argv[3]));
    process.exitCode = JSON.stringify(got) === process.argv[4] ? 0 : 1;
  });`;
  const run = spawnSync(
    process.execPath,
    ["-e", program, "--", join(checkout, "src/index.js"), name, JSON.stringify(given), JSON.stringify(value)],
    { encoding: "utf8" },
  );
  return run.status === 0;
}

/** The tickets that the store holds: id, title and state. */
export function readTickets(project) {
  const store = join(project, ".wiggum", "tickets.git");
  const names = git(store, "ls-tree", "-r", "-z", "--name-only", "main").split("\0");
  return names
    .filter((name) => /^[a-z]+-[0-9a-z]+\.md$/.test(name))
    .map((name) => {
      const text = git(store, "cat-file", "blob", `main:${name}`);
      return {
        id: name.replace(/\.md$/, ""),
        title: /^# (.*)$/m.exec(text)?.[1] ?? "",
        state: /^state: (.*)$/m.exec(text)?.[1] ?? "",
      };
    });
}

/** Every change is asked for by one ticket, which is done, and nothing else is. @returns what is not so, in words */
export function checkTickets(project) {
  const tickets = readTickets(project);
  const problems = changes.flatMap(({ key }) => {
    const own = tickets.filter(({ title }) => title.startsWith(`${key}: `));
    if (own.length !== 1) return [`${key}: ${own.length} tickets ask for it, not one`];
    return own.filter(({ state }) => state !== "done").map(({ id, state }) => `${key}: ${id} is ${state}`);
  });
  if (tickets.length !== changes.length)
    problems.push(`the store holds ${tickets.length} tickets, not ${changes.length}`);
  return problems;
}

/** Transitions and claims from the ticket store's commits, oldest first. */
export function readHistory(project) {
  const format = "%x00%H%x01%cI%x01%s%x01%(trailers:only,unfold)";
  const log = git(join(project, ".wiggum", "tickets.git"), "log", "--reverse", `--format=${format}`, "main");
  return log
    .split("\0")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [commit, at, subject, trailerText = ""] = entry.split("\x01");
      const trailers = {};
      for (const line of trailerText.split("\n")) {
        const match = /^([A-Za-z-]+): (.*)$/.exec(line);
        if (match !== null) trailers[match[1]] = match[2];
      }
      return { commit, at, subject, trailers };
    });
}

/**
 * One row a ticket, from ticket history and commit graph alone.
 * @param start commit of main before any agent worked
 */
export function summarize(project, filed, start) {
  const history = readHistory(project);
  const brought = new Set(git(project, "rev-list", "main", `^${start}`).trim().split("\n"));
  return filed.map(({ key, id }) => {
    const own = history.filter((entry) => entry.trailers.Ticket === id);
    const moves = own.filter(
      (entry) => entry.trailers.From !== undefined && entry.trailers.From !== entry.trailers.To,
    );
    const back = moves.filter(({ trailers }) => trailers.To === "in-progress" && trailers.From !== "ready");
    const epochs = own.map((entry) => Number(entry.trailers.Epoch ?? 0));
    const handIns = own.flatMap(({ trailers }) => {
      const commit = /\bhand-in of ([0-9a-f]{40,64})\b/.exec(trailers.Cause ?? "")?.[1];
      return commit === undefined ? [] : [{ commit, worker: trailers.Actor }];
    });
    return {
      key,
      id,
      path: moves.map((entry) => entry.trailers.To),
      actors: [
        ...new Set(own.map((entry) => entry.trailers.Actor).filter((actor) => /-\d+$/.test(actor ?? ""))),
      ],
      timesSentBack: back.length,
      // What could not be merged is sent back when it is done: nobody rejected that.
      rejections: back.filter(({ trailers }) => ["review", "qa"].includes(trailers.From)).length,
      claims: Math.max(0, ...epochs),
      isDone: moves.at(-1)?.trailers.To === "done",
      handIns,
      // The commit that the history names is on main, and was not there before: whatever became of its branches.
      isMerged: brought.has(handIns.at(-1)?.commit),
    };
  });
}
