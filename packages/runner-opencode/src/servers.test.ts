// One server for several agents: its end, their ends. On the real OpenCode; only the model is scripted.
import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { createOpenCodeRunner } from "./index.js";
import {
  commandOf,
  createOpenCodeWorld,
  endIfThere,
  testWithOpenCode,
  within,
} from "./testing/open-code-world.js";
import { type ScriptedModel, startModel } from "./testing/scripted-model.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

/** Writes its pid and stays until the file `go` is there. */
const untilGo = "echo $$ > pid; until [ -e go ]; do sleep 0.1; done; echo gone-on >> log";

// P36
testWithOpenCode(
  "two agents share one server; ending one with all its commands leaves the other's alone",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    // One child has left its session and its parent, another one its environment.
    const first = "(setsid sleep 301 &) ; (env -i PATH=$PATH sleep 302 &) ; echo $$ > pid; sleep 303";
    const handles = await Promise.all([
      runner.start(world.order([{ run: first }, { text: "Never said." }])),
      runner.start(world.order([{ run: untilGo }, { text: "Done." }], { agentId: "worker-1" })),
    ]);
    const [one, two] = handles;
    if (one === undefined || two === undefined) throw new Error("both were started");
    for (const agent of ["worker-0", "worker-1"])
      await within(`${agent} works`, async () => existsSync(join(world.worktree(agent), "pid")));
    expect(world.servers()).toHaveLength(1);
    expect(
      (await runner.discover({ stateRoot: world.stateRoot })).map(({ agentId }) => agentId).toSorted(),
    ).toEqual(["worker-0", "worker-1"]);

    expect(await world.another().stop(one)).toMatchObject({ stopped: true, survivors: [] });
    const sleeping = world
      .processes()
      .map(commandOf)
      .filter((command) => /sleep 30[123]/.test(command));
    expect(sleeping).toEqual([]);
    expect(world.servers()).toHaveLength(1);
    await writeFile(join(world.worktree("worker-1"), "go"), "");
    await world.state(two, "idle");
    expect(readFileSync(join(world.worktree("worker-1"), "log"), "utf8")).toBe("gone-on\n");

    // The last one takes the server with it.
    expect(await runner.stop(two)).toMatchObject({ stopped: true, survivors: [] });
    expect(world.processes()).toEqual([]);
    expect(await runner.stop(two)).toMatchObject({ stopped: true, survivors: [], signalled: 0 });
  },
);

// P26
testWithOpenCode(
  "a server that is killed in the middle is started again, and its sessions go on",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    const steps = [
      { run: `echo begun >> log; ${untilGo}` },
      { run: "echo second >> log" },
      { text: "Done." },
    ];
    const handle = await runner.start(world.order(steps));
    await within("its command runs", async () => existsSync(join(world.worktree(), "pid")));
    const before = await runner.session(handle);
    const [server] = world.servers();
    endIfThere(server ?? 0);
    await writeFile(join(world.worktree(), "go"), "");
    await within("another server runs", async () => world.servers().some((pid) => pid !== server));
    const record = await within("it went on", async () => {
      const known = await runner.session(handle);
      const log = await readFile(join(world.worktree(), "log"), "utf8");
      return log.includes("second") && known?.serverRestarts === 1 && known;
    });
    await world.state(handle, "idle");
    expect(record.sessionId).toBe(before?.sessionId);
    expect(record.url).not.toBe("");
    expect(await runner.output(handle, 200)).toContain("[server] it had ended and was started again");
    expect(await runner.output(handle, 200)).toContain("Done.");
    await runner.stop(handle);
    expect(world.processes()).toEqual([]);
  },
);

testWithOpenCode("with a server of its own an agent has nothing in common with the others", async () => {
  const world = createOpenCodeWorld(model, { server: "own" });
  const { runner } = world;
  const one = await runner.start(world.order([{ text: "Done." }]));
  const two = await runner.start(world.order([{ text: "Done." }], { agentId: "worker-1" }));
  await world.state(one, "idle");
  await world.state(two, "idle");
  expect(world.servers()).toHaveLength(2);
  await runner.stop(one);
  expect(world.servers()).toHaveLength(1);
  await runner.stop(two);
  expect(world.processes()).toEqual([]);
});

