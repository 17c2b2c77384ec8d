// Parts of the fault bench in which processes are killed at random moments, and those in which something else goes on beside writers.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { environment } from "./barrier.mjs";
import { makeFaultStore } from "./fault-store.mjs";
import { createRandom } from "./random.mjs";

const identity = ["-c", "user.name=Pat", "-c", "user.email=pat@localhost"];

/** git beside writers, in another process, as a person would run it. */
function plain(cwd, ...args) {
  return spawnSync("git", [...identity, ...args], { cwd, encoding: "utf8", env: environment });
}

/** How often more time is taken where a busy machine left none for what is to be seen. */
const mostSweeps = 5;

/** Workers until the time is over, each killed at a random moment of its life and replaced. */
export async function killSweep({ seconds, workers = 6, seed = 1 }) {
  const store = await makeFaultStore();
  try {
    for (let sweep = 1; sweep <= mostSweeps; sweep += 1) {
      await killWorkers(store, { seconds: seconds * sweep, workers, seed: `${seed} ${sweep}` });
      if (store.told().attempts.some(({ status }) => status === "killed")) break;
    }
    return await judged(store);
  } finally {
    store.remove();
  }
}

async function killWorkers(store, { seconds, workers, seed, orderOf = () => ({}) }) {
  const random = createRandom(`kills ${seed}`);
  const until = Date.now() + seconds * 1000;
  // Some write nothing, some a few times, however busy this machine is.
  const mostLifeMs = Math.max(1_500, 25 * workers * store.writeMs);
  const slot = async (number) => {
    while (Date.now() < until) {
      const worker = store.start({ name: `w-${number}`, tickets: store.tickets, ...orderOf(random) });
      await worker.ready;
      await wait(Math.min(random() * mostLifeMs, Math.max(0, until - Date.now())));
      worker.child.kill("SIGKILL");
      await worker.ended;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, number) => slot(number)));
}

/** A sweep in which nobody died with a write under way has not swept. */
async function judged(store, { isDeadly = true, ...options } = {}) {
  const result = await store.judge(options);
  if (isDeadly && result.counts.killed === 0)
    result.findings.push("nobody was killed in the middle of a write");
  return result;
}

/**
 * Everything at once, in rounds with a store each: kills, housekeeping, plain pushes, clocks that jump, both levels of durability.
 * @param onRound told what a round counted and found
 */
export async function randomKills({ seconds, workers = 5, seed = 1, roundSeconds = 20, onRound = () => {} }) {
  const until = Date.now() + seconds * 1000;
  const total = { findings: [], counts: {} };
  for (let round = 1; round === 1 || Date.now() < until; round += 1) {
    const left = Math.max(1, Math.min(roundSeconds, (until - Date.now()) / 1000));
    const store = await makeFaultStore();
    try {
      const isOver = { now: false };
      const beside = [housekeeping(store, isOver), pushing(store, isOver, `${seed} ${round}`)];
      const orderOf = (random) => ({
        clockJumps: random() < 0.3,
        ...(random() < 0.3 && { durability: "power" }),
      });
      await killWorkers(store, { seconds: left, workers, seed: `${seed} ${round}`, orderOf });
      isOver.now = true;
      const findings = (await Promise.all(beside)).flat();
      const result = await judged(store, { isDeadly: false });
      result.findings.push(...findings);
      for (const [name, count] of Object.entries(result.counts))
        total.counts[name] = (total.counts[name] ?? 0) + count;
      total.findings.push(...result.findings.map((finding) => `round ${round}: ${finding}`));
      onRound(result);
    } finally {
      store.remove();
    }
  }
  if (total.counts.killed === 0) total.findings.push("nobody was killed in the middle of a write");
  return total;
}

/** Packs and prunes with the two-week rule until told to end. Findings: what still fails when nobody writes any more. */
async function housekeeping(store, isOver) {
  const tasks = [
    ["gc", "--quiet", "--prune=2.weeks.ago"],
    ["pack-refs", "--all"],
    ["repack", "-d", "-q", "--geometric=2"],
  ];
  for (let turn = 0; !isOver.now; turn += 1) {
    // A ref that moves under it, or a lock that is held, is git's right to give up on.
    await inBackground(store.root, tasks[turn % tasks.length]);
    await wait(30);
  }
  const last = plain(store.root, ...tasks[0]);
  return last.status === 0 ? [] : [`git gc fails afterwards: ${last.stderr}`];
}

