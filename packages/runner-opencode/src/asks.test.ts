// Permissions and questions on the real OpenCode: a rule, a person or the deadline answers each of them. Only the model is scripted.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { createOpenCodeWorld, testWithOpenCode, within } from "./testing/open-code-world.js";
import { type ScriptedModel, type Step, startModel } from "./testing/scripted-model.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

const noted = (name: string): Step => ({ run: `echo yes > ${name}` });
const done: Step = { text: "All is done." };
const colours = {
  questions: [
    {
      question: "Which colour?",
      header: "Colour",
      options: [
        { label: "red", description: "As fire" },
        { label: "blue", description: "As water" },
      ],
    },
  ],
};

testWithOpenCode(
  "what a person says while a question waits is its answer; what others say waits for its turn",
  async () => {
    const world = createOpenCodeWorld(model, { people: ["person"], deliveryWaitMs: 60_000 });
    const { runner } = world;
    const handle = await runner.start(
      world.order([
        { tool: "question", args: colours },
        { run: "curl --version > curl.txt" },
        noted("end"),
        done,
      ]),
    );
    await world.state(handle, "waiting_input");
    const others = runner.send(handle, { id: "m-1", from: "reviewer-0", text: "Hurry." });
    expect(await runner.send(handle, { id: "m-2", from: "person", text: "blue" })).toMatchObject({
      status: "delivered",
      proof: expect.stringContaining("que_"),
    });
    const asked = await within("it asks for a permission", async () => {
      const state = await world.state(handle, "waiting_input");
      return "question" in state && state.question?.startsWith("May it: bash curl") === true && state;
    });
    // Words never allow anything.
    const words = runner.send(handle, { id: "m-3", from: "person", text: "yes" });
    await runner.answer(handle, (asked as { requestId?: string }).requestId ?? "", {
      allow: false,
      text: "Not that.",
    });
    expect(await others).toMatchObject({ status: "delivered" });
    expect(await words).toMatchObject({ status: "delivered" });
    await world.state(handle, "idle");
    const output = await runner.output(handle, 200);
    expect(output).toContain('"Which colour?"="blue"');
    expect(output).toContain("Not that.");
    expect(existsSync(join(world.worktree(), "curl.txt"))).toBe(false);
    expect(existsSync(join(world.worktree(), "end"))).toBe(true);
    expect((await runner.session(handle))?.turns).toBe(3);
    await runner.stop(handle);
  },
);

// P27
testWithOpenCode(
  "a rule answers what it covers, a person the rest, and a refusal reaches the model as words",
  async () => {
    const world = createOpenCodeWorld(model, {
      policy: [
        { permission: "bash", pattern: "curl --version*", action: "allow" },
        { permission: "bash", pattern: "wget *", action: "deny" },
      ],
    });
    const { runner } = world;
    const handle = await runner.start(
      world.order([
        { run: "curl --version > curl.txt" },
        { run: "wget --version" },
        { run: "curl --help > help.txt" },
        { tool: "question", args: colours },
        noted("end"),
        done,
      ]),
    );
    const asked = await world.state(handle, "waiting_input");
    expect(asked).toMatchObject({ why: { source: "protocol" }, asks: "permission" });
    const { requestId, question } = asked as { requestId?: string; question?: string };
    expect(question).toBe("May it: bash curl --help > help.txt?");
    // It waits, and says so; nothing is typed into it meanwhile.
    expect(existsSync(join(world.worktree(), "help.txt"))).toBe(false);
    await runner.answer(handle, requestId ?? "", { allow: true });

    const second = await within("it asks its question", async () => {
      const state = await world.state(handle, "waiting_input");
      return "question" in state && state.question !== question && state;
    });
    expect(second).toMatchObject({ question: "Which colour? (red / blue)", asks: "question" });
    await runner.answer(handle, (second as { requestId?: string }).requestId ?? "", {
      allow: true,
      text: "blue",
    });
    await world.state(handle, "idle");
    expect(existsSync(join(world.worktree(), "curl.txt"))).toBe(true);
    expect(existsSync(join(world.worktree(), "help.txt"))).toBe(true);
    expect(existsSync(join(world.worktree(), "end"))).toBe(true);

    const output = await runner.output(handle, 200);
    expect(output).toContain("[permission] allowed by a rule: May it: bash curl --version");
    expect(output).toContain("The rules of this project do not allow bash of wget --version");
    expect(output).toContain("blue");
    await expect(runner.answer(handle, requestId ?? "", { allow: true })).rejects.toMatchObject({
      code: "REQUEST_GONE",
      message: expect.stringContaining("Nothing waits"),
    });
    await runner.stop(handle);
  },
);

// P27
testWithOpenCode(
  "what nobody answers is refused at its deadline, also of a session that the agent started",
  async () => {
    const world = createOpenCodeWorld(model, { limits: { askDeadlineMs: 1_500 } });
    const { runner } = world;
    const inner = JSON.stringify([{ run: "curl --version > inner.txt" }, { text: "I tried." }]);
    const handle = await runner.start(
      world.order([
        {
          tool: "task",
          args: { description: "Look", subagent_type: "general", prompt: `Look.\n<script>${inner}</script>` },
        },
        { tool: "question", args: colours },
        noted("end"),
        done,
      ]),
    );
    const waiting = await world.state(handle, "waiting_input");
    expect(waiting).toMatchObject({ question: expect.stringContaining("curl --version") });
    await within("the turn goes on to its end", async () => existsSync(join(world.worktree(), "end")));
    await world.state(handle, "idle");
    expect(existsSync(join(world.worktree(), "inner.txt"))).toBe(false);
    const output = await runner.output(handle, 200);
    expect(output).toContain("[permission] nobody answered: May it: bash curl --version");
    expect(output).toContain("[question] nobody answered: Which colour? (red / blue)");
    expect(output).toContain("Nobody answered within 1 min");
    // What the session that it started has cost is the agent's, too.
    const record = await within("all is recorded", async () => {
      const known = await runner.session(handle);
      return known !== undefined && known.tokens.output >= 120 && known;
    });
    expect(readFileSync(record.transcript, "utf8")).toContain("I tried.");
    await runner.stop(handle);
  },
);

testWithOpenCode("what leads out of the worktree is refused without a question", async () => {
  const world = createOpenCodeWorld(model);
  const { runner } = world;
  const handle = await runner.start(
    world.order([{ write: { path: join(world.root, "outside.txt"), content: "no" } }, noted("end"), done]),
  );
  await world.state(handle, "busy");
  await world.state(handle, "idle");
  expect(existsSync(join(world.root, "outside.txt"))).toBe(false);
  expect(existsSync(join(world.worktree(), "end"))).toBe(true);
  await runner.stop(handle);
});
