// A store for one part of the fault bench, everything that was done to it, and the judge's word on it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { initGitStore } from "../packages/ticket-backend-git/dist/index.js";
import { environment } from "./barrier.mjs";
import { readJournals } from "./journal.mjs";
import { judgeStore } from "./judge.mjs";
import { judgeReaders } from "./judge-readers.mjs";
import { readHistory } from "./store-history.mjs";

const program = fileURLToPath(new URL("fault-worker.mjs", import.meta.url));

/** Whoever comes next may have to wait for a kernel lock, not for a dead process. */
const nextWriteMs = 60_000;

/**
 * @param place where the store is to lie; default: a folder of its own
 * @param ticketCount tickets that it begins with
 */
export async function makeFaultStore({ place = undefined, ticketCount = 4 } = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-faults-")));
  const root = join(place ?? folder, "tickets.git");
  const journalFolder = join(folder, "journals");
  mkdirSync(journalFolder);
  await initGitStore({ path: root });
  let started = 0;
  const pushes = [];

  /**
   * Starts a worker, through `wrapper` if one is given: `ready` resolves when it begins to work (or has ended), `ended` to
   * `{ code, signal, lines, complaint }`.
   */
  function start(order, wrapper = []) {
    started += 1;
    const name = order.name ?? `worker-${started}`;
    const journal = join(journalFolder, `${started}`);
    const words = [...wrapper, process.execPath, program];
    const child = spawn(
      words[0],
      [...words.slice(1), JSON.stringify({ root, journal, seed: started, ...order, name })],
      {
        env: environment,
        stdio: ["pipe", "pipe", "pipe"],
      },
    );
    child.stdin.on("error", () => {}); // It was killed before it read.
    const lines = [];
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      complaint += text;
    });
    const reader = createInterface({ input: child.stdout });
    const ready = new Promise((resolve) => {
      reader.on("line", (line) => {
        lines.push(line);
        if (line === "ready") resolve();
      });
      child.once("close", resolve);
    });
    const ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal, lines, complaint, journal }));
    });
    return { child, ready, ended };
  }

  /** All journals; whoever wrote them must have ended. */
  const told = () => readJournals(readdirSync(journalFolder).map((name) => join(journalFolder, name)));

  const tickets = [];
  const times = [];
  const effects = Array.from({ length: ticketCount }, (_, index) => ({
    kind: "create",
    title: `ticket ${index}`,
  }));
  await start({ name: "set-up", effects }).ended;
  for (const { effect, status, complaint, beginUs, endUs } of told().attempts) {
    times.push((endUs - beginUs) / 1000);
    if (status !== "acknowledged") throw new Error(`The store could not be set up: ${complaint}`);
    tickets.push(effect.ticket);
  }

  /** A plain write by a process that comes afterwards: findings if it does not land, or leaves something behind. */
  async function nextWrite(after) {
    const text = `next ${started}`;
    const worker = start({ effects: [{ kind: "comment", ticket: tickets[0], author: "next", text }] });
    const timer = setTimeout(() => worker.child.kill("SIGKILL"), nextWriteMs);
    const { journal, complaint } = await worker.ended;
    clearTimeout(timer);
    const [attempt] = readJournals([journal]).attempts;
    if (attempt?.status !== "acknowledged")
      return [
        `wedged: after ${after} the next write was ${attempt?.status} ${attempt?.complaint ?? complaint}`,
      ];
    return leftOvers(root).map((name) => `left behind: ${name}, after ${after} and one more write`);
  }

  /** What `outcome` tells of every write without an answer is what the history says. */
  async function judgeOutcomes(attempts, history) {
    const open = attempts.filter(({ status }) => status === "killed" || status === "unknown");
    if (open.length === 0) return [];
    const written = new Set(history.flatMap(({ trailers }) => trailers.Op ?? []));
    const { lines, complaint } = await start({ outcomes: open.map(({ operationId }) => operationId) }).ended;
    const said = new Map(
      lines.filter((line) => line.startsWith("outcome ")).map((line) => line.split(" ").slice(1)),
    );
    return open.flatMap(({ operationId }) => {
      const wanted = written.has(operationId) ? "committed" : "absent";
      if (said.get(operationId) === wanted) return [];
      return [`outcome: ${operationId} is ${wanted}, the store says ${said.get(operationId)} ${complaint}`];
    });
  }

  return {
    folder,
    root,
    tickets,
    /** Milliseconds of the fastest write when nobody else wrote. */
    writeMs: Math.min(...times),
    pushes,
    start,
    told,
    nextWrite,
    /**
     * Counts and findings, when nobody works here any more.
     * @param mayComplain whether refusals with unexpected codes are part of it, since calls were made to fail
     */
    async judge({ mayComplain = false } = {}) {
      const findings = await nextWrite("all");
      const { attempts, reads } = told();
      const history = readHistory(root);
      findings.push(...judgeStore(root, attempts, { pushes, reads }));
      findings.push(...(await judgeReaders(root)));
      findings.push(...(await judgeOutcomes(attempts, history)));
      if (!mayComplain)
        for (const { complaint, effect } of attempts)
          if (complaint !== undefined)
            findings.push(`strange refusal of ${JSON.stringify(effect)}: ${complaint}`);
      const written = new Set(history.flatMap(({ trailers }) => trailers.Op ?? []));
      const count = (wanted) => attempts.filter(({ status }) => status === wanted).length;
      const killed = attempts.filter(({ status }) => status === "killed");
      return {
        findings,
        counts: {
          tried: attempts.length,
          acknowledged: count("acknowledged"),
          refused: count("refused"),
          unknown: count("unknown"),
          killed: killed.length,
          landed: killed.filter(({ operationId }) => written.has(operationId)).length,
          pushes: pushes.length,
          reads: reads.length,
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** What a writer must clear away when it comes after a dead one. */
function leftOvers(root) {
  const own = existsSync(join(root, "wiggum")) ? readdirSync(join(root, "wiggum")) : [];
  const names = own.filter((name) => /^(?:intent$|wl-|tmp-)/.test(name)).map((name) => `wiggum/${name}`);
  return existsSync(join(root, "refs/heads/main.lock")) ? [...names, "refs/heads/main.lock"] : names;
}
