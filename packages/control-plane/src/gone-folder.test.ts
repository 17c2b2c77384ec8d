import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { refuseGoneFolder } from "./gone-folder.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { createAgentRegistry } from "./registry.js";

/** A project with `worker-0`, which has ended, and `worker-1`, which has not; neither has a worktree. */
async function projectWithAgents() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-gone-"))) as ProjectRoot;
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const paths = projectPaths(root);
  mkdirSync(paths.ticketStore, { recursive: true });
  writeFileSync(paths.marker, "{}\n");
  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
  });
  for (let number = 0; number < 2; number++) {
    const { spawnId } = await registry.reserve({
      role: "worker",
      ticketId: `tk-${number}`,
      maxAgents: 9,
      usesSlot: () => true,
      isTaken: () => false,
      resume: undefined,
      isSupervised: false,
      runner: "process",
    });
    await registry.finishSpawn(spawnId);
  }
  await registry.retire("worker-0");
  await registry.close();
  return { root, worktree: (agentId: string) => join(paths.worktreesDirectory, agentId) };
}

const identity = (agentId: string) => ({ WIGGUM_AGENT_ID: agentId, WIGGUM_GENERATION: "1" });

// P28
test("what is left of an ended agent is told to stop: by its environment, by its folder alone, in a folder below it", async () => {
  const { root, worktree } = await projectWithAgents();
  for (const [folder, environment] of [
    [worktree("worker-0"), identity("worker-0")],
    [`${worktree("worker-0")} (deleted)`, {}],
    [join(worktree("worker-0"), "src", "deep"), {}],
    [join(root, "elsewhere"), identity("worker-0")],
  ] as const) {
    await expect(refuseGoneFolder(folder, environment)).rejects.toMatchObject({
      code: "AGENT_FENCED",
      data: { agentId: "worker-0" },
    });
  }
});

test("nobody else acts from a folder that is gone, either: said as what it is", async () => {
  const { root, worktree } = await projectWithAgents();
  for (const [folder, environment] of [
    [worktree("worker-1"), identity("worker-1")],
    [worktree("worker-7"), {}],
    [join(root, "gone"), {}],
    [join(tmpdir(), "wiggum-never-there"), identity("worker-0")],
  ] as const) {
    await expect(refuseGoneFolder(folder, environment)).rejects.toMatchObject({
      code: "NOT_A_PROJECT",
      message: expect.stringContaining("is gone"),
    });
  }
  await expect(refuseGoneFolder(root, identity("worker-0"))).resolves.toBeUndefined();
});

test("looking makes no registry", async () => {
  const { root } = await projectWithAgents();
  const { agentsDatabase } = projectPaths(root);
  rmSync(agentsDatabase);
  await expect(refuseGoneFolder(join(root, "gone"), identity("worker-0"))).rejects.toMatchObject({
    code: "NOT_A_PROJECT",
  });
  expect(existsSync(agentsDatabase)).toBe(false);
});