testWithOpenCode("a server that somebody else started is used, and left alone", async () => {
  const world = createOpenCodeWorld(model);
  const password = "a person's";
  const url = await world.personsServer(password);
  const guest = world.another({ server: { url, password } });
  const handle = await guest.start(
    world.order([{ run: "echo yes > end" }, { text: "Done." }], { agentId: "worker-1" }),
  );
  await world.state(handle, "idle");
  expect(existsSync(join(world.worktree("worker-1"), "end"))).toBe(true);
  await guest.stop(handle);
  expect(world.servers()).toHaveLength(1);

  const wrong = world.another({ server: { url, password: "guessed" } });
  const refused = await wrong.start(world.order([{ text: "Never." }], { agentId: "worker-2" }));
  await within("it gives up", async () => (await wrong.observe(refused))[0]?.fact.kind === "exited");
  expect(await wrong.output(refused, 5)).toContain("refuses the password");
  const silent = world.another({ server: { url: "http://127.0.0.1:9", password } });
  const lonely = await silent.start(world.order([{ text: "Never." }], { agentId: "worker-3" }));
  await within("it gives up", async () => (await silent.observe(lonely))[0]?.fact.kind === "exited");
  expect(await silent.output(lonely, 5)).toContain("No OpenCode server answers at http://127.0.0.1:9");
});

testWithOpenCode("an agent outlives whoever started it, and anybody else can go on with it", async () => {
  const world = createOpenCodeWorld(model);
  const handle = await world.runner.start(world.order([{ run: untilGo }, { text: "Done." }]));
  await within("its command runs", async () => existsSync(join(world.worktree(), "pid")));
  const other = world.another();
  const [found] = await other.discover({ stateRoot: world.stateRoot });
  expect(found).toEqual(handle);
  await writeFile(join(world.worktree(), "go"), "");
  await world.state(handle, "idle");
  const kinds = (await other.observe(handle)).map(({ source, fact }) => `${source} ${fact.kind}`);
  expect(kinds.slice(0, 2)).toEqual(["protocol running", "protocol idle"]);
  expect(await other.stop(handle)).toMatchObject({ stopped: true });
});

// P29
testWithOpenCode(
  "an agent that was killed works no longer beside its next session, which goes on in its place",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    const other = await runner.start(world.order([{ text: "I keep the server." }], { agentId: "worker-1" }));
    await world.state(other, "idle");
    const forever = "echo $$ > pid; while sleep 0.2; do echo again >> log; done";
    const handle = await runner.start(world.order([{ run: forever }, { text: "Never said." }]));
    const pid = await within("its command runs", async () => readNumber(join(world.worktree(), "pid")));
    const token = String(handle.data["token"]);
    for (const one of world.processes().filter((one) => isAttendantOf(one, token))) endIfThere(one);
    await within(
      "it is seen to have ended",
      async () => (await runner.observe(handle))[0]?.fact.kind !== "running",
    );
    // The server lives, and with it the command, until somebody takes care of it.
    expect(existsSync(`/proc/${pid}`)).toBe(true);

    const resume = String(handle.data["stateDirectory"]);
    const steps = [{ run: "echo next > next; until [ -e go ]; do sleep 0.1; done" }, { text: "Done." }];
    const next = await runner.start(world.order(steps, { generation: 2, resume }));
    await within("the next one works", async () => existsSync(join(world.worktree(), "next")));
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    // To clean up after the former one is nothing to the next one.
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    await writeFile(join(world.worktree(), "go"), "");
    await world.state(next, "idle");
    const output = await runner.output(next, 100);
    expect(output).toContain("Done.");
    expect(output).not.toContain("Never said.");
    await runner.stop(next);
    await runner.stop(other);
    expect(world.processes()).toEqual([]);
  },
);

function isAttendantOf(pid: number, token: string): boolean {
  // Its keeper, which writes down how it ended, names it, too.
  const command = commandOf(pid);
  if (!command.includes("attendant.ts") || command.includes("wiggum-keeper")) return false;
  return readFileSync(`/proc/${pid}/environ`, "utf8").includes(token);
}

async function readNumber(path: string): Promise<number | undefined> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text.endsWith("\n") ? Number(text) : undefined;
}

testWithOpenCode(
  "a missing program is refused before anything is made; a server that ends at once says why",
  async () => {
    const world = createOpenCodeWorld(model);
    const { runner } = world;
    const missing = world.order([], { command: [join(world.root, "opencode")] });
    await expect(runner.start(missing)).rejects.toMatchObject({ code: "AGENT_COMMAND_MISSING" });
    expect(existsSync(missing.stateDirectory)).toBe(false);
    await expect(
      runner.start(world.order([], { command: ["opencode", "--dangerous"] })),
    ).rejects.toMatchObject({
      message: expect.stringContaining("--dangerous"),
    });

    await writeFile(join(world.root, "opencode"), "#!/bin/sh\necho 'it is broken' >&2\nexit 3\n", {
      mode: 0o755,
    });
    const handle = await runner.start(missing);
    await within("it gives up", async () => (await runner.observe(handle))[0]?.fact.kind === "exited");
    expect(await runner.output(handle, 9)).toContain("it is broken");
    expect(() => createOpenCodeRunner({ directory: "relative" })).toThrow("absolute");
  },
);
