import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture("sh -c 'exec sleep 600'");
});

afterEach(() => fixture.remove());

test("much work is told once, with its size, before it is kept; little is not", async () => {
  const told: string[] = [];
  const project = await fixture.open(undefined, { notify: (line) => void told.push(line) });
  const isTold = (line: string) => line.startsWith("Keeping ");
  for (const bytes of [2000, 130 * 1024 * 1024]) {
    const { agentId, worktree } = await project.spawn("worker", await fixture.create(project));
    writeFileSync(join(worktree, "model.bin"), "");
    truncateSync(join(worktree, "model.bin"), bytes);
    writeFileSync(join(worktree, "notes"), "some\n");
    const { salvaged } = await project.kill(agentId, { force: true });
    expect(salvaged).toContain(agentId);
    if (bytes === 2000) expect(told.filter(isTold)).toEqual([]);
    else {
      expect(told.filter(isTold)).toEqual([
        `Keeping 131 MB of work in ${worktree} (the largest file: model.bin, 130 MB); this takes a while`,
      ]);
    }
  }
}, 120_000);
