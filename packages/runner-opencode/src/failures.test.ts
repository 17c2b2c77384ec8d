// What goes wrong at the model, on the real OpenCode. Only the model is scripted.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { createOpenCodeWorld, testWithOpenCode, within } from "./testing/open-code-world.js";
import { type ScriptedModel, startModel } from "./testing/scripted-model.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

testWithOpenCode("a model that refuses blocks the agent, and a message lets it go on", async () => {
  const world = createOpenCodeWorld(model, { deliveryWaitMs: 60_000 });
  const { runner } = world;
  const handle = await runner.start(
    world.order([{ error: 401, errorType: "authentication_error", message: "the key is not known" }]),
  );
  const blocked = await world.state(handle, "blocked");
  expect(blocked).toMatchObject({ reason: expect.stringContaining("the key is not known") });
  const script = JSON.stringify([{ run: "echo yes > again" }, { text: "Done." }]);
  const text = `Try again.\n<script>${script}</script>`;
  expect(await runner.send(handle, { id: "m-1", from: "person", text })).toMatchObject({
    status: "delivered",
  });
  await world.state(handle, "idle");
  expect(existsSync(join(world.worktree(), "again"))).toBe(true);
  await runner.stop(handle);
});

testWithOpenCode(
  "a provider that fails again and again is tried for a while, visibly, and then given up",
  async () => {
    const world = createOpenCodeWorld(model, { limits: { retryLimitMs: 3_000 } });
    const { runner } = world;
    const handle = await runner.start(
      world.order([{ error: 500, errorType: "server_error", message: "overloaded" }]),
    );
    expect(await world.state(handle, "retrying")).toMatchObject({
      reason: expect.stringContaining("overloaded"),
    });
    expect(await world.state(handle, "blocked")).toMatchObject({
      reason: expect.stringContaining("the provider fails: overloaded"),
    });
    const before = (await model.turns()).length;
    await runner.stop(handle);
    expect((await model.turns()).length).toBe(before);
  },
);

testWithOpenCode("an answer that is cut at the model's limit is gone on with once", async () => {
  const world = createOpenCodeWorld(model);
  const { runner } = world;
  const handle = await runner.start(
    world.order([
      { text: "This is only the beg", finish: "length" },
      { run: "echo yes > rest" },
      { text: "Done." },
    ]),
  );
  await within("it went on", async () => existsSync(join(world.worktree(), "rest")));
  await world.state(handle, "idle");
  expect((await runner.session(handle))?.turns).toBe(2);
  await runner.stop(handle);
});

testWithOpenCode("a person's interrupt ends the turn and its command, not the agent", async () => {
  const world = createOpenCodeWorld(model);
  const { runner } = world;
  const handle = await runner.start(
    world.order([{ run: "echo $$ > pid; exec sleep 300" }, { text: "Never said." }]),
  );
  const pid = await within("its command runs", async () => readNumber(join(world.worktree(), "pid")));
  await runner.interrupt(handle);
  await world.state(handle, "idle");
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  expect((await runner.observe(handle))[0]?.fact.kind).toBe("running");
  expect(await runner.output(handle, 100)).not.toContain("Never said.");
  await runner.stop(handle);
});

testWithOpenCode(
  "a model that OpenCode does not know blocks the agent with OpenCode's own words",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    const handle = await runner.start(world.order([], { command: ["opencode", "--model", "scripted/none"] }));
    expect(await world.state(handle, "blocked")).toMatchObject({
      reason: expect.stringMatching(/scripted|none|model/i),
    });
    await runner.stop(handle);
  },
);

testWithOpenCode(
  "a configuration that OpenCode refuses ends the agent with OpenCode's own words",
  async () => {
    const world = createOpenCodeWorld(model, {
      configuration: { permission: { doom_loop: { "*": "deny" } } },
    });
    const { runner } = world;
    const handle = await runner.start(world.order([{ text: "Never." }]));
    await within("it gives up", async () => (await runner.observe(handle))[0]?.fact.kind === "exited");
    const output = await runner.output(handle, 20);
    expect(output).toContain("[error] The OpenCode server makes no session");
    expect(output).toContain("doom_loop");
    await runner.stop(handle);
    expect(world.processes()).toEqual([]);
  },
);

async function readNumber(path: string): Promise<number | undefined> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text.endsWith("\n") ? Number(text) : undefined;
}
