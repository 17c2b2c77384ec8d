// Two hosts in two networks, an upstream behind a real sshd, and the concurrency bench of one host run on both against each other: `node
// bench/two-hosts.mjs [rounds] [processes] [upstream]`; with `upstream` its word counts. What comes of it is judged by plain git. A bench in which the hosts did not meet is a failure, too.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, environment } from "./barrier.mjs";
import { judgeHosts } from "./judge-hosts.mjs";
import { removeWhenQuiet } from "./race-project.mjs";
import { createRandom } from "./random.mjs";
import { inOwnNetwork, isInOwnNetwork, makeNetworks, whyNoNetworks } from "./two-networks.mjs";

const branch = "wiggum/tickets";
/** Exit codes of a write that was refused as it should be: illegal by now, changed, held, fenced, try later. */
const refusals = new Set([6, 8, 9, 10, 12]);

/** Runs words on a host to their end, or until they are killed after `killAfterMs`. */
function runOn(host, words, killAfterMs) {
  return new Promise((resolve, reject) => {
    const [program, ...args] = [...host.within, ...words];
    const child = spawn(program, args, {
      cwd: host.project,
      env: host.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const timer =
      killAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            try {
              process.kill(-child.pid, "SIGKILL");
            } catch {
              // It had ended.
            }
          }, killAfterMs);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

function must(host, ...words) {
  const [program, ...args] = [...host.within, ...words];
  const options = { cwd: host.project, encoding: "utf8", env: host.environment };
  const run = spawnSync(program, args, options);
  if (run.status !== 0) throw new Error(`${words.join(" ")} ended with ${run.status}: ${run.stderr}`);
  return run.stdout;
}

/** A host with a project whose tickets have this upstream. */
function makeHost(folder, name, within, url, ssh, authority) {
  const project = join(folder, name);
  const host = { name, within, project, environment: { ...environment, GIT_SSH_COMMAND: ssh } };
  mkdirSync(project);
  must(host, "git", "init", "-q", "-b", "main");
  // No timer of its own: when the hosts meet is the bench's to say.
  const settings = `upstream:\n  url: ${url}\n  branch: ${branch}\n  authority: ${authority}\n  intervalMs: 604800000\n`;
  must(host, command, "init", "--agent", "true", "--upstream", url);
  writeFileSync(join(project, ".wiggum", "config.yaml"), settings);
  return host;
}

/** @returns `{ findings, attempts, refused, joins, syncs, killed }`; then await `cleanUp()` */
export async function runTwoHosts({ processes = 12, seed = 1, delayMs = 0, authority = "local" } = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-hosts-")));
  const networks = await makeNetworks(folder);
  try {
    const random = createRandom(`hosts ${seed}`);
    return await raceHosts(folder, networks, { processes, random, delayMs, authority });
  } finally {
    networks.close();
    await removeWhenQuiet(folder);
  }
}

async function raceHosts(folder, { within, ssh, url, slow }, { processes, random, delayMs, authority }) {
  const upstream = join(folder, "upstream.git");
  const first = { name: "first", within: [], project: folder, environment };
  must(first, "git", "init", "-q", "--bare", upstream);
  const near = makeHost(folder, "near", [], url(upstream), ssh, authority);
  const attempts = [];
  const tickets = [];
  const send = async (host, args, said = {}) => {
    const operationId = `${host.name}-${attempts.length}`;
    const attempt = { operationId, host: host.name, status: "killed", ...said };
    attempts.push(attempt);
    const run = await runOn(
      host,
      [command, ...args, "--json", "--operation-id", operationId],
      said.killAfterMs,
    );
    if (run.code === 0) attempt.status = "acknowledged";
    // Sent, and not answered in time: like one that was killed it may be there or not.
    else if (run.code === 11) attempt.status = "unknown";
    else if (run.code !== null) attempt.status = refusals.has(run.code) ? "refused" : "failed";
    attempt.complaint = run.stderr.trim();
    return run;
  };
  for (let index = 0; index < processes; index += 1) {
    const { stdout } = await send(near, ["ticket", "create", `Ticket ${index}`]);
    tickets.push(JSON.parse(stdout).data.id);
  }
  must(near, command, "ticket", "sync");
  const far = makeHost(folder, "far", within, url(upstream), ssh, authority);
  const isSlow = delayMs > 0 && slow(delayMs);

  const work = async (host) => {
    for (let round = 0; round < 3; round += 1) {
      const jobs = tickets.flatMap((ticket, index) => [
        ...(round === 0 ? [[["ticket", "claim", ticket, `worker-${host.name}-${index}`]]] : []),
        ...(round === 2 && index % 2 === 0
          ? [[["ticket", "transition", ticket, "review", "--no-hooks"]]]
          : []),
        [
          ["ticket", "comment", ticket, host.name, `said by ${host.name} in round ${round} of ${ticket}.`],
          { ticket, text: `said by ${host.name} in round ${round} of ${ticket}.` },
        ],
      ]);
      // As many at once as there are tickets, some of them killed.
      const drawn = jobs.map((job) => ({ job, lot: random() })).sort((left, right) => left.lot - right.lot);
      for (let at = 0; at < drawn.length; at += processes) {
        await Promise.all(
          drawn
            .slice(at, at + processes)
            .map(({ job: [args, said = {}], lot }) =>
              send(host, args, { ...said, ...(lot < 0.15 ? { killAfterMs: 200 + lot * 4000 } : {}) }),
            ),
        );
      }
    }
  };
  let isWorking = true;
  let [syncs, killed] = [0, 0];
  const exchange = async (host) => {
    const findings = [];
    while (isWorking) {
      const lot = random();
      const run = await runOn(host, [command, "ticket", "sync"], lot < 0.3 ? 300 + lot * 5000 : undefined);
      if (run.code === 0 || run.code === 9) syncs += 1;
      else if (run.code === null) killed += 1;
      else if (run.code !== 12) findings.push(`sync on ${host.name} ended with ${run.code}: ${run.stderr}`);
    }
    return findings;
  };
  const exchanges = [exchange(near), exchange(far)];
  await Promise.all([work(near), work(far)]);
  isWorking = false;
  const findings = (await Promise.all(exchanges)).flat();
  for (const host of [near, far, near, far]) {
    const run = await runOn(host, [command, "ticket", "sync"]);
    if (run.code !== 0 && run.code !== 9) findings.push(`the last sync on ${host.name}: ${run.stderr}`);
  }
  const stores = [
    { path: join(near.project, ".wiggum", "tickets.git"), branch: "main" },
    { path: join(far.project, ".wiggum", "tickets.git"), branch: "main" },
    { path: upstream, branch },
  ];
  const judged = judgeHosts(stores, attempts);
  findings.push(...judged.findings);
  for (const { status, operationId, complaint } of attempts)
    if (status === "failed") findings.push(`${operationId} failed: ${complaint}`);
  const refusedAtOnce = attempts.some(({ status }) => status === "refused");
  if (authority === "local" && (judged.refused === 0 || judged.joins === 0))
    findings.push("the hosts did not meet: nothing was joined or refused");
  // Nothing that was acknowledged has to be joined or taken back.
  if (authority === "upstream" && (judged.refused > 0 || judged.joins > 0))
    findings.push("a host acknowledged what the upstream did not have yet");
  if (authority === "upstream" && !refusedAtOnce)
    findings.push("the hosts did not meet: nothing was refused");
  return {
    findings,
    attempts,
    refused: judged.refused,
    joins: judged.joins,
    syncs,
    killed,
    isSlow,
    authority,
  };
}

export function printHosts({ findings, attempts, refused, joins, syncs, killed, isSlow, authority }) {
  const count = (wanted) => attempts.filter(({ status }) => status === wanted).length;
  console.log(
    `two hosts over ssh${isSlow ? ", slow" : ""}${authority === "upstream" ? ", the upstream's word counts" : ""}: ${attempts.length} operations, ${count("acknowledged")} acknowledged, ${count("refused")} refused at once, ` +
      `${count("killed")} killed; ${syncs} syncs, ${killed} killed; ${joins} joins, ${refused} refused by the upstream; ${findings.length} findings`,
  );
  for (const finding of findings) console.log(`  - ${finding}`);
}

/** One round in networks of its own, in a process of its own; where there can be none, that is said. Answers whether all was well. */
export function runTwoHostsApart(args = []) {
  const why = whyNoNetworks();
  if (why === undefined) return inOwnNetwork(fileURLToPath(import.meta.url), args) === 0;
  console.log(`SKIPPED: two hosts: ${why}`);
  return !process.env.CI;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!isInOwnNetwork) process.exitCode = runTwoHostsApart(process.argv.slice(2)) ? 0 : 1;
  else {
    const [rounds = "1", processes = "8"] = process.argv.slice(2).filter((word) => /^\d+$/.test(word));
    for (let round = 1; round <= Number(rounds); round += 1) {
      const result = await runTwoHosts({
        processes: Number(processes),
        seed: round,
        delayMs: round % 2 === 0 ? 20 : 0,
        authority: process.argv.includes("upstream") ? "upstream" : "local",
      });
      printHosts(result);
      if (result.findings.length > 0) process.exitCode = 1;
    }
  }
}
