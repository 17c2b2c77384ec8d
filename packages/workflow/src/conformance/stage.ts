import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentHandle, AgentOrder, AgentRunner, EvidenceFact } from "../runner.js";
import { ensure, until } from "./assertions.js";
import { findProcesses, processesWith, signalIfThere } from "./kit-processes.js";
import { type AgentReport, kitFolderVariable, respondent, type Script } from "./script.js";
import type { StartRequest } from "./starter.js";

export interface StageSettings {
  readonly scriptedAgent: readonly string[];
  readonly starter: readonly string[];
  readonly patienceMs: number;
}

type PlayChanges = Partial<
  Pick<AgentOrder, "agentId" | "generation" | "command" | "promptLine" | "resume" | "profile">
> & {
  /** Another project: another folder for state directories. */
  readonly project?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Arguments after the scripted agent's own. */
  readonly words?: readonly string[];
};

/** A folder of its own for one test; afterwards no file and no process of it is left, whatever the runner did. */
export interface Stage {
  readonly root: string;
  readonly patienceMs: number;
  stateRoot(project?: string): string;
  /** An order for a scripted agent, with its folder; nothing is started. */
  play(script: Script, changes?: PlayChanges): Play;
  /** A process of its own that starts the order, and stays. */
  starter(order: AgentOrder, barrier?: string): Promise<Starter>;
  /** Starts a respondent that has nothing to do with any session, and gives its file. */
  bystander(environment: Readonly<Record<string, string>>, cwd: string): Promise<string>;
  /** Demands that the respondent of that file still answers. */
  ensureUntouched(respondentFile: string, what: string): Promise<void>;
  /** Waits until the session has ended, and gives how. */
  ended(runner: AgentRunner, handle: AgentHandle): Promise<EvidenceFact>;
}

/** One agent's part: its order, and what its program reported. */
export interface Play {
  readonly order: AgentOrder;
  readonly folder: string;
  /** Waits for the report of a started program. */
  report(): Promise<AgentReport>;
  reports(): readonly AgentReport[];
  /** Waits until the scripted agent left that note. */
  reached(name: string): Promise<void>;
  /** Lets the script go on. */
  go(name: string): void;
  has(note: string): boolean;
  /** Waits for that child of the scripted agent, and gives its pid. */
  child(name: string): Promise<number>;
  childFile(name: string): string;
  received(): readonly string[];
  /** Pids of this agent's processes that live now. */
  alive(): Promise<readonly number[]>;
}

interface Starter {
  readonly result: Promise<{ readonly handle?: AgentHandle; readonly error?: string }>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
}

export async function withStage(
  settings: StageSettings,
  run: (stage: Stage) => Promise<void>,
): Promise<void> {
  const root = realpathSync(await mkdtemp(join(tmpdir(), "wiggum-kit-")));
  const children: ChildProcess[] = [];
  try {
    await run(createStage(root, settings, children));
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await clear(root);
  }
}

