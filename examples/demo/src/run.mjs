// Copies a small real library to a temporary folder, files six tickets and lets agents turn them into merged commits.
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { conflictsOf } from "./conflicts.mjs";
import { crashOneWorker } from "./crash.mjs";
import { watchThroughKills } from "./kill-run.mjs";
import { startOpenCode } from "./open-code.mjs";
import { readOptions, usage } from "./options.mjs";
import { endPanes, showPanes } from "./panes.mjs";
import { processesOf } from "./processes.mjs";
import { printTable } from "./table.mjs";
import { inOrder, ticketsWithout } from "./tickets.mjs";
import { checkCode, checkTickets, git, readHistory, summarize } from "./verify.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const command = here("../../../bin/wiggum");
const agent = fileURLToPath(import.meta.resolve("@wiggum/example-agents"));

/** What everything that the demo starts finds in its environment besides. */
let added = {};

export async function runDemo(given) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-demo-")));
  const project = join(folder, "wordkit");
  const started = performance.now();
  const usesScript = given.runner === "opencode" && given.agent === undefined;
  const openCode = usesScript ? await startOpenCode(folder, agent) : undefined;
  added = openCode?.environment ?? {};
  const options = usesScript ? { ...given, agent: "opencode", prompt: openCode.prompt } : given;
  try {
    prepare(project, options);
    const start = git(project, "rev-parse", "main").trim();
    const filed = file(project, options);
    const run = { start, ...(await supervise(project, options, filed)) };
    const problems = judge(project, options, filed, run);
    if (openCode !== undefined) console.log(`\nThe model was asked ${await openCode.turns()} times.`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      problems.length === 0
        ? `\nAll six changes are on main, in ${seconds} s.`
        : `\nNot good, after ${seconds} s:`,
    );
    for (const problem of problems) console.log(`  - ${problem}`);
    return { project, folder, filed, run, problems };
  } finally {
    openCode?.stop();
    added = {};
    if (options.keep) console.log(`The project is in ${project}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

function wiggum(project, ...args) {
  const run = spawnSync(command, args, { cwd: project, encoding: "utf8", env: environment() });
  if (run.status !== 0) throw new Error(`wiggum ${args.join(" ")} ended with ${run.status}:\n${run.stderr}`);
  return run.stdout.trim();
}

/** Nothing of an outer project or agent may steer the demo. */
function environment(extra = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_/.test(name));
  return { ...Object.fromEntries(inherited), ...added, ...extra };
}

function prepare(project, options) {
  cpSync(here("../../demo-project"), project, { recursive: true });
  git(project, "init", "-q", "-b", "main");
  git(project, "config", "user.name", "Demo");
  git(project, "config", "user.email", "demo@localhost");
  git(project, "add", "--all");
  git(project, "commit", "-q", "-m", "wordkit 1.0.0");
  wiggum(project, "init", "--agent", commandOf(options));
  if (options.prompt !== undefined) addToPrompts(project, readFileSync(options.prompt, "utf8"));
  // Who tries the project out commits what init changed, so that every worktree has it.
  git(project, "add", "--all");
  git(project, "commit", "-q", "-m", "Use Wiggum");
  appendFileSync(
    join(project, ".wiggum", "config.sh"),
    `\nWIGGUM_RUNNER="${options.runner ?? "process"}"\nWIGGUM_MERGE="auto"\nWIGGUM_MAX_AGENTS=${options.agents}\nWIGGUM_POLL_INTERVAL=2\n`,
  );
  appendFileSync(join(project, ".wiggum", "config.yaml"), "\nchecks:\n  - [npm, test, --silent]\n");
}

function commandOf(options) {
  if (options.agent === undefined) return `${process.execPath} ${agent}`;
  // Without a rule Claude Code refuses to run the tests, and rules of a project count only where a person has trusted it.
  const isClaude = /^(\S*\/)?claude(\s|$)/.test(options.agent) && !/allowed-?tools/i.test(options.agent);
  return isClaude
    ? `${options.agent} --allowedTools "Bash(npm test:*),Bash(npm run:*),Bash(node:*)"`
    : options.agent;
}

function addToPrompts(project, text) {
  for (const role of ["worker", "reviewer", "qa"])
    appendFileSync(join(project, ".wiggum", "prompts", `${role}.md`), `\n${text}`);
}

function file(project, { seed, without }) {
  const ids = new Map();
  for (const ticket of inOrder(seed, ticketsWithout(without))) {
    const id = wiggum(
      project,
      ...["ticket", "create", ticket.title, "--type", ticket.type, "--description", ticket.description],
      ...ticket.criteria.flatMap((criterion) => ["--acceptance-test", criterion]),
      ...ticket.after.flatMap((key) => ["--dep", ids.get(key)]),
    );
    ids.set(ticket.key, id);
    console.log(`filed ${id}  ${ticket.title}`);
  }
  return [...ids].map(([key, id]) => ({ key, id }));
}

async function supervise(project, options, filed) {
  console.log(`\n$ wiggum run --until-done    (${options.agents} agents at a time)`);
  const isShown = options.runner === "tmux" && process.stdin.isTTY && process.stdout.isTTY;
  // While the panes are on the terminal, what the run says goes into a file, and is printed afterwards.
  const log = isShown ? openSync(join(project, "..", "run.log"), "a") : "inherit";
  const startRun = () =>
    spawn(command, ["run", "--until-done"], {
      cwd: project,
      stdio: ["ignore", log, log],
      env: environment({ DEMO_THINK_MS: isShown ? "2000" : "250" }),
    });
  if (options.runner === "tmux" && !isShown)
    console.log(`In panes. To watch: cd ${project} && ${command} attach`);
  const write = async (id, text) =>
    (await exitOf(
      spawn(command, ["ticket", "comment", id, "person", text], {
        cwd: project,
        stdio: "ignore",
        env: environment(),
      }),
    )) === 0;
  const kills = options.kills ?? 0;
  const observed =
    kills > 0 ? watchThroughKills(project, { kills, seed: options.seed, filed, write, startRun }) : undefined;
  const ended = observed === undefined ? exitOf(startRun()) : observed.then(({ code }) => code);
  const crash = options.crash ? crashOneWorker(project, filed[options.seed % 3].id, ended) : undefined;
  if (isShown) await showPanes(command, project, environment(), ended);
  const code = await ended;
  if (isShown) {
    closeSync(log);
    console.log(readFileSync(join(project, "..", "run.log"), "utf8").trimEnd());
  }
  return { code, crashed: await crash, problems: (await observed)?.problems ?? [] };
}

function exitOf(child) {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

/**
 * Everything that is not as it should be, in words. Looks at the project from outside; what agents said does not count, and what must be
 * there is not read from what was filed.
 */
export function judge(project, options, filed, run) {
  const rows = summarize(project, filed, run.start);
  console.log("");
  printTable(rows);
  const problems = [...(run.problems ?? [])];
  if (options.runner === "tmux") problems.push(...endPanes(command, project, environment()));
  if (run.code !== 0) problems.push(`wiggum run ended with ${run.code}`);
  for (const row of rows) {
    if (!row.isDone) problems.push(`${row.id} (${row.key}) is not done`);
    if (!row.isMerged) problems.push(`the work of ${row.id} (${row.key}) is not on main`);
  }
  problems.push(...checkTickets(project));
  problems.push(...checkCode(project).map((failure) => `on main: ${failure}`));
  problems.push(...happened(project, options, rows));
  if (options.crash) {
    if (run.crashed === undefined) problems.push("no worker was killed");
    else if (!wasRecovered(project, run.crashed))
      problems.push(`${run.crashed.ticketId} was not recovered after the kill`);
  }
  if (options.kills) problems.push(...damage(project));
  for (const { pid, command: line } of processesOf(project))
    problems.push(`process ${pid} is left: ${line.slice(0, 100)}`);
  return problems;
}

/** What must have happened on the way with the demo's own agents; what a model does with the same tickets, nobody knows. */
function happened(project, options, rows) {
  if (options.agent !== undefined) return [];
  const problems = [];
  if (!rows.some((row) => row.rejections > 0)) problems.push("no review was rejected");
  // With a slot for each, the three tickets that wait for nobody begin at the same commit. Who is killed again and again may bring the work
  // in one after the other.
  if (options.agents > 2 && !options.kills && conflictsOf(project, rows).length === 0)
    problems.push("no merge conflict happened");
  return problems;
}

/** What kills may have left half done, as `doctor` and plain git see it. */
function damage(project) {
  const doctor = spawnSync(command, ["doctor"], { cwd: project, encoding: "utf8", env: environment() });
  const fsck = spawnSync(
    "git",
    ["-C", join(project, ".wiggum", "tickets.git"), "fsck", "--strict", "--no-dangling"],
    {
      encoding: "utf8",
    },
  );
  return [
    ...(doctor.status === 0 && doctor.stdout === ""
      ? []
      : [`wiggum doctor: ${doctor.stdout}${doctor.stderr}`]),
    ...(fsck.status === 0 ? [] : [`git fsck of the tickets: ${fsck.stdout}${fsck.stderr}`]),
  ];
}

function wasRecovered(project, { ticketId, epoch }) {
  return readHistory(project).some(
    ({ trailers }) => trailers.Ticket === ticketId && Number(trailers.Epoch ?? 0) > epoch,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) console.log(usage);
    else process.exitCode = (await runDemo(options)).problems.length === 0 ? 0 : 1;
  } catch (error) {
    const isMistyped = error.code?.startsWith?.("ERR_PARSE_ARGS");
    console.error(`[error] ${error.message}${isMistyped ? `\n\n${usage}` : ""}`);
    process.exitCode = isMistyped ? 2 : 1;
  }
}
