// Agents in panes of tmux for minutes: messages, keys, kills, hand-ins. What each agent wrote down of itself is compared with what the command
// said. `node bench/panes.mjs [minutes] [agents] [seed]`; default 10 10 1.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { command, environment as inherited } from "./barrier.mjs";
import { judgePanes } from "./panes-judge.mjs";
import { hasDraft, leftOver, readRecords } from "./panes-records.mjs";
import { createRandom } from "./random.mjs";

const profile = `name: pane-agent
programs: [pane-agent.mjs]
headless: {}
pane:
  prompt: ["{prompt_line}"]
screen:
  messages: typed
  idle: '^>$'
  busy: 'esc to interrupt'
  waiting: 'Allow this command'
  keysToClear: [C-u]
`;

function makeProject(agents) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-panes-")));
  const [project, records, sockets] = ["project", "records", "sockets"].map((name) => join(folder, name));
  for (const path of [project, records, sockets]) mkdirSync(path);
  chmodSync(sockets, 0o700);
  const environment = {
    ...inherited,
    TERM: "xterm",
    TMUX_TMPDIR: sockets,
    WIGGUM_RUNNER: "tmux",
    WIGGUM_MAX_AGENTS: String(agents),
    WIGGUM_AGENT_CMD: fileURLToPath(new URL("./pane-agent.mjs", import.meta.url)),
    PANES_RECORDS: records,
  };
  delete environment.TMUX;
  delete environment.TMUX_PANE;
  return { folder, project, records, sockets, environment };
}

/** Runs the command; never throws. `fromMs` and `untilMs` say when it ran. */
function run({ project, environment }, words) {
  const fromMs = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, words, {
      cwd: project,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err] = [[], []];
    child.stdout.on("data", (part) => out.push(part));
    child.stderr.on("data", (part) => err.push(part));
    child.once("close", (exitCode) =>
      resolve({
        words,
        exitCode,
        fromMs,
        untilMs: Date.now(),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      }),
    );
  });
}

async function must(place, ...words) {
  const ran = await run(place, words);
  if (ran.exitCode !== 0)
    throw new Error(`wiggum ${words.join(" ")} ended with ${ran.exitCode}: ${ran.stderr}`);
  return ran.stdout.trim();
}

/**
 * @param {{ durationMs: number, agents: number, seed: number, say?: (line: string) => void, tamper?: ((project: string) => void) | undefined }} order
 *   how long agents are disturbed before everything is ended; `tamper` does something to the project, whose path it gets, about once a second,
 *   for the proof that it is found
 * @returns what was counted, and findings in words (none = nothing lost, nothing wrong, nothing left)
 */
