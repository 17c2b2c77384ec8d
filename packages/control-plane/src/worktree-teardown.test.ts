import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { structuredDefaults } from "./settings.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";
import { processesIn } from "./worktree-processes.js";
import { placeDeclaredFiles } from "./worktree-setup.js";
import { createTearDown } from "./worktree-teardown.js";
import { clearWorkspace } from "./worktrees-clear.js";

/** A worktree with an agent that held a port, and how it is removed. */
function setting(command: readonly string[], timeoutMs = 60_000) {
  const fixture = worktreeFixture();
  const worktree = fixture.addWorktree("worker-0");
  const session = { generation: 2 };
  const tearDown = createTearDown({
    paths: fixture.paths,
    settings: {
      worktree: { ...structuredDefaults.worktree, tearDown: command, tearDownTimeoutMs: timeoutMs },
    },
    registry: {
      read: async () => ({ agentId: "worker-0", role: "worker", ticketId: "tk-1", session }) as never,
      leasePort: async () => 24_007,
    },
    environment: fixture.environment,
  });
  const rules = { mainRoot: fixture.root, regenerable: structuredDefaults.worktree.regenerable };
  const clear = (isForced: boolean) =>
    clearWorkspace(
      { git: fixture.repository, paths: fixture.paths, rules, tearDown },
      "worker-0",
      { worktree, branch: "worker-0" },
      { isForced, reason: "kill" },
    );
  const log = () => readFileSync(join(fixture.paths.worktreeLogs, "worker-0.tear-down.log"), "utf8");
  return { fixture, worktree, clear, log };
}

test("runs where the agent worked, with its port, before the worktree goes; what it printed is kept", async () => {
  const { fixture, worktree, clear, log } = setting([
    "sh",
    "-c",
    'echo "$PWD $WIGGUM_PORT $WIGGUM_TICKET_ID"',
  ]);
  expect((await clear(false)).warnings).toEqual([]);
  expect(existsSync(worktree)).toBe(false);
  expect(log()).toContain(`\n${worktree} 24007 tk-1\n[ended with code 0]\n`);
  expect(fixture.git("branch", "--list", "worker-0")).toBe("");
});

test("one that fails is a warning, one that hangs is ended with all that it started: the worktree goes", async () => {
  const failing = setting(["sh", "-c", "echo stopping; echo no such container >&2; exit 4"]);
  expect((await failing.clear(false)).warnings).toEqual([
    expect.stringMatching(/^The tear-down program sh -c .* ended with code 4 in .*: no such container \(/),
  ]);
  expect(existsSync(failing.worktree)).toBe(false);
  const hanging = setting(["sh", "-c", "sleep 600 & sleep 600"], 300);
  expect((await hanging.clear(false)).warnings).toEqual([expect.stringContaining("was stopped after")]);
  expect(existsSync(hanging.worktree)).toBe(false);
  expect(await processesIn(hanging.worktree)).toEqual([]);
});

test("a worktree that stays is not torn down; what the program itself leaves is work until it is saved", async () => {
  const kept = setting(["sh", "-c", "echo torn"]);
  kept.fixture.writeIn(kept.worktree, "unsaved.txt", "precious\n");
  expect((await kept.clear(false)).keptWorktree).toBe(kept.worktree);
  expect(kept.log).toThrow("ENOENT");
  const leaving = setting(["sh", "-c", "echo dump > dump.sql"]);
  expect((await leaving.clear(false)).keptWorktree).toBe(leaving.worktree);
  const forced = await leaving.clear(true);
  expect(forced.salvaged).toMatch(/^worker-0\//);
  expect(existsSync(leaving.worktree)).toBe(false);
});

// P33
test("no file is read or written through a link that leads out of project or worktree", async () => {
  const fixture = worktreeFixture();
  const outside = join(fixture.base, "outside");
  mkdirSync(outside);
  fixture.writeIn(outside, "secret", "of somebody else\n");
  symlinkSync(outside, join(fixture.root, "shared"));
  symlinkSync(join(outside, "secret"), join(fixture.root, "direct.local"));
  fixture.write("folder/plain", "1\n");
  symlinkSync(join(outside, "secret"), join(fixture.root, "folder/inner"));
  fixture.write("config/own.local", "mine\n");
  const worktree = fixture.addWorktree("worker-0");
  symlinkSync(outside, join(worktree, "config"));
  for (const glob of ["shared/secret", "direct.local", "folder", "config/own.local"])
    for (const declared of [
      { copy: [glob], link: [] },
      { copy: [], link: [glob] },
    ]) {
      if (glob === "folder" && declared.link.length > 0) continue;
      await expect(placeDeclaredFiles(fixture.root, worktree, declared, [])).rejects.toMatchObject({
        code: "SETUP_FAILED",
        message: expect.stringContaining("leads to"),
      });
    }
  expect(existsSync(join(outside, "own.local"))).toBe(false);
  expect(existsSync(join(worktree, "secret"))).toBe(false);
});
