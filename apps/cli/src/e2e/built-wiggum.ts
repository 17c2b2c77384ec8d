// Runs the built command in real repositories: what a person or an agent would see.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isProcessTableThere, killCarrying } from "../testing/marked-processes.js";
import { observe, observeText } from "./observed-runs.js";
import { sharedCache } from "./shared-cache.js";

export const program = fileURLToPath(new URL("../../dist/bin.cjs", import.meta.url));
if (!existsSync(program)) throw new Error(`${program} is missing: build the command first (pnpm run build)`);

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A repository of its own below a temporary folder, with the environment of nobody. */
export interface Repository {
  readonly root: string;
  /** A folder beside the repository, for programs that tests put on PATH. */
  readonly programs: string;
  readonly environment: Readonly<Record<string, string>>;
  wiggum(typed: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same, for commands that must succeed; gives standard output without the last line end. */
  succeed(typed: readonly string[], options?: RunOptions): Promise<string>;
  /** The `data` of the command's JSON envelope. */
  json<Data>(typed: readonly string[], options?: RunOptions): Promise<Data>;
  start(typed: readonly string[], options?: RunOptions): ChildProcess;
  git(...inputs: readonly string[]): string;
  write(path: string, text: string, mode?: number): string;
  read(path: string): string;
  /** Ends every agent and removes the folder. */
  remove(): Promise<void>;
}

/** What is left of this process's environment: nothing that steers git or wiggum. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(WIGGUM|GIT|EXIT|NODE|VITEST|XDG)_|^(EDITOR|VISUAL|NO_COLOR|FORCE_COLOR|TMUX|TMUX_PANE|TMUX_TMPDIR)$/.test(
        entry[0],
      ),
  ),
);

/** In the environment of all that a test starts, with the test's folder: what is left at its end is found by it. */
const marker = "TEST_FIXTURE";

export interface RepositoryOptions {
  /** A repository with one commit (default), without any, or no repository at all. */
  readonly kind?: "one commit" | "unborn" | "no repository";
  /** Where the project lies below the temporary folder; default `project`. */
  readonly folder?: string;
  /** What the first branch is called; default `main`. */
  readonly branch?: string;
  /** Text of the shell script that is the agent; default: says hello and waits. */
  readonly agent?: string;
  /** Runs `wiggum init` (default). */
  readonly isInitialised?: boolean;
  /** Variables on top; `undefined` takes one away. `base` is the folder that is removed at the end. */
  readonly environment?: (base: string) => Readonly<Record<string, string | undefined>>;
}

/** Answers a question and waits at its work. */
const patientAgent =
  'if [ "$1" = --print ]; then echo "an answer"; exit; fi; echo "hello from $WIGGUM_AGENT_ID"; while :; do sleep 1; done';

export async function createRepository(options: RepositoryOptions = {}): Promise<Repository> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-e2e-")));
  const root = join(base, options.folder ?? "project");
  const programs = join(base, "programs");
  for (const folder of [root, programs, join(base, "home")]) mkdirSync(folder, { recursive: true });
  const environment = given({
    ...inherited,
    ...sharedCache,
    HOME: join(base, "home"),
    [marker]: base,
    GIT_CONFIG_NOSYSTEM: "1",
    PATH: `${programs}:${inherited["PATH"] ?? ""}`,
    WIGGUM_AGENT_CMD: `sh ${join(programs, "agent.sh")}`,
    WIGGUM_BIN: join(programs, "wiggum"),
    // The same on every machine, whether there is a tmux or not.
    WIGGUM_RUNNER: "process",
    ...options.environment?.(base),
  });
  const repository = inFolder(base, root, programs, environment);
  writeFileSync(join(programs, "agent.sh"), `${options.agent ?? patientAgent}\n`, { mode: 0o755 });
  const called = join(programs, "wiggum");
  writeFileSync(called, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  if (options.kind !== "no repository") {
    repository.git("init", "-q", "-b", options.branch ?? "main");
    repository.git("config", "user.name", "Tester");
    repository.git("config", "user.email", "tester@example.org");
  }
  if (options.kind === undefined || options.kind === "one commit") {
    repository.write("README.md", "# Project\n");
    repository.git("add", "README.md");
    repository.git("commit", "-qm", "First");
  }
  if (options.isInitialised !== false && options.kind !== "no repository") await repository.succeed(["init"]);
  return repository;
}

function given(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function inFolder(
  base: string,
  root: string,
  programs: string,
  environment: Readonly<Record<string, string>>,
): Repository {
  const start = (typed: readonly string[], options: RunOptions = {}) => {
    const child = spawn(process.execPath, [program, ...typed], {
      cwd: options.cwd ?? root,
      env: { ...environment, ...options.environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    // What it prints is the test's to read, or not to.
    child.once("close", (code) => observe({ typed, exitCode: code ?? -1, output: "" }));
    return child;
  };
  const wiggum = async (typed: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const child = start(typed, options);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (part: Buffer) => out.push(part));
    child.stderr?.on("data", (part: Buffer) => err.push(part));
    // A command that reads nothing may be gone before its input arrives.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(code ?? (signal === null ? -1 : -2)));
    });
    const ran = { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
    observe({ typed, exitCode, output: `${ran.stdout}\n${ran.stderr}` });
    return ran;
  };
  const succeed = async (typed: readonly string[], options?: RunOptions) => {
    const ran = await wiggum(typed, options);
    if (ran.exitCode !== 0)
      throw new Error(`wiggum ${typed.join(" ")} ended with ${ran.exitCode}:\n${ran.stderr}`);
    return ran.stdout.replace(/\n$/, "");
  };
  const killAgents = async () => {
    const ids = await wiggum(["list", "--format", "ids"]);
    for (const id of ids.stdout.split("\n").filter((line) => line !== ""))
      await wiggum(["kill", id, "--force"]);
  };
  return {
    root,
    programs,
    environment,
    wiggum,
    succeed,
    start,
    async json(typed, options) {
      return JSON.parse(await succeed([...typed, "--json"], options)).data;
    },
    git(...inputs) {
      const output = execFileSync("git", ["-C", root, ...inputs], {
        env: environment,
        encoding: "utf8",
        stdio: "pipe",
      });
      observeText(output);
      return output.trimEnd();
    },
    write(path, text, mode) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
      return file;
    },
    read(path) {
      const text = readFileSync(join(root, path), "utf8");
      observeText(text);
      return text;
    },
    async remove() {
      if (isProcessTableThere) await killCarrying(`${marker}=${base}`);
      else await killAgents();
      rmSync(base, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
