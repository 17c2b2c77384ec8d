import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessRunner } from "@wiggum/runner-process";
import type { AgentHandle, AgentRunner } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { createTmuxRunner } from "./create-tmux-runner.js";
import { sourceProgram } from "./testing/source-programs.js";
import { createWorld, isAlive, isTmuxThere, until } from "./testing/world.js";

/** Writes its pid into `pid` and stays. */
const agent = ["sh", "-c", "echo working; echo $$ > pid; exec sleep 120"];
/** The same, and does not end when its terminal does. */
const stubborn = ["sh", "-c", "trap '' HUP; echo working; echo $$ > pid; while :; do sleep 1; done"];

describe.skipIf(!isTmuxThere)("how agents end in panes (needs tmux)", () => {
  test("the exit code is kept: by the runner and by the pane, which stays to be looked at", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(["sh", "-c", "echo last words; exit 7"]));
    expect(await ended(runner, handle)).toEqual({ kind: "exited", code: 7 });
    // A pane is dead when nobody holds its terminal any more; tmux learns the status a moment before or after that, or when the runner looks.
    const pane = async () => {
      await runner.session();
      return world.tmux("list-panes", "-F", "#{pane_dead} #{pane_dead_status}");
    };
    await until("the pane is dead, with the status", async () => (await pane()) === "1 7");
    expect(await runner.output(handle, 1)).toBe("last words");
    await runner.stop(handle);
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "exited", code: 7 });
    expect(await runner.output(handle, 1)).toBe("last words");
  });

  // P36
  test("a server that an agent's command started is no part of that agent: its end ends no other one", async () => {
    const world = createWorld();
    const inner = world.order(agent);
    const request = join(world.root, "request.json");
    const { root, environment } = world;
    const options = { root, directory: join(world.stateRoot, "tmux"), sessionName: "test", environment };
    writeFileSync(request, JSON.stringify({ order: inner, options }));
    const processes = createProcessRunner({ terminateWaitMs: 400, killWaitMs: 2_000 });
    const command = [...sourceProgram("start-in-pane.ts"), request];
    const outer = await processes.start(world.order(command, { agentId: "planner-0" }));
    const pid = Number(await world.written("pid"));
    const server = Number(world.tmux("display-message", "-p", "#{pid}"));
    const keeper = readFileSync(join(world.stateRoot, "planner-0", "1", "started"), "utf8").trim();
    expect(readFileSync(`/proc/${keeper}/limits`, "utf8")).toMatch(/^Max file locks\s+\d+\s/m);
    expect(readFileSync(`/proc/${server}/limits`, "utf8")).toMatch(/^Max file locks\s+unlimited\s/m);
    expect(await processes.stop(outer)).toMatchObject({ stopped: true, survivors: [] });
    expect([server, pid].map(isAlive)).toEqual([true, true]);
    const runner = world.runner();
    const [handle] = await runner.discover({ stateRoot: world.stateRoot });
    expect(await processes.discover({ stateRoot: world.stateRoot })).toEqual([]);
    if (handle !== undefined) expect(await runner.stop(handle)).toMatchObject({ stopped: true });
    expect(isAlive(pid)).toBe(false);
  });

  // P13
  test("records that were deleted (git clean): the agent is still discovered as a pane's, and stopped with its pane", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    const pid = Number(await world.written("pid"));
    rmSync(world.stateRoot, { recursive: true });
    const [found] = await runner.discover({ stateRoot: world.stateRoot });
    expect(found).toMatchObject({
      runner: "tmux",
      agentId: "worker-0",
      data: { token: handle.data["token"] },
    });
    expect(await createProcessRunner().discover({ stateRoot: world.stateRoot })).toEqual([]);
    if (found !== undefined) expect(await runner.stop(found)).toMatchObject({ stopped: true, survivors: [] });
    expect(isAlive(pid)).toBe(false);
    expect(await runner.session()).toBeUndefined();
  });

  // P23
  test("a pane closed by hand: an agent that dies of it is lost, and what it printed is kept", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    await world.written("pid");
    world.tmux("kill-pane", "-t", "%0");
    expect(await ended(runner, handle)).toEqual({ kind: "lost" });
    expect(await runner.output(handle, 5)).toBe("working");
    expect(await runner.stop(handle)).toMatchObject({ stopped: true });
  });

  // P23, P36
  test("a pane closed by hand: an agent that outlives it runs, is discovered, and is stopped", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(stubborn));
    const pid = Number(await world.written("pid"));
    world.tmux("kill-pane", "-t", "%0");
    const [life] = await world.runner().observe(handle);
    expect(life).toMatchObject({
      fact: { kind: "running" },
      detail: expect.stringContaining("its pane is gone"),
    });
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
    await expect(runner.attach(handle)).rejects.toThrow("has no pane any more");
    await expect(runner.keys(handle, ["Enter"])).rejects.toThrow("has no pane any more");
    await runner.interrupt(handle);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(isAlive(pid)).toBe(false);
  });

  // P23, P26
  test("a server that was killed takes nobody's word for it: who lives lives, and new agents start", async () => {
    const world = createWorld();
    const runner = world.runner();
    const survivor = await runner.start(world.order(stubborn));
    const pid = Number(await world.written("pid"));
    const victim = await runner.start(world.order(agent, { agentId: "worker-1" }));
    const server = Number(world.tmux("display-message", "-p", "#{pid}"));
    process.kill(server, "SIGKILL");
    await until("the server is gone", async () => !isAlive(server));
    expect(await ended(runner, victim)).toEqual({ kind: "lost" });
    expect((await runner.observe(survivor))[0]?.fact).toEqual({ kind: "running" });
    expect(await runner.session()).toBeUndefined();

    // The new server gives the old panes' ids again: none of them is taken for the old one.
    const next = await runner.start(world.order(agent, { agentId: "worker-2" }));
    expect(next.data["paneId"]).toBe(survivor.data["paneId"]);
    await expect(runner.keys(survivor, ["x"])).rejects.toThrow("has no pane any more");
    expect(await runner.stop(survivor)).toMatchObject({ stopped: true });
    expect(isAlive(pid)).toBe(false);
    expect((await runner.observe(next))[0]?.fact).toEqual({ kind: "running" });
    expect((await runner.session())?.panes).toHaveLength(1);
  });

  test("a pane in which a person started something else is not the agent's any more", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    await world.written("pid");
    world.tmux("respawn-pane", "-k", "-t", "%0", "cat");
    expect(await ended(runner, handle)).toEqual({ kind: "lost" });
    await expect(runner.keys(handle, ["rm", "Enter"])).rejects.toThrow("has no pane any more");
  });

  test("a killed keeper leaves its agent running and stoppable", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(stubborn));
    const pid = Number(await world.written("pid"));
    process.kill(Number(readFileSync(join(world.order([]).stateDirectory, "started"), "utf8")), "SIGKILL");
    await until("its pane is dead", async () => world.tmux("list-panes", "-F", "#{pane_dead}") === "1");
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(isAlive(pid)).toBe(false);
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "lost" });
  });

  test("the pane of a replaced session is taken away when the next one starts; its output stays", async () => {
    const world = createWorld();
    const runner = world.runner();
    const first = await runner.start(world.order(["sh", "-c", "echo first; exit 1"]));
    await ended(runner, first);
    await until("the pane is dead", async () => world.tmux("list-panes", "-F", "#{pane_dead}") === "1");
    await runner.start(world.order(agent, { generation: 2 }));
    expect((await runner.session())?.panes.map(({ generation }) => generation)).toEqual([2]);
    expect(await runner.output(first, 1)).toBe("first");
  });

  test("a program that paints its own screen is kept as it last looked", async () => {
    const world = createWorld();
    const runner = world.runner();
    const painter =
      "printf '\\033[?1049h\\033[H\\033[2Jpainted'; trap 'printf \"\\033[?1049l\"; exit 0' TERM; echo $$ > pid; while :; do sleep 0.1; done";
    const handle = await runner.start(world.order(["sh", "-c", painter]));
    await world.written("pid");
    expect(await runner.output(handle, 1)).toBe("painted");
    await runner.stop(handle);
    expect(await runner.output(handle, 1)).toBe("painted");
  });

  test("a flood is recorded in bounds, and followed through the change of files", async () => {
    const world = createWorld();
    const runner = world.runner();
    const flood = "while [ ! -e go ]; do sleep 0.05; done; seq 1 2000000; echo end";
    const order = world.order(["sh", "-c", `echo $$ > pid; ${flood}`]);
    const handle = await runner.start(order);
    await world.written("pid");
    let characters = 0;
    let last = "";
    const followed = runner.follow(handle, AbortSignal.timeout(60_000));
    writeFileSync(join(order.cwd, "go"), "");
    for await (const piece of followed) {
      characters += piece.length;
      last = `${last}${piece}`.slice(-20);
    }
    expect(last).toBe("1999999\n2000000\nend\n");
    expect(characters).toBeGreaterThan(4 * 1024 * 1024);
    const sizes = readdirSync(order.stateDirectory)
      .filter((name) => /^output.*log$/.test(name))
      .map((name) => readFileSync(join(order.stateDirectory, name)).length);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThan(10 * 1024 * 1024);
  }, 90_000);
});

