// A question to the agent program that is broken off, by the built command with real processes: nothing of it runs on, or lies about.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

/** Asked, it starts a child in a session of its own, notes both and takes its time. */
const agentScript = `
if [ "$1" = --print ]; then
  setsid sh -c 'echo $$ > "$NOTES/child"; exec sleep 600' </dev/null >/dev/null 2>&1 &
  echo $$ > "$NOTES/asked"
  exec sleep 600
fi
while :; do sleep 1; done`;

let repository: Repository;
let notes: string;
let temporary: string;
beforeAll(async () => {
  repository = await createRepository({
    agent: agentScript,
    environment: (base) => ({ NOTES: join(base, "notes"), TMPDIR: join(base, "temporary") }),
  });
  notes = repository.environment["NOTES"] ?? "";
  temporary = repository.environment["TMPDIR"] ?? "";
  for (const folder of [notes, temporary]) mkdirSync(folder, { recursive: true });
  const id = await repository.succeed(["ticket", "create", "Something"]);
  await repository.succeed(["spawn", "worker", id]);
}, 120_000);
afterAll(() => repository.remove());

function isRunning(pid: number): boolean {
  try {
    return !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, ""));
  } catch {
    return false;
  }
}

const pidIn = (name: string) =>
  eventually(`${name} runs`, async () => {
    const path = join(notes, name);
    return existsSync(path) && Number(readFileSync(path, "utf8"));
  });

interface Asked {
  readonly typed: readonly string[];
  readonly signal: NodeJS.Signals;
  /** It is sent again and again, as by whoever holds Ctrl-C down. */
  readonly isHeld?: boolean;
  readonly runner?: "process" | "tmux" | "opencode";
}

// P36
test.each<Asked>([
  { typed: ["fetch", "worker-0"], signal: "SIGINT" },
  { typed: ["digest", "what is next?"], signal: "SIGTERM" },
  { typed: ["--ephemeral", "hello"], signal: "SIGINT" },
  { typed: ["--ephemeral", "hello"], signal: "SIGTERM" },
  { typed: ["--ephemeral", "hello"], signal: "SIGHUP" },
  { typed: ["--ephemeral", "hello"], signal: "SIGINT", isHeld: true },
  { typed: ["digest", "what is next?"], signal: "SIGTERM", runner: "tmux" },
  { typed: ["digest", "what is next?"], signal: "SIGTERM", runner: "opencode" },
])(
  "$typed broken off by $signal (held down: $isHeld), with the runner $runner: the program and what it started are ended first",
  async ({ typed, signal, isHeld = false, runner = "process" }: Asked) => {
    for (const name of ["asked", "child"]) rmSync(join(notes, name), { force: true });
    const command = repository.start(typed, { environment: { WIGGUM_RUNNER: runner } });
    command.stdin?.end();
    const ended = new Promise((resolve) =>
      command.once("close", (code, by) => resolve({ code, signal: by })),
    );
    const pids = [await pidIn("asked"), await pidIn("child")];
    command.kill(signal);
    while (isHeld && command.exitCode === null && command.signalCode === null) {
      await sleep(10);
      command.kill(signal);
    }
    expect(await ended).toEqual({ code: null, signal });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith("wiggum-ask-"))).toEqual([]);
  },
  120_000,
);
