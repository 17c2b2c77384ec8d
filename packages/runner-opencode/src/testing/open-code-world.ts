// The real OpenCode, as `scripts/install-agents.mjs` installs it, in a home and a repository of one test's own. Only the model is scripted.
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type AgentHandle, type AgentOrder, type DerivedState, deriveState } from "@wiggum/workflow";
import { onTestFinished, test } from "vitest";
import { createOpenCodeRunner, type OpenCodeRunner, type OpenCodeRunnerOptions } from "../index.js";
import { type ScriptedModel, type Step, scriptOf } from "./scripted-model.js";
import { sourceProgram } from "./source-programs.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const installed = join(repository, ".agents", "node_modules", ".bin", "opencode");
const version = (
  JSON.parse(readFileSync(join(repository, "scripts", "agents.json"), "utf8")) as {
    readonly agents: { readonly opencode: { readonly version: string } };
  }
).agents.opencode.version;

const patienceMs = 120_000;

/** A test with the real OpenCode; where that is not installed it is skipped, by name. */
export function testWithOpenCode(name: string, body: () => Promise<void>): void {
  test.skipIf(!existsSync(installed))(`opencode ${version}: ${name}`, body, 6 * patienceMs);
}

export interface OpenCodeWorld {
  readonly root: string;
  readonly stateRoot: string;
  readonly directory: string;
  readonly runner: OpenCodeRunner;
  /** Another runner object, which knows nothing of what the first one did. */
  another(changes?: Partial<OpenCodeRunnerOptions>): OpenCodeRunner;
  order(steps: readonly Step[], changes?: Partial<AgentOrder>): AgentOrder;
  worktree(agentId?: string): string;
  git(agentId: string, ...words: readonly string[]): string;
  /** Waits until the agent is in one of these states; fails, with its output, when it ends in another. */
  state(handle: AgentHandle, ...wanted: readonly DerivedState["state"][]): Promise<DerivedState>;
  /** Pids of all that the test has started, servers included. */
  processes(): readonly number[];
  /** Starts a server as a person would, and gives its address. */
  personsServer(password: string): Promise<string>;
  /** Pids of OpenCode servers. */
  servers(): readonly number[];
}

