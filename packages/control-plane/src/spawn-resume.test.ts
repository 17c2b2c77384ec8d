import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ticket } from "@wiggum/ticket-core";
import { killAgent, spawnAgent } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { listSalvage } from "./salvage.js";
import { running, setting, stop } from "./testing/spawn-fixture.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";

describe("going on", () => {
  async function ended(all: ReturnType<typeof setting>, values: Partial<Ticket> = {}) {
    const { fixture, put, spawnFor } = all;
    await put("tk-aaaa", values);
    const spawned = await spawnFor("worker", "tk-aaaa");
    await stop(fixture, "worker-0", 1);
    return spawned;
  }

  // P24, P28
  test("the same worker in the same worktree, with a new generation and epoch; its work stays and is saved", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf, tickets, registry } = all;
    const first = await ended(all);
    fixture.writeIn(first.worktree, "half.txt", "half done\n");
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second).toMatchObject({
      agentId: "worker-0",
      generation: 2,
      worktree: first.worktree,
      branch: "worker-0",
      isResumed: true,
    });
    expect(readFileSync(join(first.worktree, "half.txt"), "utf8")).toBe("half done\n");
    expect((await listSalvage(fixture.repository)).map(({ files }) => files)).toEqual([["half.txt"]]);
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-0", leaseEpoch: 2 });
    expect((await registry.read("worker-0"))?.session).toMatchObject({ generation: 2, epoch: 2 });
    // A zombie of the first session writes under its old claim.
    const zombie = { actor: { kind: "agent", id: "worker-0" }, fence: { id: "tk-aaaa", epoch: 1 } } as const;
    await expect(
      tickets.addEvent("tk-aaaa", { kind: "comment", source: "worker-0", text: "still here" }, zombie),
    ).rejects.toMatchObject({ code: "TICKET_FENCED" });
  });

  test("what the former session left running is ended before the new one works in its place", async () => {
    const fixture = worktreeFixture();
    const program = join(fixture.base, "agent.sh");
    writeFileSync(
      program,
      '#!/bin/sh\nsetsid sleep 600 &\nif test "$WIGGUM_GENERATION" = 1; then exit 0; fi\nexec sleep 600\n',
    );
    chmodSync(program, 0o755);
    const { put, spawnFor } = setting({ fixture, command: [program] });
    await put("tk-aaaa");
    await spawnFor("worker", "tk-aaaa");
    expect(running(fixture, "worker-0", 1)).toHaveLength(1);
    await spawnFor("worker", "tk-aaaa");
    expect(running(fixture, "worker-0", 1)).toEqual([]);
  });

  // P4
  test("a git that was killed with the agent leaves no lock that the next session stumbles over", async () => {
    const all = setting();
    const { fixture, spawnFor } = all;
    const first = await ended(all);
    writeFileSync(join(fixture.inside("worker-0", "rev-parse", "--absolute-git-dir"), "index.lock"), "");
    expect(() => fixture.inside("worker-0", "add", "-A")).toThrow();
    await spawnFor("worker", "tk-aaaa");
    fixture.writeIn(first.worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
  });

  test("a worktree that is gone: another worker takes over, from the first one's branch", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf } = all;
    const first = await ended(all);
    fixture.writeIn(first.worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "Work");
    rmSync(first.worktree, { recursive: true });
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second).toMatchObject({ agentId: "worker-1", isResumed: false });
    expect(readFileSync(join(second.worktree, "a.txt"), "utf8")).toBe("a\n");
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-1", leaseEpoch: 2 });
  });

  test("a worker that was killed: another one takes over", async () => {
    const all = setting();
    const { spawnFor, stateOf, ports } = all;
    await ended(all);
    await killAgent({ agentId: "worker-0" }, ports);
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second.agentId).toBe("worker-1");
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-1", leaseEpoch: 2 });
  });

  test("a take-over that fails gives the ticket back to whom it belonged", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf, ports } = all;
    const first = await ended(all);
    rmSync(first.worktree, { recursive: true });
    const orders = { ...ports.orders, write: () => Promise.reject(new Error("disk full")) };
    await expect(
      spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, { ...ports, orders }),
    ).rejects.toMatchObject({ code: "SPAWN_FAILED" });
    expect(await stateOf("tk-aaaa")).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0" });
    expect(fixture.git("branch", "--format=%(refname:short)").trim().split("\n")).not.toContain("worker-1");
    expect((await spawnFor("worker", "tk-aaaa")).agentId).toBe("worker-2");
  });

  test("while its ticket is in review the holder goes on without a new claim: a reviewer's fence stays good", async () => {
    const all = setting();
    const { spawnFor, stateOf, tickets } = all;
    await ended(all);
    await tickets.transition("tk-aaaa", "review", { actor: { kind: "person", id: "p" }, unguarded: true });
    expect(await spawnFor("worker", "tk-aaaa")).toMatchObject({ agentId: "worker-0", generation: 2 });
    expect(await stateOf("tk-aaaa")).toMatchObject({ state: "review", leaseEpoch: 1 });
  });
});
