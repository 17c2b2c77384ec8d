// The agent of the conformance kit: does what the script in its folder says and reports what it saw. Run as a program of its own.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentReport, Script, Step } from "./script.js";

const folder = process.env["WIGGUM_KIT_FOLDER"] ?? "";
/** Nobody leaves a scripted agent alone for so long: an end for those that a broken runner forgot. */
const lifetimeMs = 180_000;

setTimeout(() => process.exit(99), lifetimeMs);
note(`agent-${process.pid}.json`, JSON.stringify(report()));
for (const step of JSON.parse(readFileSync(join(folder, "script.json"), "utf8")) as Script) await play(step);

function report(): AgentReport {
  return {
    pid: process.pid,
    arguments: process.argv.slice(2),
    cwd: process.cwd(),
    environment: process.env as Record<string, string>,
  };
}

async function play(step: Step): Promise<void> {
  switch (step.do) {
    case "print":
      print(1, step.text);
      break;
    case "print-error":
      print(2, step.text);
      break;
    case "flood":
      for (let first = 1; first <= step.lines; first += 1_000) {
        const count = Math.min(1_000, step.lines - first + 1);
        const lines = Array.from({ length: count }, (_, index) => `line ${first + index} `.padEnd(100, "."));
        print(1, `${lines.join("\n")}\n`);
      }
      break;
    case "bytes":
      print(1, Buffer.from(Array.from({ length: step.count }, (_, index) => index % 256)));
      break;
    case "child":
      startChild(step);
      break;
    case "wait":
      while (!existsSync(join(folder, `go-${step.name}`))) await sleep(10);
      break;
    case "catch-interrupt":
      process.on("SIGINT", () => note("interrupted", "yes"));
      break;
    case "listen":
      listen(step.inboxFile);
      break;
    case "note":
      note(`reached-${step.name}`, "yes");
      break;
    case "exit":
      process.exit(step.code);
      break;
    case "kill":
      process.kill(process.pid, step.signal);
      await sleep(lifetimeMs);
  }
}

/** Writes all of it, whatever the other end is, before the next step. */
function print(descriptor: 1 | 2, text: string | Buffer): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

function startChild({ name, kind, text, shell = ["sh"], variables }: Extract<Step, { do: "child" }>): void {
  const file = join(folder, `child-${name}`);
  const start = (
    program: string,
    words: readonly string[],
    isDetached: boolean,
    environment = process.env,
  ) => {
    spawn(program, words, { stdio: "ignore", detached: isDetached, env: environment }).unref();
  };
  switch (kind) {
    case "plain":
      start("sh", ["-c", text, file], false);
      break;
    case "setsid":
      start("sh", ["-c", text, file], true);
      break;
    case "double-fork":
      start("sh", ["-c", 'sh -c "$1" "$0" &', file, text], true);
      break;
    case "ignores-term":
      start("sh", ["-c", `trap "" TERM INT HUP; ${text}`, file], false);
      break;
    case "own-group":
      start("bash", ["-c", 'set -m; sh -c "$1" "$0" & wait', file, text], false);
      break;
    case "bare":
    case "hook": {
      const { WIGGUM_GENERATION: _, WIGGUM_SESSION_TOKEN: __, ...environment } = process.env;
      const [program = "", ...words] = shell;
      start(program, [...words, "-c", text, file], true, { ...environment, ...variables });
    }
  }
}

function listen(inboxFile: string): void {
  const received: string[] = [];
  const take = (text: string) => {
    received.push(text);
    note("received", JSON.stringify(received));
  };
  let lines = 0;
  setInterval(() => {
    if (!existsSync(inboxFile)) return;
    const whole = readFileSync(inboxFile, "utf8").split("\n").slice(0, -1);
    for (const line of whole.slice(lines)) take((JSON.parse(line) as { text: string }).text);
    lines = whole.length;
  }, 15);
  let typed = "";
  process.stdin.on("data", (bytes: Buffer) => {
    const parts = (typed + bytes.toString("utf8")).split(/\r?\n|\r/);
    typed = parts.pop() ?? "";
    for (const line of parts) take(line);
  });
}

/** Leaves a file that is there as a whole or not at all. */
function note(name: string, text: string): void {
  const draft = join(folder, `${name}.draft`);
  const file = openSync(draft, "w");
  writeFileSync(file, text);
  closeSync(file);
  renameSync(draft, join(folder, name));
}
