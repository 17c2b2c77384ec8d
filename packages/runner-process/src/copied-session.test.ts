import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createProcessRunner } from "./create-process-runner.js";
import { shareCompiledPrograms } from "./testing/kit-runner.js";
import { createWorld, isAlive } from "./testing/world.js";

beforeAll(shareCompiledPrograms);

test("a copied folder of sessions has none of the original's; a moved one has them still", async () => {
  const world = await createWorld();
  const runner = createProcessRunner({ terminateWaitMs: 300, killWaitMs: 1_000 });
  const handle = await runner.start(world.order(["sh", "-c", "echo $$ > pid; exec sleep 120"]));
  const pid = Number(await world.written("pid"));
  const copy = join(world.root, "copied-state");
  await cp(world.stateRoot, copy, { recursive: true });
  expect(await runner.discover({ stateRoot: copy })).toEqual([]);
  expect((await runner.discover({ stateRoot: world.stateRoot })).map(({ data }) => data)).toEqual([
    handle.data,
  ]);
  expect(isAlive(pid)).toBe(true);

  const moved = join(world.root, "moved-state");
  await rename(world.stateRoot, moved);
  const [found, ...others] = await runner.discover({ stateRoot: moved });
  expect(others).toEqual([]);
  expect(found).toMatchObject({ agentId: handle.agentId, generation: handle.generation });
  if (found === undefined) throw new Error("there is one");
  expect(await runner.stop(found)).toMatchObject({ stopped: true });
  expect(isAlive(pid)).toBe(false);
});
