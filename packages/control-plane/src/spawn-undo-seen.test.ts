import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture("sh -c 'echo no licence >&2; exit 3'");
});

afterEach(() => fixture.remove());

/** A person's spawn that fails after its claim, because the agent ends at once. */
async function failedSpawn() {
  const lines: string[] = [];
  const project = await fixture.open(undefined, { notify: (line) => lines.push(line) });
  const id = await fixture.create(project);
  await project.read();
  await expect(project.spawn("worker", id)).rejects.toMatchObject({ code: "SPAWN_FAILED" });
  return { project, id, lines };
}

test("what a failed spawn took back is no news to whoever typed it: nothing tells of it, neither then nor later", async () => {
  const { project, id, lines } = await failedSpawn();
  expect((await project.tickets.show(id)).ticket).toMatchObject({ state: "ready", leaseEpoch: 2 });
  expect(await project.read()).toEqual([]);
  await expect(project.spawn("worker", id)).rejects.toMatchObject({ code: "SPAWN_FAILED" });
  await project.write(id, (context) =>
    project.tickets.update(id, (ticket) => ({ ...ticket, priority: 0 }), context),
  );
  expect(await project.read()).toEqual([]);
  expect(lines).toEqual([]);
});

test("the history says who and why; what somebody else did in between is still told", async () => {
  const { project, id } = await failedSpawn();
  const causes: unknown[] = [];
  for await (const { actor, cause, override } of project.tickets.backend.watch?.(undefined, {
    follow: false,
  }) ?? [])
    causes.push({ by: actor.id, cause, override });
  expect(causes.at(-1)).toEqual({ by: "manual", cause: "spawn failed", override: "spawn failed" });
  writeFileSync(fixture.paths.configShell, `WIGGUM_AGENT_CMD="sh -c 'exec sleep 600'"\n`);
  const other = await fixture.open(undefined, { isSupervisor: true });
  await other.write(id, (context) =>
    other.tickets.update(id, (ticket) => ({ ...ticket, priority: 0 }), context),
  );
  expect((await project.read()).join("\n")).toContain(`${id}: priority 2 → 0 (supervisor`);
});
