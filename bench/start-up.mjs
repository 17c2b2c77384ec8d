// What a command costs, as a ratio to starting bare Node, in one interleaved run.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const bin = fileURLToPath(new URL("../apps/cli/dist/bin.cjs", import.meta.url));
const core = new URL("../packages/ticket-core/dist/", import.meta.url);

/** A project of its own with twenty tickets and one more, whose id is `id`. */
function makeProject(folder) {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(WIGGUM|GIT)_|^NODE_(?:OPTIONS|COMPILE_CACHE)/.test(name),
    ),
  );
  // A home of its own: the compiled code that is kept there is of this run.
  Object.assign(environment, { HOME: join(folder, "home"), XDG_CACHE_HOME: "" });
  const root = join(folder, "project");
  for (const path of [environment.HOME, root]) mkdirSync(path);
  const run = (args, extra = {}) => {
    const start = performance.now();
    const env = { ...environment, ...extra };
    const result = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
    const ms = performance.now() - start;
    if (result.status !== 0)
      throw new Error(`${args.join(" ")} ended with ${result.status}: ${result.stderr}`);
    return { ms, out: result.stdout.trim() };
  };
  spawnSync("git", ["init", "-q", "-b", "main", root], { env: environment });
  run([bin, "init", "--agent", "true"]);
  for (let index = 0; index < 20; index += 1) run([bin, "ticket", "create", `ticket ${index}`]);
  return { run, id: run([bin, "ticket", "create", "the one that is changed"]).out };
}

/** What is measured, by its name; each makes the arguments of one run. */
function measuredIn({ run, id }) {
  const mover = run([bin, "ticket", "create", "the one that moves"]).out;
  run([bin, "ticket", "transition", mover, "in-progress", "--no-hooks"]);
  let moves = 0;
  const importing = (name) => [
    "--input-type=module",
    "-e",
    `import ${JSON.stringify(new URL(name, core).href)}`,
  ];
  return {
    "bare node": () => ["-e", "0"],
    "wiggum --version": () => [bin, "--version"],
    "wiggum --help": () => [bin, "--help"],
    "wiggum has-capacity": () => [bin, "has-capacity"],
    "wiggum ticket ready": () => [bin, "ticket", "ready"],
    "wiggum ticket show": () => [bin, "ticket", "show", id],
    "wiggum ticket list": () => [bin, "ticket", "list"],
    "wiggum status": () => [bin, "status"],
    "wiggum ticket comment": () => [bin, "ticket", "comment", id, "bench", "text"],
    "wiggum ticket transition": () => {
      moves += 1;
      return [bin, "ticket", "transition", mover, moves % 2 === 1 ? "review" : "in-progress", "--no-hooks"];
    },
    "ticket-core/light": () => importing("light.js"),
    "ticket-core": () => importing("index.js"),
  };
}

/** How often a command starts git: a program of that name, before the real one on PATH, writes it down. */
function countingGit(folder) {
  const real = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
  const programs = join(folder, "programs");
  const record = join(folder, "git-starts");
  mkdirSync(programs);
  writeFileSync(join(programs, "git"), `#!/bin/sh\necho >> '${record}'\nexec '${real}' "$@"\n`);
  chmodSync(join(programs, "git"), 0o755);
  return (run, make) => {
    // What a former command left to do is done by the first.
    run(make());
    rmSync(record, { force: true });
    run(make(), { PATH: `${programs}${delimiter}${process.env.PATH}` });
    return existsSync(record) ? readFileSync(record, "utf8").length : 0;
  };
}

function median(values) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

export function printStartUp(rounds = 21) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-start-up-"));
  try {
    const project = makeProject(folder);
    const measured = Object.entries(measuredIn(project));
    const count = countingGit(folder);
    const starts = new Map(measured.map(([name, make]) => [name, count(project.run, make)]));
    const times = new Map(measured.map(([name]) => [name, []]));
    const before = loadavg()[0];
    for (let round = 0; round < rounds; round += 1)
      for (const [name, make] of measured) times.get(name).push(project.run(make()).ms);
    const bare = times.get("bare node");
    const load = [before, loadavg()[0]].map((value) => value.toFixed(1)).join(" to ");
    console.log(
      `Starts of bare node (median ${median(bare).toFixed(1)} ms), ${rounds} rounds, interleaved, load ${load}`,
    );
    console.log(`${"COMMAND".padEnd(26)}  MEDIAN  LEAST  STARTS OF GIT`);
    for (const [name, values] of times) {
      const ratios = [median(values) / median(bare), Math.min(...values) / Math.min(...bare)];
      const [middle, least] = ratios.map((ratio) => ratio.toFixed(2));
      console.log(`${name.padEnd(26)}  ${middle.padStart(6)}  ${least.padStart(5)}  ${starts.get(name)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) printStartUp();