function createStage(root: string, settings: StageSettings, children: ChildProcess[]): Stage {
  const { patienceMs } = settings;
  let plays = 0;
  const stateRoot = (project = "project") => join(root, project, "state");
  return {
    root,
    patienceMs,
    stateRoot,

    play(script, changes = {}) {
      plays += 1;
      const folder = join(root, `play-${plays}`);
      const cwd = join(folder, "worktree");
      mkdirSync(cwd, { recursive: true });
      writeFileSync(join(folder, "script.json"), JSON.stringify(script));
      writeFileSync(join(folder, "prompt.md"), "Do as the script says.\n");
      const {
        agentId = "tester-0",
        generation = 1,
        project,
        environment = {},
        words = [],
        ...rest
      } = changes;
      const order: AgentOrder = {
        agentId,
        generation,
        role: "tester",
        cwd,
        command: [...settings.scriptedAgent, ...words],
        promptFile: join(folder, "prompt.md"),
        promptLine: "Read the prompt file.",
        environment: { ...basicEnvironment(), [kitFolderVariable]: folder, ...environment },
        stateDirectory: join(stateRoot(project), agentId, String(generation)),
        inboxFile: join(cwd, "inbox.jsonl"),
        startTimeoutMs: patienceMs,
        ...rest,
      };
      return createPlay(order, folder, patienceMs);
    },

    async starter(order, barrier) {
      const request: StartRequest = { order, ...(barrier === undefined ? {} : { barrier }) };
      plays += 1;
      const file = join(root, `request-${plays}.json`);
      writeFileSync(file, JSON.stringify(request));
      const [program = "", ...words] = settings.starter;
      const child = spawn(program, [...words, file], { stdio: ["ignore", "pipe", "inherit"] });
      children.push(child);
      return readStarter(child);
    },

    async bystander(environment, cwd) {
      plays += 1;
      const file = join(root, `bystander-${plays}`);
      const child = spawn("sh", ["-c", respondent, file], {
        cwd,
        detached: true,
        stdio: "ignore",
        env: { ...basicEnvironment(), ...environment, [kitFolderVariable]: file },
      });
      children.push(child);
      await until("a bystander runs", patienceMs, () => existsSync(file) || undefined);
      return file;
    },

    async ensureUntouched(file, what) {
      // Without anybody who reads, opening the pipe fails instead of waiting.
      await until(`${what} still listens`, patienceMs, () => ask(`${file}.ask`) || undefined);
      await until(`${what} still answers`, patienceMs, () => existsSync(`${file}.answer`) || undefined);
    },

    ended: (runner, handle) =>
      until(`${handle.agentId} has ended`, patienceMs, async () => {
        const facts = (await runner.observe(handle)).map((evidence) => evidence.fact);
        return facts.find((fact) => fact.kind === "exited" || fact.kind === "lost");
      }),
  };
}

function createPlay(order: AgentOrder, folder: string, patienceMs: number): Play {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const has = (name: string) => existsSync(join(folder, name));
  const reports = () =>
    readdirSync(folder)
      .filter((name) => /^agent-\d+\.json$/.test(name))
      .map((name) => JSON.parse(read(name)) as AgentReport);
  return {
    order,
    folder,
    has,
    reports,
    report: () => until("the agent's program runs", patienceMs, () => reports()[0]),
    reached: async (name) => {
      await until(`the agent reached "${name}"`, patienceMs, () => has(`reached-${name}`) || undefined);
    },
    go: (name) => writeFileSync(join(folder, `go-${name}`), ""),
    child: (name) =>
      until(`child "${name}" runs`, patienceMs, () =>
        has(`child-${name}`) ? Number(read(`child-${name}`)) : undefined,
      ),
    childFile: (name) => join(folder, `child-${name}`),
    received: () => (has("received") ? (JSON.parse(read("received")) as string[]) : []),
    alive: () => processesWith(`${kitFolderVariable}=${folder}`),
  };
}

function ask(pipe: string): boolean {
  try {
    const descriptor = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(descriptor, "are you there?\n");
    closeSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

/** What a program needs to be found and, with Node's compile cache, to start fast. */
function basicEnvironment(): Record<string, string> {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) };
}

async function readStarter(child: ChildProcess): Promise<Starter> {
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  ensure(child.stdout !== null, "the starter has a standard output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    ensure(line.done !== true, "the starter program ended without an answer");
    return JSON.parse(line.value);
  };
  await next();
  const result = next() as Promise<{ handle?: AgentHandle; error?: string }>;
  // A starter that is killed first never answers, and nobody may be waiting for it.
  result.catch(() => undefined);
  return {
    result,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Ends whatever carries a folder of this stage in its environment, until nothing does, then removes the files. */
async function clear(root: string): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const left = await findProcesses((environment) =>
      environment.some((variable) => variable.startsWith(`${kitFolderVariable}=${root}/`)),
    );
    if (left.length === 0 && round > 0) break;
    for (const pid of left) signalIfThere(pid, "SIGKILL");
    await sleep(5);
  }
  await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