/** Afterwards every process with this world's folder in its environment is ended. */
export function createOpenCodeWorld(
  model: ScriptedModel,
  options: Partial<OpenCodeRunnerOptions> = {},
): OpenCodeWorld {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-opencode-")));
  const stateRoot = join(root, "state");
  const directory = join(stateRoot, "opencode");
  const environment = homeOf(root, model.url);
  const processes = () => carrying(`OPENCODE_TEST_ROOT=${root}`);
  const another = (changes: Partial<OpenCodeRunnerOptions> = {}) => {
    return createOpenCodeRunner({
      directory,
      attendant: sourceProgram("../attendant.ts"),
      terminateWaitMs: 8_000,
      followPollMs: 20,
      ...options,
      ...changes,
      limits: { readAgainMs: 1_000, ...options.limits, ...changes.limits },
    });
  };
  onTestFinished(async () => {
    for (let left = processes(); left.length > 0; left = processes()) {
      for (const pid of left) endIfThere(pid);
      await sleep(20);
    }
    rmSync(root, { recursive: true, force: true, maxRetries: 20 });
  });
  const worktree = (agentId = "worker-0") => join(root, "worktrees", agentId);
  const git = (agentId: string, ...words: readonly string[]) =>
    execFileSync("git", words, { cwd: worktree(agentId), encoding: "utf8", env: environment }).trim();
  return {
    root,
    stateRoot,
    directory,
    runner: another(),
    another,
    worktree,
    git,
    processes,
    servers: () => processes().filter((pid) => /^\S*opencode(\.exe)? serve /.test(commandOf(pid))),
    async personsServer(password) {
      const server = spawn(installed, ["serve", "--hostname=127.0.0.1", "--port=0"], {
        cwd: root,
        env: { ...environment, OPENCODE_SERVER_PASSWORD: password },
        stdio: ["ignore", "pipe", "ignore"],
      });
      let said = "";
      server.stdout.on("data", (bytes: Buffer) => (said += bytes.toString("utf8")));
      return within("the person's server listens", async () => /listening on (\S+)/.exec(said)?.[1]);
    },
    order(steps, changes = {}) {
      const { agentId = "worker-0", generation = 1 } = changes;
      const cwd = worktree(agentId);
      if (!existsSync(cwd)) {
        mkdirSync(cwd, { recursive: true });
        git(agentId, "init", "-q", "-b", agentId);
        git(agentId, "commit", "-q", "--allow-empty", "-m", "Begin");
      }
      const promptFile = join(root, `prompt-${agentId}-${generation}.md`);
      writeFileSync(promptFile, scriptOf(steps));
      return {
        agentId,
        generation,
        role: "worker",
        cwd,
        command: ["opencode"],
        promptFile,
        promptLine: `Read ${promptFile} and do what it says.`,
        environment,
        stateDirectory: join(stateRoot, agentId, String(generation)),
        inboxFile: join(root, `inbox-${agentId}.jsonl`),
        startTimeoutMs: 60_000,
        ...changes,
      };
    },
    async state(handle, ...wanted) {
      const runner = another();
      const look = async () => {
        const evidence = await runner.observe(handle);
        const derived = deriveState(evidence, { nowMs: performance.now(), generation: handle.generation });
        if (wanted.includes(derived.state)) return derived;
        if (derived.state === "exited" || derived.state === "lost") {
          throw new Error(`${handle.agentId} is ${derived.state}:\n${await runner.output(handle, 60)}`);
        }
        return undefined;
      };
      return within(`${handle.agentId} is ${wanted.join(" or ")}`, look).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await runner.output(handle, 60)}`);
      });
    },
  };
}

/** Looks again and again until something is there. */
export async function within<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
): Promise<Value> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > giveUpAtMs) throw new Error(`Waited in vain: ${what}`);
    await sleep(50);
  }
}

/** A home where OpenCode knows one model, and nobody's login. Whoever wants to reach anything but this machine meets a closed door. */
function homeOf(root: string, model: string): Record<string, string> {
  const home = join(root, "home");
  const config = join(home, "config", "opencode");
  mkdirSync(join(config, "node_modules"), { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(config, name), JSON.stringify(value));
  // It looks whether this package is installed before it starts, and waits a minute and more for a network that is not there. Only the
  // names are looked at.
  const dependencies = { "@opencode-ai/plugin": version };
  write("package.json", { dependencies });
  write("package-lock.json", { lockfileVersion: 3, packages: { "": { dependencies } } });
  write("opencode.json", {
    model: "scripted/scripted-1",
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted",
        options: { baseURL: `${model}/v1`, apiKey: "none" },
        models: { "scripted-1": { name: "Scripted", cost: { input: 1, output: 2 } } },
      },
    },
  });
  const closed = "http://127.0.0.1:9";
  return {
    PATH: [join(installed, ".."), process.env["PATH"] ?? ""].join(":"),
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_CACHE_HOME: join(home, "cache"),
    GIT_AUTHOR_NAME: "Worker",
    GIT_AUTHOR_EMAIL: "worker@example.org",
    GIT_COMMITTER_NAME: "Worker",
    GIT_COMMITTER_EMAIL: "worker@example.org",
    GIT_CONFIG_NOSYSTEM: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_PERMISSION: JSON.stringify({ bash: { "*": "allow", "curl *": "ask", "wget *": "ask" } }),
    OPENCODE_TEST_ROOT: root,
    http_proxy: closed,
    https_proxy: closed,
    HTTP_PROXY: closed,
    HTTPS_PROXY: closed,
    ALL_PROXY: closed,
    no_proxy: "127.0.0.1,localhost",
    NO_PROXY: "127.0.0.1,localhost",
  };
}

/** Pids of living processes with that text in their environment. */
function carrying(assignment: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(assignment);
      } catch {
        return false;
      }
    });
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ");
  } catch {
    return "";
  }
}

export function endIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