describe.skipIf(!isTmuxThere)("what surrounds an agent in a pane (needs tmux)", () => {
  test("it has a terminal of its own, and the tmux of its own pane, not that of its starter", async () => {
    const world = createWorld();
    const runner = world.runner();
    const print = 'echo "$TERM|$TMUX|$TMUX_PANE|$(tty)" > terminal';
    const starters = {
      ...world.order([]).environment,
      TMUX: "/tmp/hers,1,0",
      TMUX_PANE: "%99",
      TERM: "dumb",
    };
    const handle = await runner.start(
      world.order(["sh", "-c", `${print}; sleep 60`], { environment: starters }),
    );
    const [term, tmux, pane, tty] = (await world.written("terminal")).trimEnd().split("|");
    expect(term).toBe("screen-256color");
    expect(tmux?.split(",")[0]).toBe((await runner.session())?.socketPath);
    expect(pane).toBe(handle.data["paneId"]);
    expect(tty).toBe(world.tmux("display-message", "-p", "-t", String(pane), "#{pane_tty}"));
  });

  test("an environment far beyond what tmux takes as an argument arrives, and no file keeps it", async () => {
    const world = createWorld();
    const runner = world.runner();
    const big = "geheim ' \" $x \\ \n".repeat(5_000);
    const environment = { ...world.order([]).environment, BIG: big, IFS: "x", "no.name": "1" };
    const order = world.order(["sh", "-c", 'printf "%s\\n" "$BIG" > big; sleep 60'], { environment });
    await runner.start(order);
    expect(await world.written("big")).toBe(`${big}\n`);
    const files = readdirSync(order.stateDirectory, { recursive: true }).map(String);
    expect(files.filter((name) => name.startsWith("launch-"))).toEqual([]);
    for (const name of files)
      expect(readFileSync(join(order.stateDirectory, name), "latin1")).not.toContain("geheim");
  });

  test("what cannot be started is refused with its reason, and no pane is left", async () => {
    const world = createWorld();
    const runner = world.runner();
    const environment = { ...world.order([]).environment, BIG: "x".repeat(140_000) };
    await expect(runner.start(world.order(agent, { environment }))).rejects.toThrow("too long");
    const withNul = { ...world.order([]).environment, BAD: "a\0b" };
    await expect(runner.start(world.order(agent, { environment: withNul }))).rejects.toThrow("NUL");
    expect(await runner.session()).toBeUndefined();
  });

  // P36
  test("the server belongs to no agent, even if an agent's command started it", async () => {
    const world = createWorld();
    const marked = {
      WIGGUM_AGENT_ID: "worker-9",
      WIGGUM_SESSION_TOKEN: "0".repeat(32),
      WIGGUM_GENERATION: "3",
      GIT_DIR: "/x",
    };
    const runner = world.runner({ environment: { ...world.environment, ...marked, TMUX: "/tmp/hers,1,0" } });
    await runner.start(world.order(agent));
    const server = world.tmux("display-message", "-p", "#{pid}");
    const names = readFileSync(`/proc/${server}/environ`, "utf8")
      .split("\0")
      .map((line) => line.split("=")[0]);
    expect(names.filter((name) => name !== undefined && /^(WIGGUM_|GIT_|TMUX$)/.test(name))).toEqual([]);
  });

  test("another process with another TMUX_TMPDIR meets the same server", async () => {
    const world = createWorld();
    const handle = await world.runner().start(world.order(agent));
    const elsewhere = join(world.root, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    const other = world.runner({ environment: { ...world.environment, TMUX_TMPDIR: elsewhere } });
    expect((await other.session())?.panes).toHaveLength(1);
    expect(await other.output(handle, 1)).toBe("working");
  });
});

describe("the caller's mistakes, and no tmux", () => {
  test("a relative path, an unknown option, a broken profile and a negative wait are refused", async () => {
    const world = createWorld();
    expect(() => world.runner({ root: "here" })).toThrow("root must be an absolute path");
    expect(() => world.runner({ layot: "tiled" } as object)).toThrow('knows no option "layot"');
    expect(() => world.runner({ waits: { settleMs: -1 } })).toThrow("settleMs must be a number from 0 on");
    expect(() => world.runner({ server: "mine" } as object)).toThrow("`private` or `default`");
    expect(() => world.runner({ profile: { name: "x", messages: "typed", idle: "(" } })).toThrow(
      "no regular expression",
    );
    const anything = { name: "x", messages: "typed", commandStarts: [""] } as const;
    expect(() => world.runner({ profile: anything })).toThrow("no list of texts that are not empty");
    const nothing = { name: "x", messages: "typed", commandTexts: [""] } as const;
    expect(() => world.runner({ profile: nothing })).toThrow("no list of texts that are not empty");
  });

  test("without tmux nothing starts, nothing is said of agents, and the sentence tells what to do", async () => {
    const world = createWorld();
    const runner = createTmuxRunner({
      root: world.root,
      directory: join(world.stateRoot, "tmux"),
      sessionName: "x",
      program: "wiggum-no-such-tmux",
    });
    await expect(runner.start(world.order(agent))).rejects.toMatchObject({
      code: "RUNNER_FAILED",
      message: expect.stringContaining("tmux is not installed"),
    });
    await expect(runner.session()).rejects.toMatchObject({ hint: "Install tmux, or use another runner." });
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([]);
  });
});

async function ended(runner: AgentRunner, handle: AgentHandle) {
  return until("the session has ended", async () => {
    const fact = (await runner.observe(handle))[0]?.fact;
    return fact?.kind === "exited" || fact?.kind === "lost" ? fact : undefined;
  });
}
