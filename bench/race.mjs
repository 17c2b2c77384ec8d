// The race bench: many processes of the built command start at a barrier and write to one store; some are killed.
// Acknowledgements are kept outside the store; afterwards `judge.mjs` replays the history. Zero lost races = it did not race = failure.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeStore } from "./judge.mjs";

const command = fileURLToPath(new URL("../bin/wiggum", import.meta.url));
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_/.test(name)),
);

let counter = 0;
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID's alphabet and length; unique in this run: the process and a counter, each at a fixed width. */
function operationId() {
  counter += 1;
  const encode = (value, width) =>
    Array.from(
      { length: width },
      (_, place) => digits[Math.floor(value / 32 ** (width - 1 - place)) % 32],
    ).join("");
  return `0RACE${encode(process.pid, 8)}${encode(counter, 13)}`;
}

function wiggum(project, ...args) {
  const run = spawnSync(command, args, { cwd: project, encoding: "utf8", env: environment });
  if (run.status !== 0) throw new Error(`wiggum ${args.join(" ")} ended with ${run.status}: ${run.stderr}`);
  return run.stdout.trim();
}

function makeProject(folder) {
  const project = join(folder, "project");
  spawnSync("git", ["init", "-q", "-b", "main", project], { env: environment });
  wiggum(folder, "--quiet", "--version");
  const run = spawnSync(command, ["init", "--agent", "true"], {
    cwd: project,
    encoding: "utf8",
    env: environment,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return project;
}

/**
 * Starts every job at the same moment: each waits in a shell for a line on its standard input, then becomes the command.
 * @param killPercent chance that a job is killed at a random moment of `killWithinMs`
 */
export async function atBarrier(project, jobs, { killPercent = 0, killWithinMs = 1500, random }) {
  const waiting = jobs.map((args) => {
    const id = operationId();
    const child = spawn(
      "/bin/sh",
      ["-c", 'read -r _ && exec "$@"', "sh", command, ...args, "--operation-id", id],
      {
        cwd: project,
        env: environment,
        stdio: ["pipe", "ignore", "pipe"],
        detached: true,
      },
    );
    let error = "";
    child.stderr.on("data", (chunk) => {
      error += chunk;
    });
    return { args, operationId: id, child, error: () => error };
  });
  const outcomes = waiting.map(
    ({ args, operationId: id, child, error }) =>
      new Promise((resolve) => {
        const started = performance.now();
        child.once("close", (code, signal) => {
          resolve({
            args,
            operationId: id,
            code,
            signal,
            error: error(),
            started,
            ended: performance.now(),
            status: verdict(code),
          });
        });
      }),
  );
  for (const { child } of waiting) {
    child.stdin.write("go\n");
    child.stdin.end();
    if (random() * 100 < killPercent) {
      setTimeout(() => {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // It had ended.
        }
      }, random() * killWithinMs);
    }
  }
  return Promise.all(outcomes);
}

function verdict(code) {
  if (code === null || code === 137) return "killed";
  if (code === 0) return "acknowledged";
  return code === 11 ? "unknown" : "refused";
}

/** The largest number of jobs that ran at one moment. */
function overlapOf(outcomes) {
  const marks = outcomes.flatMap(({ started, ended }) => [
    [started, 1],
    [ended, -1],
  ]);
  marks.sort((left, right) => left[0] - right[0] || left[1] - right[1]);
  let running = 0;
  let most = 0;
  for (const [, change] of marks) {
    running += change;
    most = Math.max(most, running);
  }
  return most;
}

const expected = { 0: "done", 6: "not legal any more", 8: "changed since seen", 9: "beaten", 12: "busy" };

async function scenario(name, project, jobs, options, check) {
  const outcomes = await atBarrier(project, jobs, options);
  const findings = check(outcomes);
  for (const { code, args, error } of outcomes) {
    const isCycle = code === 1 && error.includes("would close a cycle");
    if (code !== null && code !== 137 && expected[code] === undefined && !isCycle)
      findings.push(`${args.join(" ")} ended with ${code}: ${error.trim()}`);
  }
  const lost = outcomes.filter((outcome) => outcome.status === "refused").length;
  const killed = outcomes.filter((outcome) => outcome.status === "killed").length;
  return { name, outcomes, findings, overlap: overlapOf(outcomes), lost, killed };
}

export async function runRace({ processes = 32, seed = 1 } = {}) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const folder = mkdtempSync(join(tmpdir(), "wiggum-race-"));
  try {
    const project = makeProject(folder);
    const numbers = Array.from({ length: processes }, (_, index) => index);
    const create = (title) => wiggum(project, "ticket", "create", title);
    const acknowledged = (outcomes) => outcomes.filter((outcome) => outcome.status === "acknowledged");

    const one = create("one ticket");
    const own = numbers.map((number) => create(`ticket ${number}`));
    const pairs = numbers
      .slice(0, Math.floor(processes / 2))
      .map((number) => [create(`left ${number}`), create(`right ${number}`)]);
    const plain = { random };
    const deadly = { random, killPercent: 30 };

    const runs = [
      await scenario(
        "one ticket",
        project,
        numbers.map((number) => ["ticket", "claim", one, `worker-${number}`]),
        plain,
        (outcomes) =>
          acknowledged(outcomes).length === 1
            ? []
            : [`${acknowledged(outcomes).length} claims of one ticket were acknowledged`],
      ),
      await scenario(
        "many tickets",
        project,
        own.map((id, number) => ["ticket", "claim", id, `worker-${number}`]),
        plain,
        (outcomes) =>
          acknowledged(outcomes).length === processes
            ? []
            : [`only ${acknowledged(outcomes).length} of ${processes} writes to different tickets landed`],
      ),
      await scenario(
        "crossing dependencies",
        project,
        pairs.flatMap(([left, right]) => [
          ["ticket", "dep", "add", left, right],
          ["ticket", "dep", "add", right, left],
        ]),
        plain,
        (outcomes) =>
          pairs.flatMap(([left, right]) => {
            const both = acknowledged(outcomes).filter(({ args }) => [left, right].includes(args[3]));
            return both.length === 1
              ? []
              : [`${left} and ${right}: ${both.length} of two crossing dependencies were acknowledged`];
          }),
      ),
      await scenario(
        "comments and kills",
        project,
        numbers.map((number) => ["ticket", "comment", own[number % 4], `worker-${number}`, `text ${number}`]),
        deadly,
        () => [],
      ),
      await scenario(
        "claims and kills",
        project,
        pairs.flatMap(([left]) => [
          ["ticket", "assign", left, "worker-1"],
          ["ticket", "assign", left, "worker-2"],
        ]),
        deadly,
        () => [],
      ),
    ];

    const findings = runs.flatMap((run) => run.findings.map((finding) => `${run.name}: ${finding}`));
    findings.push(
      ...judgeStore(
        join(project, ".wiggum", "tickets.git"),
        runs.flatMap((run) => run.outcomes),
      ),
    );
    findings.push(...judgeAfterwards(project));
    const lost = runs.reduce((sum, run) => sum + run.lost, 0);
    if (lost === 0) findings.push("no race was lost: the processes did not meet");
    if (Math.max(...runs.map((run) => run.overlap)) < Math.min(processes, 8))
      findings.push("the processes did not overlap");
    return { runs, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The next command works, and nobody had to run git. */
function judgeAfterwards(project) {
  try {
    const id = wiggum(project, "ticket", "create", "the next command");
    wiggum(project, "ticket", "claim", id, "worker-99");
    wiggum(project, "ticket", "list");
    const status = spawnSync("git", ["status", "--porcelain"], {
      cwd: join(project, ".wiggum", "tickets"),
      encoding: "utf8",
      env: environment,
    });
    return status.stdout === "" ? [] : [`the people's view is not clean: ${status.stdout}`];
  } catch (error) {
    return [`after the race: ${error.message}`];
  }
}

export function printRace({ runs, findings }) {
  console.log("SCENARIO                 PROCESSES  OVERLAP  DONE  LOST RACES  KILLED");
  for (const { name, outcomes, overlap, lost, killed } of runs) {
    const done = outcomes.length - lost - killed;
    const numbers = [outcomes.length, overlap, done, lost, killed];
    const widths = [9, 7, 4, 10, 6];
    console.log(
      [name.padEnd(23), ...numbers.map((number, column) => String(number).padStart(widths[column]))].join(
        "  ",
      ),
    );
  }
  const kinds = ["lost", "duplicate", "phantom", "illegal"];
  const counts = kinds.map(
    (kind) => `${kind} ${findings.filter((finding) => finding.startsWith(`${kind}:`)).length}`,
  );
  console.log(
    `${counts.join(", ")}, other findings ${findings.filter((finding) => !kinds.some((kind) => finding.startsWith(`${kind}:`))).length}`,
  );
  for (const finding of findings) console.log(`  - ${finding}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rounds = "1", processes = "32"] = process.argv.slice(2);
  let failures = 0;
  for (let round = 1; round <= Number(rounds); round += 1) {
    console.log(`\nround ${round}`);
    const result = await runRace({ processes: Number(processes), seed: round });
    printRace(result);
    if (result.findings.length > 0) failures += 1;
  }
  process.exitCode = failures === 0 ? 0 : 1;
}