/** Runs git without holding up the bench itself. Answers its exit code. */
async function inBackground(cwd, args) {
  const child = spawn("git", args, { cwd, env: environment, stdio: "ignore" });
  return new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));
}

/** A person who commits in a clone and pushes past Wiggum, legally or not, until told to end. */
async function pushing(store, isOver, seed) {
  const random = createRandom(`pushes ${seed}`);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-pushes-")));
  const clone = join(folder, "clone");
  const git = (...args) => inBackground(clone, [...identity, ...args]);
  try {
    if ((await inBackground(folder, ["clone", "-q", store.root, clone])) !== 0)
      return ["git clone beside writers fails"];
    for (let turn = 0; !isOver.now; turn += 1) {
      await wait(20 + random() * 100);
      if ((await git("fetch", "-q")) !== 0) continue;
      await git("reset", "-q", "--hard", "origin/main");
      const ticket = store.tickets[Math.floor(random() * store.tickets.length)];
      const file = join(clone, `${ticket}.md`);
      const text = readFileSync(file, "utf8");
      // What is broken already and not put back yet is left alone.
      if (isSpoilt(text)) continue;
      const isLegal = random() < 0.5;
      writeFileSync(
        file,
        isLegal ? `${text}\nA line by hand, ${turn}.\n` : spoil(text, Math.floor(random() * 3)),
      );
      await git("commit", "-q", "-a", "-m", `By hand ${turn}`);
      const commit = plain(clone, "rev-parse", "HEAD").stdout.trim();
      const status = (await git("push", "-q", "origin", "HEAD:main")) === 0 ? "acknowledged" : "refused";
      store.pushes.push({ commit, isLegal, status });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [];
}

/** What may not be: the text does not parse, its state is none, a key is there twice. */
function spoil(text, way) {
  if (way === 0) return text.replace("---\n", "---\n<<<<<<< HEAD\n");
  if (way === 1) return text.replace(/^state: .*$/m, "state: flying");
  return text.replace(/^(priority: .*)$/m, "$1\n$1");
}

const isSpoilt = (text) => /^<<<<<<<|^state: flying|^(priority: .*)\n\1/m.test(text);

/** Writers that nobody kills, and something beside them. */
async function beside(seconds, start, order = {}) {
  const store = await makeFaultStore();
  try {
    const workers = [1, 2, 3].map((number) =>
      store.start({
        name: `w-${number}`,
        tickets: store.tickets,
        isPaused: true,
        untilMs: seconds * 1000,
        ...order,
      }),
    );
    const isOver = { now: false };
    const running = start(store, isOver);
    const ends = await Promise.all(workers.map(({ ended }) => ended));
    isOver.now = true;
    const findings = (await running) ?? [];
    for (const { code, complaint } of ends)
      if (code !== 0) findings.push(`a writer ended with ${code}: ${complaint}`);
    const result = await judged(store, { isDeadly: false });
    result.findings.push(...findings);
    return result;
  } finally {
    store.remove();
  }
}

const relayoutWorker = fileURLToPath(new URL("relayout-worker.mjs", import.meta.url));

/** Moves the store from one layout to the other and back until told to end; every second time it is killed on the way. */
async function relayouting(store, isOver) {
  const random = createRandom("relayouts");
  for (let turn = 0; !isOver.now; turn += 1) {
    const words = [relayoutWorker, store.root, turn % 4 < 2 ? "fan-out" : "flat"];
    const child = spawn(process.execPath, words, { env: environment, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
    // It takes about as long to start as to move so few.
    const timer = turn % 2 === 0 ? setTimeout(() => child.kill("SIGKILL"), random() * 400) : undefined;
    const end = await ended;
    clearTimeout(timer);
    if (end !== 0 && end !== "SIGKILL") return [`a move to another layout ended with ${end}`];
  }
  return [];
}

export const relayoutsBesideWriters = ({ seconds }) => beside(seconds, relayouting);
export const gcBesideWriters = ({ seconds }) => beside(seconds, housekeeping);
export const clockJumps = ({ seconds }) => beside(seconds, () => undefined, { clockJumps: true });

export async function pushesBesideWriters({ seconds }) {
  for (let time = 1; ; time += 1) {
    const result = await beside(seconds * time, (store, isOver) => pushing(store, isOver, "beside"));
    if (result.counts.pushes > 0 || result.findings.length > 0) return result;
    if (time === mostSweeps) return { ...result, findings: ["nobody came to push"] };
  }
}