export async function runPanes({ durationMs, agents, seed, say = () => {}, tamper = undefined }) {
  const place = makeProject(agents);
  const { folder, project, records, sockets, environment } = place;
  environment.PANES_SEED = String(seed);
  const random = createRandom(`driver ${seed}`);
  const between = (fromMs, toMs) => fromMs + random() * (toMs - fromMs);
  const kept = { pings: [], samples: [], kills: [], keys: 0 };

  const git = (...words) => spawnSync("git", words, { cwd: project, env: environment, encoding: "utf8" });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Bench");
  git("config", "user.email", "bench@localhost");
  git("commit", "-q", "--allow-empty", "-m", "First");
  await must(place, "init");
  mkdirSync(join(project, ".wiggum", "profiles"), { recursive: true });
  writeFileSync(join(project, ".wiggum", "profiles", "pane-agent.yaml"), profile);
  let filed = 0;
  const fileTickets = async (count) => {
    for (let index = 0; index < count; index += 1) await must(place, "ticket", "create", `Ticket ${++filed}`);
  };
  await fileTickets(agents + 2);

  const supervisor = spawn(command, ["run"], {
    cwd: project,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const supervisorSaid = [];
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream.on("data", (part) => supervisorSaid.push(part));
  const supervisorEnd = new Promise((resolve) =>
    supervisor.once("close", (code, signal) => resolve({ code, signal })),
  );

  const live = () => readRecords(records).filter(({ isAlive }) => isAlive);
  const startedMs = Date.now();
  while (live().length === 0 && Date.now() < startedMs + 60_000) await wait(200);
  const endMs = Date.now() + durationMs;
  const until = async (pauseMs, action) => {
    while (Date.now() < endMs) {
      await wait(pauseMs());
      if (Date.now() < endMs) await action();
    }
  };
  const one = (list) => list[Math.floor(random() * list.length)];
  let number = 0;
  const ping = async () => {
    const agent = one(live());
    if (agent === undefined) return;
    const text = `message ${++number}: ${"words ".repeat(Math.floor(random() * 12))}ende;`;
    const ran = await run(place, ["ping", agent.agentId, text]);
    kept.pings.push({ ...ran, agentId: agent.agentId, text });
  };
  const allow = async () => {
    const agent = one(live().filter(({ state }) => state === "waiting"));
    if (agent === undefined) return;
    const { exitCode } = await run(place, ["send-keys", agent.agentId, "y"]);
    if (exitCode === 0) kept.keys += 1;
    // Too late for the question, the key is a draft now; whoever pressed it takes it back, or nobody can write to that agent any more.
    await wait(500);
    const late = readRecords(records).find(
      ({ agentId, generation }) => agentId === agent.agentId && generation === agent.generation,
    );
    if (late?.isAlive && hasDraft(late)) await run(place, ["send-keys", agent.agentId, "C-u"]);
  };
  const sample = async () => {
    const [ran, look] = await Promise.all([run(place, ["list", "--json"]), run(place, ["inbox", "--json"])]);
    kept.samples.push({
      ...ran,
      agents: ran.exitCode === 0 ? JSON.parse(ran.stdout).data : [],
      inbox: { ...look, items: look.exitCode === 0 ? JSON.parse(look.stdout).data : undefined },
    });
  };
  const kill = async () => {
    const agent = one(live().filter(({ agentId }) => agentId.startsWith("worker-")));
    if (agent === undefined) return;
    try {
      process.kill(agent.pid, "SIGKILL");
      kept.kills.push({ agentId: agent.agentId, generation: agent.generation, atMs: Date.now() });
    } catch {
      // It ended by itself just now.
    }
  };
  const supply = async () => {
    const ready = (await run(place, ["ticket", "ready"])).stdout.trim().split("\n").filter(Boolean);
    if (ready.length < agents / 2) await fileTickets(Math.ceil(agents / 2));
    say(
      `${Math.round((endMs - Date.now()) / 1000)} s left, ${live().length} agents, ${kept.pings.length} messages`,
    );
  };
  await Promise.all([
    until(() => between(300, 1_500), ping),
    until(() => between(300, 1_500), ping),
    until(() => between(1_000, 2_000), allow),
    until(() => 2_000, sample),
    until(() => between(20_000, 40_000), kill),
    until(() => 10_000, supply),
    ...(tamper === undefined
      ? []
      : [
          until(
            () => 700,
            async () => tamper(project),
          ),
        ]),
  ]);

  supervisor.kill("SIGINT");
  const ended = await supervisorEnd;
  // What the last hooks started is there now.
  await must(place, "hook", "drain");
  const teardown = await run(place, ["teardown", "--force"]);
  // Now that nobody writes any more.
  const listed = JSON.parse(await must(place, "ticket", "list", "--json")).data.tickets.map(({ id }) => id);
  const tickets = await Promise.all(
    listed.map(async (id) => ({ id, text: await must(place, "ticket", "show", id) })),
  );
  const quietMs = Date.now() + 10_000;
  while (leftOver(folder).length > 0 && Date.now() < quietMs) await wait(100);
  const result = judgePanes({
    ...kept,
    records: readRecords(records),
    tickets,
    ended: { ...ended, said: Buffer.concat(supervisorSaid).toString() },
    teardown,
    processesLeft: leftOver(folder),
    socketsLeft: readdirSync(sockets, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isSocket())
      .map(({ name }) => name),
    fsck: spawnSync("git", ["--git-dir", join(project, ".wiggum", "tickets.git"), "fsck", "--strict"], {
      encoding: "utf8",
    }),
  });
  return {
    ...result,
    folder,
    cleanUp: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [minutes = 10, agents = 10, seed = 1] = process.argv.slice(2).map(Number);
  const result = await runPanes({
    durationMs: minutes * 60_000,
    agents,
    seed,
    say: (line) => console.log(line),
  });
  for (const [name, value] of Object.entries(result.counts)) console.log(`${name}: ${value}`);
  for (const finding of result.findings) console.log(`FINDING ${finding}`);
  console.log(`${result.findings.length} findings`);
  process.exitCode = result.findings.length === 0 ? 0 : 1;
  if (result.findings.length === 0) result.cleanUp();
  else console.log(`kept: ${result.folder}`);
}
