import { type ChildProcess, spawn } from "node:child_process";
import type { TrialAnswer, TrialOrder, TrialPlan, TrialQuestion } from "./trial-messages.js";

/** What became of one rule: `found` says what is wrong, absent = it holds. */
export interface TrialEnd {
  readonly found?: string;
  /** `limit`: it did not end in time. `unclear`: the process ended, and nobody knows whether this rule did it. */
  readonly why?: "limit" | "unclear";
}

/** A process that has loaded the module. */
export interface TrialProcess {
  readonly plan: TrialPlan;
  hasEnded(): boolean;
  /** Why it ended, when that was no doing of a rule under way. */
  brokenDown(): string | undefined;
  tryRule(index: number, limitMs: number): Promise<TrialEnd>;
  /** Lets it end; what goes wrong meanwhile is a break-down. */
  end(): Promise<void>;
}

/** The module made its process unusable, or cannot be used at all. */
export interface TrialRefusal {
  readonly refusal: string;
}

/** Milliseconds that the process gets to end by itself. */
const endLimitMs = 5_000;
/** Milliseconds that its last words get after it ended: others may have inherited the pipe, and hold it open. */
const lastWordsMs = 500;

/** Starts the process and lets it load the module, at most for `limitMs`; what it prints goes to `print`. */
export async function startTrial(
  program: string,
  order: TrialOrder,
  limitMs: number,
  print: (text: string) => void,
): Promise<TrialProcess | TrialRefusal> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, JSON.stringify(order)],
    {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", print);
  let stray: (TrialAnswer & { about: "stray" }) | undefined;
  let brokenDown: string | undefined;
  let isEnding = false;
  let ended: string | undefined;
  let plan: TrialPlan | undefined;
  let refusal: string | undefined;
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const waiting = new Map<number, (end: TrialEnd) => void>();
  const settle = (index: number, end: TrialEnd) => {
    waiting.get(index)?.(end);
    waiting.delete(index);
  };
  child.on("message", (answer: TrialAnswer) => {
    if (answer.about === "stray") stray ??= answer;
    else if (answer.about === "refusal") refusal = answer.why;
    else if (answer.about === "rule") {
      settle(answer.index, answer.found === undefined ? {} : { found: answer.found });
    } else {
      plan = answer.plan;
      start();
    }
  });
  const gone = endOf(child).then((how) => {
    ended = stray?.message ?? how;
    const isOfNoRule = stray?.isOfNoRule ?? waiting.size === 0;
    const wasWanted = child.killed || (isEnding && child.exitCode === 0 && stray === undefined);
    if (isOfNoRule && !wasWanted) brokenDown = ended;
    const isUnclear = isOfNoRule || waiting.size > 1;
    const end: TrialEnd = { found: ended, ...(isUnclear ? { why: "unclear" } : {}) };
    for (const index of waiting.keys()) settle(index, end);
    start();
  });
  const loading = setTimeout(() => {
    refusal = late(limitMs);
    child.kill("SIGKILL");
  }, limitMs);
  await started;
  clearTimeout(loading);
  if (plan === undefined) return { refusal: refusal ?? ended ?? "" };

  const ask = (question: TrialQuestion) => {
    // Fails when the process is gone, and that is noticed anyway.
    if (child.connected) child.send(question, () => {});
  };
  return {
    plan,
    hasEnded: () => ended !== undefined,
    brokenDown: () => brokenDown,
    async tryRule(index, ruleLimitMs) {
      const end = new Promise<TrialEnd>((resolve) => waiting.set(index, resolve));
      const timer = setTimeout(() => {
        // It may be caught in a loop; where others are under way in it, they may still end.
        if (waiting.size === 1) child.kill("SIGKILL");
        settle(index, { found: late(ruleLimitMs), why: "limit" });
      }, ruleLimitMs);
      if (ended === undefined) ask({ try: index });
      else settle(index, { found: ended, why: "unclear" });
      try {
        return await end;
      } finally {
        clearTimeout(timer);
        if (child.killed) await gone;
      }
    },
    async end() {
      isEnding = true;
      ask({ end: true });
      const timer = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** In words how a process ended, once all that it said has been heard. */
async function endOf(child: ChildProcess): Promise<string> {
  const how = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`its process could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`it ended its process (${signal ?? `exit code ${code}`})`));
  });
  if (child.connected) await new Promise((resolve) => child.once("disconnect", resolve));
  const streams = [child.stdout, child.stderr].filter((stream) => stream?.readableEnded === false);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, lastWordsMs);
  });
  await Promise.race([
    Promise.all(streams.map((stream) => new Promise((resolve) => stream?.once("end", resolve)))),
    patience,
  ]);
  clearTimeout(timer);
  for (const stream of streams) stream?.destroy();
  return how;
}

function late(limitMs: number): string {
  return `nothing after ${limitMs === 1_000 ? "1 second" : `${limitMs / 1_000} seconds`}`;
}
