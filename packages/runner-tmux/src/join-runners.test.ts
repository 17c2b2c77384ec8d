import { createProcessRunner } from "@wiggum/runner-process";
import { describe, expect, test } from "vitest";
import { joinRunners } from "./join-runners.js";
import { createWorld, isTmuxThere, until } from "./testing/world.js";

const agent = ["sh", "-c", "echo working; exec sleep 120"];

// P26
describe.skipIf(!isTmuxThere)("runners of one project (needs tmux)", () => {
  test("agents that were child processes before go on beside those in panes", async () => {
    const world = createWorld();
    const processes = createProcessRunner({ terminateWaitMs: 400 });
    const former = await processes.start(world.order(agent));
    const runner = joinRunners(world.runner(), [processes]);
    const newer = await runner.start(world.order(agent, { agentId: "worker-1" }));

    expect([former.runner, newer.runner]).toEqual(["process", "tmux"]);
    expect(runner).toMatchObject({ name: "tmux", goesOnWith: ["process"] });
    expect(await runner.start(world.order(agent))).toEqual(former);
    const found = await runner.discover({ stateRoot: world.stateRoot });
    expect(found.map(({ agentId }) => agentId).toSorted()).toEqual(["worker-0", "worker-1"]);
    for (const handle of [former, newer]) {
      expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
      await until("it prints", async () => (await runner.output(handle, 1)) === "working");
    }
    expect(await runner.attach(newer)).toContain("attach-session");
    await expect(runner.attach(former)).rejects.toMatchObject({
      code: "RUNNER_UNSUPPORTED",
      data: { runner: "process", method: "attach" },
    });
    await expect(runner.observe({ ...former, runner: "elsewhere" })).rejects.toThrow(
      "here are: tmux, process",
    );
    for (const handle of [former, newer]) expect((await runner.stop(handle)).stopped).toBe(true);
  });

  test("agents in panes are looked after without tmux, as far as that goes", async () => {
    const world = createWorld();
    const handle = await world.runner().start(world.order(agent));
    await until("it prints", async () => (await world.runner().output(handle, 1)) === "working");
    const without = world.runner({ program: "wiggum-no-such-tmux" });
    const runner = joinRunners(createProcessRunner(), [without]);
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
    expect(await runner.output(handle, 1)).toBe("working");
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
  });
});
