// A project whose tickets tell the scripted model, word by word, what an agent does.
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { createRepository, type Repository } from "../../e2e/built-wiggum.js";
import { eventually as within } from "../../e2e/eventually.js";
import { carrying } from "../../testing/marked-processes.js";
import { type AgentProgram, agentHome } from "./agent-programs.js";

// What codex runs gets a /dev of its own: a project in /dev/shm would not be there for it.
if (tmpdir().startsWith("/dev/")) process.env["TMPDIR"] = "/var/tmp";

const serve = fileURLToPath(new URL("../../../../../examples/scripted-model/src/serve.mjs", import.meta.url));

/** These programs are big, and a machine that runs all tests at once is slow. */
export const patienceMs = 240_000;

export const eventually: typeof within = (what, look) => within(what, look, patienceMs);

export interface ScriptedModel {
  readonly url: string;
  /** Turns that were played so far. */
  turns(): Promise<
    readonly { readonly played: number; readonly isTitle: boolean; readonly protocol: string }[]
  >;
  stop(): void;
}

export async function startModel(): Promise<ScriptedModel> {
  const server: ChildProcess = spawn(process.execPath, [serve], { stdio: ["ignore", "pipe", "inherit"] });
  if (server.stdout === null) throw new Error("the scripted model says nothing");
  const [line] = await new Promise<[string]>((resolve, reject) => {
    server.once("exit", () => reject(new Error("the scripted model ended")));
    createInterface({ input: server.stdout as NodeJS.ReadableStream }).once("line", (text) =>
      resolve([text]),
    );
  });
  const url = /http:\/\/\S+/.exec(line)?.[0] ?? "";
  return {
    url,
    turns: async () =>
      (
        (await (await fetch(`${url}/requests`)).json()) as {
          played?: number;
          isTitle: boolean;
          protocol: string;
        }[]
      ).filter(
        (one): one is { played: number; isTitle: boolean; protocol: string } =>
          one.played !== undefined && !one.isTitle,
      ),
    stop: () => void server.kill("SIGTERM"),
  };
}

/** What the model does, one step after the other; see examples/scripted-model. */
export type Step = Readonly<Record<string, unknown>>;

export interface ScriptedProject extends Repository {
  /** Spawns a worker for a ticket that holds the script; gives the ticket's id. */
  work(steps: readonly Step[], ...flags: readonly string[]): Promise<string>;
  agent(id: string): Promise<AgentRow>;
  /** Waits until the agent is in one of these states; fails, with its log, when it ends in another. */
  state(id: string, ...wanted: readonly string[]): Promise<AgentRow>;
  worktree(id: string): string;
  stateFile(id: string, name: string): string;
  /** Processes of this test, by a marker in their environment. */
  processes(): readonly number[];
}

export interface AgentRow {
  readonly state: string;
  readonly why: string;
}

/** A project for one program, with an own home. Ended and removed, with all its processes, after the test. */
export async function createScriptedProject(
  program: AgentProgram,
  model: ScriptedModel,
): Promise<ScriptedProject> {
  const marker = `real-${program}-${process.pid}-${Math.trunc(performance.now())}`;
  const repository = await createRepository({
    isInitialised: false,
    environment: (base) => ({
      ...agentHome(base, model.url),
      WIGGUM_TEST_MARKER: marker,
      TMUX_TMPDIR: base,
      // Found on PATH by init, as for a person.
      WIGGUM_AGENT_CMD: undefined,
    }),
  });
  const processes = () => carrying(`WIGGUM_TEST_MARKER=${marker}`);
  onTestFinished(() => repository.remove());
  await repository.succeed(["init", "--agent", program]);
  // A ticket that was handed in is the end of it: no reviewer starts.
  for (const name of ["on-draft-done", "on-claim"])
    repository.write(`.wiggum/hooks/${name}`, "#!/bin/sh\n", 0o755);
  const agent = async (id: string) => {
    const rows = await repository.json<readonly (AgentRow & { readonly agentId: string })[]>(["list"]);
    const row = rows.find(({ agentId }) => agentId === id);
    if (row === undefined) throw new Error(`there is no agent ${id}`);
    return row;
  };
  return {
    ...repository,
    async work(steps, ...flags) {
      const script = `<script>${JSON.stringify(steps)}</script>`;
      const id = await repository.succeed(["ticket", "create", "Scripted", "--description", script]);
      await repository.succeed(["spawn", "worker", id, ...flags]);
      return id;
    },
    agent,
    async state(id, ...wanted) {
      return eventually(`${id} is ${wanted.join(" or ")}`, async () => {
        const row = await agent(id);
        if (wanted.includes(row.state)) return row;
        if (["exited", "lost"].includes(row.state)) {
          const log = await repository.wiggum(["logs", id]);
          throw new Error(`${id} is ${row.state}: ${row.why}\n${log.stdout}`);
        }
        return undefined;
      });
    },
    worktree: (id) => join(repository.root, "worktrees", id),
    stateFile: (id, name) => join(repository.root, ".wiggum", "state", id, "1", name),
    processes,
  };
}
