// Judges a finished demo from outside: the code on main, the commit graph, the ticket history. Nothing that an agent said counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentsOf, examplesOf } from "@wiggum/example-agents/ticket";
import { tickets } from "./tickets.mjs";

export function git(cwd, ...args) {
  const run = spawnSync("git", args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(`git ${args.join(" ")} failed: ${run.stderr}`);
  return run.stdout;
}

/** Every acceptance criterion of every ticket, against a clean checkout of main. @returns what does not hold, in words */
export function checkCode(project) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-demo-check-"));
  try {
    const checkout = join(folder, "main");
    git(project, "clone", "-q", "--branch", "main", ".", checkout);
    const failures = [];
    const tests = spawnSync("npm", ["test", "--silent"], { cwd: checkout, encoding: "utf8" });
    if (tests.status !== 0) failures.push("the tests on main fail");
    for (const ticket of tickets) {
      for (const example of examplesOf(ticket.criteria)) {
        if (!holds(checkout, example)) failures.push(`${ticket.key}: ${example.criterion}`);
      }
      for (const { file, text, criterion } of contentsOf(ticket.criteria)) {
        if (!readFileSync(join(checkout, file), "utf8").includes(text))
          failures.push(`${ticket.key}: ${criterion}`);
      }
    }
    return failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In a process of its own: a module is loaded once per process, and main may differ from the last look. */
function holds(checkout, { name, arguments: given, value }) {
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

/** One row a ticket, from ticket history and commit graph alone. */
export function summarize(project, filed) {
  const history = readHistory(project);
  const mainCommits = new Set(git(project, "rev-list", "main").trim().split("\n"));
  return filed.map(({ key, id }) => {
    const own = history.filter((entry) => entry.trailers.Ticket === id);
    const moves = own.filter(
      (entry) => entry.trailers.From !== undefined && entry.trailers.From !== entry.trailers.To,
    );
    const epochs = own.map((entry) => Number(entry.trailers.Epoch ?? 0));
    const feature = git(project, "for-each-ref", "--format=%(objectname)", `refs/heads/feature/${id}`).trim();
    return {
      key,
      id,
      path: moves.map((entry) => entry.trailers.To),
      actors: [
        ...new Set(own.map((entry) => entry.trailers.Actor).filter((actor) => /-\d+$/.test(actor ?? ""))),
      ],
      rejections: moves.filter(({ trailers }) => trailers.To === "in-progress" && trailers.From !== "ready")
        .length,
      claims: Math.max(0, ...epochs),
      isDone: moves.at(-1)?.trailers.To === "done",
      isMerged: feature === "" || mainCommits.has(feature),
    };
  });
}
