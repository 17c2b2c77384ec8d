// What the supervisor costs while nothing happens, and one look of it at many tickets. `node bench/supervisor.mjs [seconds] [agents]`.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeBigProject } from "./big-store.mjs";
import { leftOver } from "./panes-records.mjs";

const bin = fileURLToPath(new URL("../apps/cli/dist/bin.cjs", import.meta.url));
const tickWorker = fileURLToPath(new URL("tick-worker.mjs", import.meta.url));
/** Clock ticks of the kernel in a second: USER_HZ, the same on every Linux of today. */
const ticksInSecond = 100;

/** Seconds of processor time that a process has used, and the children that it has waited for. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // proc_pid_stat(5): utime, stime, cutime, cstime are fields 14 to 17; the name and the pid are cut off.
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksInSecond;
}

/** An agent that does nothing, and says nothing, until it is ended. */
const idleAgent = "#!/bin/sh\necho started\nexec sleep 100000\n";

/**
 * `agents` agents that do nothing, under a `wiggum run`, for `seconds`.
 * @returns processor time of the supervisor and its children, in percent of one core, and what was left afterwards
 */
export async function idleSupervisor({ runner, agents, seconds }) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-idle-")));
  const [project, sockets] = ["project", "sockets"].map((name) => join(folder, name));
  for (const path of [project, sockets]) mkdirSync(path);
  chmodSync(sockets, 0o700);
  const program = join(folder, "idle-agent");
  writeFileSync(program, idleAgent, { mode: 0o755 });
  const environment = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT|TMUX)_|^TMUX$|^NODE_OPTIONS$/.test(name)),
    ),
    HOME: join(folder, "home"),
    XDG_CACHE_HOME: "",
    TERM: "xterm",
    TMUX_TMPDIR: sockets,
    WIGGUM_RUNNER: runner,
    WIGGUM_MAX_AGENTS: String(agents),
    WIGGUM_AGENT_CMD: program,
  };
  mkdirSync(environment.HOME);
  const run = (file, ...words) => {
    const ran = spawnSync(file, words, { cwd: project, env: environment, encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`${words.join(" ")} ended with ${ran.status}: ${ran.stderr}`);
    return ran.stdout.trim();
  };
  const wiggum = (...words) => run(process.execPath, bin, ...words);
  run("git", "init", "-q", "-b", "main");
  run("git", "config", "user.name", "Bench");
  run("git", "config", "user.email", "bench@localhost");
  run("git", "commit", "-q", "--allow-empty", "-m", "First");
  wiggum("init");
  for (let number = 0; number < agents; number += 1) wiggum("ticket", "create", `Ticket ${number}`);

  const supervisor = spawn(process.execPath, [bin, "run"], {
    cwd: project,
    env: environment,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => supervisor.once("close", resolve));
  try {
    const untilMs = Date.now() + 300_000;
    while (runningAgents(wiggum) < agents) {
      if (Date.now() > untilMs) throw new Error(`Fewer than ${agents} agents run after five minutes`);
      if (supervisor.exitCode !== null) throw new Error(`wiggum run ended with ${supervisor.exitCode}`);
      await wait(1_000);
    }
    // What the last start has set going is over.
    await wait(5_000);
    const before = processorSeconds(supervisor.pid);
    const startedAt = performance.now();
    await wait(seconds * 1_000);
    const used = processorSeconds(supervisor.pid) - before;
    const percent = (100 * used * 1_000) / (performance.now() - startedAt);
    const isComplete = runningAgents(wiggum) === agents;
    supervisor.kill("SIGINT");
    await ended;
    wiggum("teardown", "--force");
    const left = leftOver(folder);
    return {
      percent,
      findings: [
        ...(isComplete ? [] : [`${runner}: an agent ended meanwhile`]),
        ...left.map((process) => `${runner}: left behind: ${process}`),
      ],
    };
  } finally {
    supervisor.kill("SIGKILL");
    await ended;
    spawnSync(process.execPath, [bin, "teardown", "--force"], { cwd: project, env: environment });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function runningAgents(wiggum) {
  try {
    return JSON.parse(wiggum("list", "--json")).data.filter(({ state }) => state === "running").length;
  } catch {
    // No agent was started yet.
    return 0;
  }
}

/**
 * A supervisor that looks for `seconds`, one look after the other, at `size` tickets of which it can do nothing.
 * @returns milliseconds of processor time of one look (`tick`) and of a bare Node from start to end (`bare`), children included, and how many
 *   looks there were
 */
export async function tickCost({ size, seconds }) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-ticks-")));
  try {
    const { root, environment } = await makeBigProject(folder, { count: size, workable: 0 });
    const starts = 25;
    const before = processorSeconds(process.pid);
    for (let start = 0; start < starts; start += 1)
      spawnSync(process.execPath, ["-e", "0"], { env: environment });
    const bare = (1_000 * (processorSeconds(process.pid) - before)) / starts;
    const child = spawn(process.execPath, [tickWorker, root, String(seconds * 1_000)], {
      cwd: root,
      env: environment,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error("The process that looks has ended");
      return Number(value);
    };
    await next();
    const opened = processorSeconds(child.pid);
    child.stdin.write("look\n");
    const looks = await next();
    const tick = (1_000 * (processorSeconds(child.pid) - opened)) / looks;
    child.stdin.end("end\n");
    await ended;
    return { bare, tick, looks };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [seconds = 60, agents = 20] = process.argv.slice(2).map(Number);
  const { bare, tick, looks } = await tickCost({ size: 1_000, seconds: 20 });
  console.log(
    `a look at 1,000 tickets / bare node: ${(tick / bare).toFixed(2)} (${tick.toFixed(1)} / ${bare.toFixed(1)} ms, ${looks} looks)`,
  );
  for (const runner of ["process", "tmux"]) {
    const { percent, findings } = await idleSupervisor({ runner, agents, seconds });
    console.log(`${agents} idle agents, ${runner} runner: ${percent.toFixed(2)} % of a core`);
    for (const finding of findings) console.log(`FINDING ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
  }
}
