// Many processes of the built command that begin at one moment; what each answered, and when it ran.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const command = fileURLToPath(new URL("../bin/wiggum", import.meta.url));
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_/.test(name)),
);

let counter = 0;
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID's alphabet and length; unique in this run: the process and a counter, each at a fixed width. */
function newOperationId() {
  counter += 1;
  const encode = (value, width) =>
    Array.from(
      { length: width },
      (_, place) => digits[Math.floor(value / 32 ** (width - 1 - place)) % 32],
    ).join("");
  return `0RACE${encode(process.pid, 8)}${encode(counter, 13)}`;
}

/** Says on descriptor 3 that it passed the barrier, then becomes the command. */
const waitThenRun = 'read -r _ && echo started >&3 && exec 3>&- && exec "$@"';

/**
 * Starts every job; each waits in a shell for a line on its standard input, then becomes the command. The lines are written in one go, or,
 * with `isSequential`, each when the job before it has ended.
 * @param jobs `{ args, effect }`; `effect` is for the judge
 * @param program the words that start the command
 * @param killPercent share of the jobs that are killed, chosen by `random`, each at a random moment of the `killWithinMs` after its release
 */
export async function atBarrier(
  project,
  jobs,
  { random, killPercent = 0, killWithinMs = 0, isSequential = false, program = [command] },
) {
  const waiting = jobs.map((job) => startJob(project, job, program));
  const drawn = jobs
    .map((_, index) => ({ index, lot: random() }))
    .sort((left, right) => left.lot - right.lot);
  const victims = new Set(
    drawn.slice(0, Math.ceil((jobs.length * killPercent) / 100)).map(({ index }) => index),
  );
  const outcomes = [];
  for (const [index, { child, ended }] of waiting.entries()) {
    child.stdin.end("go\n");
    outcomes.push(ended);
    if (victims.has(index)) setTimeout(() => killGroup(child.pid), random() * killWithinMs);
    if (isSequential) await ended;
  }
  return Promise.all(outcomes);
}

function startJob(project, { args, effect }, program) {
  const operationId = newOperationId();
  const child = spawn(
    "/bin/sh",
    ["-c", waitThenRun, "sh", ...program, ...args, "--json", "--operation-id", operationId],
    {
      cwd: project,
      env: environment,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  const answer = collect(child.stdout);
  const complaint = collect(child.stderr);
  let startedMs;
  child.stdio[3].once("data", () => {
    startedMs = performance.now();
  });
  const ended = new Promise((resolve, reject) => {
    let endedMs;
    child.once("error", reject);
    child.once("exit", () => {
      endedMs = performance.now();
    });
    child.once("close", (code) => {
      resolve({
        args,
        effect,
        operationId,
        code,
        status: verdict(code),
        ...readAnswer(answer()),
        complaint: complaint().trim(),
        // A job that was killed before it passed the barrier never ran.
        ...(startedMs !== undefined && { startedMs, endedMs: Math.max(startedMs, endedMs) }),
      });
    });
  });
  // A job that was killed reads its line no more.
  child.stdin.on("error", () => {});
  return { child, ended };
}

function collect(stream) {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    text += chunk;
  });
  return () => text;
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: it had ended.
    if (error.code !== "ESRCH") throw error;
  }
}

/** What `--json` told: `data` of a success, `errorCode` of a refusal, nothing where the answer was cut off. */
function readAnswer(answer) {
  const line = answer.trim().split("\n").at(-1);
  if (!line?.startsWith("{")) return {};
  try {
    const { data, error } = JSON.parse(line);
    return { data, errorCode: error?.code };
  } catch {
    // Killed while it wrote.
    return {};
  }
}

function verdict(code) {
  if (code === null || code === 137) return "killed";
  if (code === 0) return "acknowledged";
  return code === 11 ? "unknown" : "refused";
}

/** The largest number of jobs that ran at one moment; jobs that never ran count nothing. */
export function overlapOf(outcomes) {
  const marks = outcomes
    .filter(({ startedMs }) => startedMs !== undefined)
    .flatMap(({ startedMs, endedMs }) => [
      [startedMs, 1],
      [endedMs, -1],
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

/** Milliseconds from the first start to the last end. */
export function spanMsOf(outcomes) {
  const ran = outcomes.filter(({ startedMs }) => startedMs !== undefined);
  return Math.max(...ran.map(({ endedMs }) => endedMs)) - Math.min(...ran.map(({ startedMs }) => startedMs));
}
