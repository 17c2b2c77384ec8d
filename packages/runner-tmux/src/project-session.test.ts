import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentHandle } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { knownLayout } from "./known-layout.js";
import { privateServerName } from "./socket.js";
import { createWorld, isAlive, isTmuxThere, socketsBelow } from "./testing/world.js";

/** Writes its pid into `pid` and stays. */
const agent = ["sh", "-c", "echo working; echo $$ > pid; exec sleep 120"];

describe.skipIf(!isTmuxThere)("the project's session (needs tmux)", () => {
  test("one private server, one session, a pane for each agent, titled by agent and ticket", async () => {
    const world = createWorld();
    writeFileSync(join(world.environment["HOME"] ?? "", ".tmux.conf"), "set -g status-left person\n");
    const runner = world.runner();
    await runner.start(world.order(agent));
    const second = world.order(agent, { agentId: "worker-1", ticketId: "tk-5c46" });
    const handle = await world.runner().start(second);
    expect(world.tmux("list-sessions", "-F", "#{session_name} #{session_windows}")).toBe("wiggum-test 1");
    expect(world.tmux("list-panes", "-s", "-F", "#{window_name} #{pane_title}")).toBe(
      "main worker-0\nmain worker-1:tk-5c46",
    );
    expect(handle.data["paneId"]).toBe("%1");
    expect(await runner.session()).toEqual({
      id: "$0",
      name: "wiggum-test",
      socketPath: expect.stringMatching(/\/wiggum-[0-9a-f]{12}$/),
      panes: [
        { paneId: "%0", windowIndex: 0, paneIndex: 0, agentId: "worker-0", generation: 1, isDead: false },
        { paneId: "%1", windowIndex: 0, paneIndex: 1, agentId: "worker-1", generation: 1, isDead: false },
      ],
    });
    // The person's own configuration is not the project's.
    expect(world.tmux("show-options", "-gv", "status-left")).not.toContain("person");
    expect(world.warnings).toEqual([]);
  });

  test("a program that sets the title of its terminal does not hide who it is", async () => {
    const world = createWorld();
    await world
      .runner()
      .start(world.order(["sh", "-c", "printf '\\033]2;mine\\007'; echo x > pid; sleep 60"]));
    await world.written("pid");
    expect(world.tmux("display-message", "-p", "-t", "%0", "#{T:pane-border-format}").trim()).toBe(
      "worker-0",
    );
  });

  test.each([
    ["exit 0", "ended with code 0"],
    ["exit 7", "ended with code 7"],
    ["kill -KILL $$", "ended with code 137"],
  ])("a pane whose agent did %s says so on its border, and keeps the last line", async (words, said) => {
    const world = createWorld();
    const order = world.order([
      "sh",
      "-c",
      `echo the last line; echo x > pid; until [ -e end ]; do sleep 0.05; done; ${words}`,
    ]);
    const runner = world.runner();
    await runner.start(order);
    await world.written("pid");
    writeFileSync(join(order.cwd, "end"), "");
    // Whoever looks reminds tmux of what it has missed.
    const border = async () => {
      await runner.session();
      return world.tmux("display-message", "-p", "-t", "%0", "#{T:pane-border-format}").trim();
    };
    await expect.poll(border, { timeout: 20_000, interval: 15 }).toBe(`worker-0 — ${said}`);
    expect(world.tmux("capture-pane", "-p", "-t", "%0")).toBe("the last line");
  });

  // P36
  test("with the last agent stopped, session, server, socket and every process are gone", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handles = [
      await runner.start(world.order(agent)),
      await runner.start(world.order(agent, { agentId: "worker-1" })),
    ];
    const [[socket] = [""]] = socketsBelow(world.environment["TMUX_TMPDIR"] ?? "");
    const server = Number(world.tmux("display-message", "-p", "#{pid}"));
    expect(isAlive(server)).toBe(true);
    for (const handle of handles)
      expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(existsSync(socket)).toBe(false);
    expect(isAlive(server)).toBe(false);
    expect(await runner.session()).toBeUndefined();
    expect(await runner.output(handles[0] as AgentHandle, 1)).toBe("working");
    // And the next one may start at once.
    const again = await runner.start(world.order(agent, { generation: 2 }));
    expect((await runner.observe(again))[0]?.fact).toEqual({ kind: "running" });
  });

  test("starts and stops at the same time leave neither a lost agent nor a server too many", async () => {
    const world = createWorld();
    const play = async (name: string) => {
      const runner = world.runner();
      for (let generation = 1; generation <= 3; generation += 1) {
        const handle = await runner.start(world.order(agent, { agentId: name, generation }));
        expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
        expect((await runner.stop(handle)).stopped).toBe(true);
      }
    };
    await Promise.all(["worker-0", "worker-1", "worker-2", "worker-3"].map(play));
    expect(await world.runner().session()).toBeUndefined();
    expect(socketsBelow(world.environment["TMUX_TMPDIR"] ?? "")).toEqual([]);
    expect(world.warnings).toEqual([]);
  });

  test("a pane and a session that a person opened stay", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    world.tmux("split-window", "-d", "sleep 100");
    world.tmux("new-session", "-d", "-s", "hers", "sleep 100");
    await runner.stop(handle);
    expect(world.tmux("list-panes", "-a", "-F", "#{session_name} #{pane_id}")).toBe(
      "hers %2\nwiggum-test %1",
    );
    await runner.endSession();
    expect(world.tmux("list-sessions", "-F", "#{session_name}")).toBe("hers");
  });

  test("a renamed session is found again, and so is a pane that was moved to another window", async () => {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    world.tmux("rename-session", "my agents");
    world.tmux("split-window", "-d", "sleep 100");
    world.tmux("break-pane", "-d", "-s", "%0", "-n", "elsewhere");
    await runner.start(world.order(agent, { agentId: "worker-1" }));
    expect(world.tmux("list-sessions", "-F", "#{session_name}")).toBe("my agents");
    expect(await runner.output(handle, 1)).toBe("working");
    expect((await runner.stop(handle)).stopped).toBe(true);
    expect((await runner.session())?.panes.map(({ agentId }) => agentId)).toEqual([undefined, "worker-1"]);
  });

  test("another session that has our name is left alone", async () => {
    const world = createWorld();
    const server = privateServerName(world.root);
    world.tmuxOf(server, "new-session", "-d", "-s", "wiggum-test", "sleep 100");
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    expect((await runner.session())?.name).toBe("wiggum-test-2");
    await runner.stop(handle);
    await runner.endSession();
    expect(world.tmux("list-panes", "-a", "-F", "#{session_name}")).toBe("wiggum-test");
  });

  test("on the person's own server nothing of theirs is touched, and the server is not ended", async () => {
    const world = createWorld();
    world.tmuxOf("default", "-f", "/dev/null", "new-session", "-d", "-s", "hers", "sleep 100");
    const options = () => world.tmuxOf("default", "show-options", "-g");
    const before = [options(), world.tmuxOf("default", "show-options", "-s")];
    const runner = world.runner({ server: "default" });
    const handle = await runner.start(world.order(agent));
    expect((await runner.session())?.name).toBe("wiggum-test");
    expect(await runner.output(handle, 1)).toBe("working");
    expect([options(), world.tmuxOf("default", "show-options", "-s")]).toEqual(before);
    await runner.stop(handle);
    expect(world.tmuxOf("default", "list-panes", "-a", "-F", "#{session_name}")).toBe("hers");
    expect(socketsBelow(world.environment["TMUX_TMPDIR"] ?? "").map(([, name]) => name)).toEqual(["default"]);
  });

  test("the project's tmux.conf is read once for a session; what tmux does not take is said", async () => {
    const world = createWorld();
    const configFile = join(world.root, "tmux.conf");
    writeFileSync(configFile, "set status-left '[agents]'\nset no-such-option 1\n");
    const runner = world.runner({ configFile });
    await runner.start(world.order(agent));
    expect(world.tmux("show-options", "-v", "-t", "$0", "status-left")).toBe("[agents]");
    expect(world.warnings).toEqual([expect.stringContaining("no-such-option")]);
    await runner.start(world.order(agent, { agentId: "worker-1" }));
    expect(world.warnings).toHaveLength(1);
  });

  test("the layout is given again whenever a pane comes or goes; an unknown one is said and does no harm", async () => {
    const world = createWorld();
    const runner = world.runner({ layout: "even-horizontal" });
    const handles = [];
    for (const name of ["worker-0", "worker-1", "worker-2"]) {
      handles.push(await runner.start(world.order(agent, { agentId: name })));
    }
    const widths = () => world.tmux("list-panes", "-F", "#{pane_width}x#{pane_height}").split("\n");
    expect(new Set(widths().map((size) => size.split("x")[1])).size).toBe(1);
    expect(widths()).toHaveLength(3);
    await runner.stop(handles[1] as AgentHandle);
    expect(widths().map((size) => Math.round(Number(size.split("x")[0]) / 10))).toEqual([10, 10]);
    await world.runner({ layout: "no-such-layout" }).start(world.order(agent, { agentId: "worker-3" }));
    expect(world.warnings).toEqual([expect.stringContaining("no-such-layout")]);
  });

  // tmux 3.3a ends with all that runs in it when it is asked for a layout of a later version.
  test.each(["main-horizontal-mirrored", "main-vertical-mirrored", "x", ""])(
    "the layout %j costs nobody the server, whatever version this is",
    async (layout) => {
      const world = createWorld();
      const runner = world.runner({ layout });
      const names = ["worker-0", "worker-1", "worker-2"];
      for (const agentId of names) await runner.start(world.order(agent, { agentId }));
      const found = await runner.discover({ stateRoot: world.stateRoot });
      expect(found.map(({ agentId }) => agentId).toSorted()).toEqual(names);
      const panes = (await runner.session())?.panes ?? [];
      expect(panes.map(({ isDead }) => isDead)).toEqual([false, false, false]);
      const isKnown = knownLayout(layout, world.tmux("display-message", "-p", "#{version}").trim());
      if (layout.endsWith("-mirrored")) expect(isKnown.layout).toBeDefined();
      else expect(world.warnings.length).toBeGreaterThan(0);
    },
  );

  test("agents have their panes also where a window has no more room: tiled, then in a further window", async () => {
    const world = createWorld();
    const runner = world.runner({ layout: "even-vertical" });
    const names = Array.from({ length: 16 }, (_, index) => `worker-${index}`);
    for (const [index, agentId] of names.entries()) {
      await runner.start(world.order(agent, { agentId }));
      if (index === 0) world.tmux("resize-window", "-x", "12", "-y", "8");
    }
    const session = await runner.session();
    expect(session?.panes.map(({ agentId }) => agentId).toSorted()).toEqual(names.toSorted());
    expect(new Set(session?.panes.map(({ windowIndex }) => windowIndex)).size).toBeGreaterThan(1);
    const found = await runner.discover({ stateRoot: world.stateRoot });
    expect(found).toHaveLength(16);
    await Promise.all(found.map((handle) => runner.stop(handle)));
    expect(await runner.session()).toBeUndefined();
  }, 60_000);

  test.each([
    "two words",
    'it\'s "quoted"',
    "ünï 日本 🦊",
    "#{pane_id} #S %H",
    "a;b; $(touch pwned)",
    "-dash",
    "[a-z]*?",
  ])("works in a folder named %s", async (name) => {
    const world = createWorld(name);
    const runner = world.runner({ sessionName: `wiggum-${name}` });
    const order = world.order(["sh", "-c", "pwd; echo $$ > pid; sleep 60"]);
    const handle = await runner.start(order);
    await world.written("pid");
    expect(await runner.output(handle, 1)).toBe(order.cwd);
    await runner.stop(handle);
    expect(readFileSync(join(order.stateDirectory, "output.log"), "utf8")).toContain(order.cwd);
    expect(await world.runner().output(handle, 1)).toBe(order.cwd);
  });
});
