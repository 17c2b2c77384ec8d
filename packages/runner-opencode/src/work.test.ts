// One agent on the real OpenCode, from its prompt to its end. Only the model is scripted.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { commandOf, createOpenCodeWorld, testWithOpenCode, within } from "./testing/open-code-world.js";
import { type ScriptedModel, startModel } from "./testing/scripted-model.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

testWithOpenCode(
  "an agent edits, commits, keeps a todo list, and what that was and cost is recorded",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    const seen = 'echo "$WIGGUM_AGENT_ID $WIGGUM_GENERATION $OWN [$OPENCODE_SERVER_PASSWORD]" > who';
    const order = world.order([
      { text: "I write.", write: { path: join(world.worktree(), "hello.txt"), content: "hello\n" } },
      { run: seen },
      { run: "git add -A && git commit -qm 'Say hello'" },
      {
        tool: "todowrite",
        args: { todos: [{ content: "Say hello", status: "completed", priority: "high" }] },
      },
      { text: "All is done." },
    ]);
    const handle = await runner.start({ ...order, environment: { ...order.environment, OWN: "mine" } });
    expect(await runner.start(order)).toEqual(handle);
    await world.state(handle, "busy", "idle");
    const idle = await world.state(handle, "idle");
    expect(idle.why).toMatchObject({ source: "protocol", fact: "idle" });

    expect(readFileSync(join(world.worktree(), "hello.txt"), "utf8")).toBe("hello\n");
    // Its commands know whose they are, and nothing of the server's secret.
    expect(readFileSync(join(world.worktree(), "who"), "utf8")).toBe("worker-0 1 mine []\n");
    expect(world.git("worker-0", "log", "--format=%s")).toBe("Say hello\nBegin");

    const record = await within("the whole turn is recorded", async () => {
      const known = await runner.session(handle);
      return known !== undefined && known.tokens.output >= 100 && known;
    });
    expect(record).toMatchObject({ turns: 1, serverRestarts: 0, tokens: { input: 500, output: 100 } });
    expect(record.todos).toEqual([{ content: "Say hello", status: "completed", priority: "high" }]);
    expect(await runner.cost(handle)).toBeCloseTo((5 * (100 + 2 * 20)) / 1_000_000, 8);
    expect(await runner.tokens(handle)).toBe(600);
    const transcript = readFileSync(record.transcript, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(transcript.map(({ type, tool }) => tool ?? type)).toEqual([
      "prompt",
      "text",
      "write",
      "bash",
      "bash",
      "todowrite",
      "text",
    ]);
    const output = await runner.output(handle, 100);
    expect(output).toContain("$ git add -A");
    expect(output).toContain("All is done.");

    const turns = (await model.turns()).filter(({ path }) => path.includes("chat"));
    expect(turns.map(({ played }) => played)).toEqual([0, 1, 2, 3, 4]);
    const [server] = world.servers();
    console.log(
      `pinned opencode runs as process ${server}: ${commandOf(server ?? 0)}; the model answered ${turns.length} turns`,
    );
    expect(world.servers()).toHaveLength(1);

    // A person may look at it, with a password that no argument shows.
    const attach = await runner.attach(handle);
    expect(attach.slice(-6)).toEqual([
      "attach",
      record.url,
      "--dir",
      world.worktree(),
      "--session",
      record.sessionId,
    ]);
    const secret = readFileSync(attach[4] ?? "", "utf8");
    expect(secret.length).toBeGreaterThan(20);
    expect(attach.join(" ")).not.toContain(secret);
    expect((await fetch(`${record.url}/session`)).status).toBe(401);

    // Sessions and logs lie with the project, not in the person's home.
    expect(existsSync(join(world.directory, "home", "data", "opencode"))).toBe(true);
    expect(existsSync(join(world.root, "home", "data", "opencode", "storage"))).toBe(false);

    const report = await runner.stop(handle);
    expect(report).toMatchObject({ stopped: true, survivors: [] });
    expect((await runner.observe(handle))[0]?.fact.kind).toBe("exited");
    expect(world.processes()).toEqual([]);
  },
);

testWithOpenCode("a message is delivered with proof, once, and goes on with the same session", async () => {
  const world = createOpenCodeWorld(model, { deliveryWaitMs: 60_000 });
  const { runner } = world;
  const handle = await runner.start(world.order([{ text: "First." }]));
  await world.state(handle, "idle");
  const script = JSON.stringify([{ text: "I heard.", run: "echo heard >> heard" }, { text: "Done." }]);
  const message = {
    id: "m-1",
    from: "reviewer-0",
    text: `Please say that you heard.\n<script>${script}</script>`,
  };
  const delivery = await runner.send(handle, message);
  expect(delivery).toMatchObject({ status: "delivered", messageId: "m-1" });
  expect(await world.another().send(handle, message)).toMatchObject({ status: "delivered" });
  await within("it worked on the message", async () => existsSync(join(world.worktree(), "heard")));
  await world.state(handle, "idle");
  expect(readFileSync(join(world.worktree(), "heard"), "utf8")).toBe("heard\n");
  expect((await runner.session(handle))?.turns).toBe(2);
  await runner.stop(handle);
  expect(await runner.send(handle, { ...message, id: "m-2" })).toMatchObject({
    status: "refused",
    hasEnded: true,
  });

  // The next session of the same agent goes on where this one stood, and takes no message twice.
  const next = world.order([{ text: "Again." }], {
    generation: 2,
    resume: String(handle.data["stateDirectory"]),
  });
  const resumed = await runner.start(next);
  await world.state(resumed, "idle");
  const [before, after] = [await runner.session(handle), await runner.session(resumed)];
  expect(after?.sessionId).toBe(before?.sessionId);
  expect(after?.turns).toBe(1);
  expect(readFileSync(join(world.worktree(), "heard"), "utf8")).toBe("heard\n");
  await runner.stop(resumed);
});
