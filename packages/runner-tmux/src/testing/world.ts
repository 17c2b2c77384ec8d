import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentOrder } from "@wiggum/workflow";
import { onTestFinished } from "vitest";
import { createTmuxRunner, type TmuxRunner } from "../create-tmux-runner.js";
import type { TmuxRunnerOptions } from "../options.js";
import { privateServerName } from "../socket.js";

/** Is tmux to be had? Without it, tests of panes are skipped by name. */
export const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).status === 0;

export interface World {
  /** The project's root. */
  readonly root: string;
  readonly stateRoot: string;
  /** Names of sockets below it are this test's alone. */
  readonly environment: Readonly<Record<string, string>>;
  readonly warnings: string[];
  runner(options?: Partial<TmuxRunnerOptions>): TmuxRunner;
  order(command: readonly string[], changes?: Partial<AgentOrder>): AgentOrder;
  /** Asks the project's server as a person would, with `tmux -L`. @throws tmux refuses */
  tmux(...words: readonly string[]): string;
  /** The same for another server, by its name. */
  tmuxOf(server: string, ...words: readonly string[]): string;
  /** Text of a file in the agents' folder, once it is there and has a line end. */
  written(name: string): Promise<string>;
}

/** Short waits that do for programs of this machine. */
export const shortWaits = { settleMs: 60, keyMs: 60, enterMs: 400, echoMs: 5_000 };

/** A project with a tmux server of its own. Afterwards no server, socket, process or file of it is left. `name` is the project's folder. */
export function createWorld(name = "project"): World {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-panes-")));
  const root = join(folder, name);
  const cwd = join(root, "worktree");
  const sockets = join(folder, "sockets");
  mkdirSync(cwd, { recursive: true });
  mkdirSync(sockets, { mode: 0o700 });
  const { TMUX: _, TMUX_PANE: __, ...inherited } = process.env as Readonly<Record<string, string>>;
  const environment: Readonly<Record<string, string>> = { ...inherited, TMUX_TMPDIR: sockets, HOME: folder };
  const tmuxOf = (server: string, ...words: readonly string[]) =>
    execFileSync("tmux", ["-u", "-L", server, ...words], {
      env: environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  const mine = () => carrying(folder);
  onTestFinished(async () => {
    for (const [path] of socketsBelow(sockets)) {
      spawnSync("tmux", ["-S", path, "kill-server"], { env: environment, stdio: "ignore" });
    }
    await until("all processes of the test are gone", async () => {
      for (const pid of mine()) kill(pid);
      return mine().length === 0;
    });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const stateRoot = join(root, "state");
  const warnings: string[] = [];
  return {
    root,
    stateRoot,
    environment,
    warnings,
    runner: (options = {}) =>
      createTmuxRunner({
        root,
        directory: join(stateRoot, "tmux"),
        sessionName: "wiggum-test",
        environment,
        terminateWaitMs: 400,
        killWaitMs: 2_000,
        followPollMs: 20,
        waits: shortWaits,
        warn: (text) => warnings.push(text),
        ...options,
      }),
    order: (command, changes = {}) => {
      const { agentId = "worker-0", generation = 1 } = changes;
      return {
        agentId,
        generation,
        role: "worker",
        cwd,
        command,
        promptFile: join(root, "prompt.md"),
        promptLine: "Read the prompt.",
        environment: { PATH: environment["PATH"] ?? "", WIGGUM_TEST_ROOT: folder },
        stateDirectory: join(stateRoot, agentId, String(generation)),
        inboxFile: join(cwd, ".wiggum", "inbox.jsonl"),
        startTimeoutMs: 20_000,
        ...changes,
      };
    },
    tmux: (...words) => tmuxOf(privateServerName(root), ...words),
    tmuxOf,
    written: (file) => until(`${file} is written`, async () => textWithLineEnd(join(cwd, file))),
  };
}

/** Looks again and again, at most 20 s. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
): Promise<Value> {
  const giveUpAtMs = performance.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > giveUpAtMs) throw new Error(`Waited in vain: ${what}`);
    await sleep(15);
  }
}

/** Is that process there and no zombie? */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0;
  } catch {
    return false;
  }
}

/** Pids of all processes that belong to the test whose folder that is: agents by their environment, servers by their sockets' folder. */
function carrying(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return variables.includes(`WIGGUM_TEST_ROOT=${folder}`) || variables.includes(`HOME=${folder}`);
      } catch {
        return false;
      }
    });
}

/** Sockets, and below which folder tmux made them. */
export function socketsBelow(folder: string): readonly (readonly [path: string, name: string])[] {
  return readdirSync(folder).flatMap((user) =>
    readdirSync(join(folder, user)).map((name) => [join(folder, user, name), name] as const),
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

function textWithLineEnd(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.endsWith("\n") ? text : undefined;
  } catch {
    return undefined;
  }
}
