import { mkdirSync, readFileSync } from "node:fs";
import { builtinTypes, createJudge, createMemoryBackend } from "@wiggum/ticket-core";
import { type AgentRegistry, type SpawnResult, spawnAgent } from "@wiggum/workflow";
import { onTestFinished } from "vitest";
import { markedProcesses, stopMarkedProcesses } from "../worktree-processes.js";
import { childMarker } from "./child-runner.js";
import { memoryTickets } from "./memory-tickets.js";
import { type TestSpawnOptions, testSpawnPorts } from "./spawn-ports.js";
import { type WorktreeFixture, worktreeFixture } from "./worktree-fixture.js";

export const sleeper = ["sh", "-c", "echo started; exec sleep 600"];

export type Extra = Partial<Pick<TestSpawnOptions, "command" | "maxAgents" | "worktree">> & {
  readonly fixture?: WorktreeFixture;
  readonly environment?: Readonly<Record<string, string>>;
};

export function setting(extra: Extra = {}) {
  const fixture = extra.fixture ?? worktreeFixture();
  fixture.write(".git/info/exclude", "/worktrees/\n/.wiggum/\n");
  mkdirSync(fixture.paths.controlDirectory, { recursive: true });
  const backend = createMemoryBackend({ judge: createJudge(builtinTypes) });
  const { tickets, put } = memoryTickets(backend);
  const ports = testSpawnPorts({
    root: fixture.root,
    tickets,
    command: extra.command ?? sleeper,
    environment: { ...fixture.environment, ...extra.environment },
    ...(extra.maxAgents === undefined ? {} : { maxAgents: extra.maxAgents }),
    ...(extra.worktree === undefined ? {} : { worktree: extra.worktree }),
  });
  onTestFinished(async () => {
    await stopAll(fixture, ports.registry);
    await ports.registry.close();
  });
  const spawnFor = (role: string, ticketId?: string) =>
    spawnAgent({ role, ...(ticketId === undefined ? {} : { ticketId }) }, ports);
  const stateOf = async (id: string) => (await tickets.show(id)).ticket;
  return { fixture, backend, tickets, put, ports, spawnFor, stateOf, registry: ports.registry };
}

export const running = ({ paths }: WorktreeFixture, agentId: string, generation: number) =>
  markedProcesses(childMarker(paths.stateRoot, agentId, generation));
export const stop = ({ paths }: WorktreeFixture, agentId: string, generation: number) =>
  stopMarkedProcesses(childMarker(paths.stateRoot, agentId, generation), agentId);

async function stopAll(fixture: WorktreeFixture, registry: AgentRegistry): Promise<void> {
  for (const { agentId, session } of await registry.list({ includeRetired: true })) {
    for (let generation = 1; generation <= (session?.generation ?? 0); generation++) {
      await stop(fixture, agentId, generation);
    }
  }
}

/** Everything that a spawn may leave in code, registry and tickets. */
export async function traces({ fixture, registry, tickets }: ReturnType<typeof setting>) {
  return {
    refs: fixture.git("for-each-ref", "--format=%(refname)").trim().split("\n"),
    worktrees: fixture
      .git("worktree", "list", "--porcelain")
      .split("\n")
      .filter((line) => line.startsWith("worktree ")),
    live: (await registry.list()).map(({ agentId }) => agentId),
    tickets: (await tickets.list()).tickets.map(({ ticket }) => [
      ticket.id,
      ticket.state,
      ticket.assignedAgentId,
    ]),
  };
}

export const environmentOf = (fixture: WorktreeFixture, spawned: SpawnResult) => {
  const [pid] = running(fixture, spawned.agentId, spawned.generation);
  const text = readFileSync(`/proc/${pid}/environ`, "utf8");
  return Object.fromEntries(
    text.split("\0").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
};
