import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { quoted } from "./launch-script.js";
import { createWorld, isTmuxThere, until, type World } from "./testing/world.js";

const agent = ["sh", "-c", "echo $$ > pid; exec sleep 120"];
const composer = fileURLToPath(new URL("./testing/composer.mjs", import.meta.url));

/** A terminal, by way of a tmux server that has nothing to do with ours. Gives how to run something in it, and its `TMUX`. */
function openTerminal(world: World) {
  const ask = (...words: readonly string[]) => world.tmuxOf("outer", ...words);
  ask("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "-s", "outer", "cat");
  return {
    variable: ask("display-message", "-p", "#{socket_path},#{pid},0"),
    run: (command: readonly string[]) =>
      ask("respawn-pane", "-k", "-t", "outer:", command.map(quoted).join(" ")),
    press: (...keys: readonly string[]) => ask("send-keys", "-t", "outer:", ...keys),
    shows: () => ask("capture-pane", "-p", "-t", "outer:"),
  };
}

const clients = (world: World) => world.tmux("list-clients", "-F", "#{client_session} #{pane_id}");

describe.skipIf(!isTmuxThere)("attach (needs tmux)", () => {
  test("from a plain terminal: a client of our session, with that agent's pane chosen", async () => {
    const world = createWorld();
    const terminal = openTerminal(world);
    const runner = world.runner();
    await runner.start(world.order(agent));
    const handle = await runner.start(
      world.order(["sh", "-c", "echo here it is; sleep 100"], { agentId: "worker-1" }),
    );
    const command = await runner.attach(handle);
    expect(command[0]).toMatch(/\/tmux$/);
    terminal.run(["env", "-u", "TMUX", "TERM=xterm-256color", ...command]);
    await until("a client is there", async () => clients(world) === "wiggum-test %1");
    await until("it shows the agent", async () => terminal.shows().includes("here it is"));
    await until("the bar names the keys that take back", async () =>
      terminal.shows().includes("[wiggum-test] C-b d: back  0:main*"),
    );
    await runner.detach();
    await until("the client is gone", async () => clients(world) === "");
  });

  test("from within another tmux: a client of its own, whose keys do not clash with the outer one's", async () => {
    const world = createWorld();
    const terminal = openTerminal(world);
    const runner = world.runner({
      environment: { ...world.environment, TMUX: terminal.variable, TMUX_PANE: "%0" },
    });
    const handle = await runner.start(world.order(agent));
    terminal.run(await runner.attach(handle));
    await until("a client is there", async () => clients(world) === "wiggum-test %0");
    await until("the bar names the keys that take back", async () =>
      terminal.shows().includes("[wiggum-test] F12 d: back  0:main*"),
    );
    // The outer tmux would have kept C-b for itself.
    terminal.press("F12", "d");
    await until("the client is gone", async () => clients(world) === "");
    expect(world.tmux("list-panes", "-F", "#{pane_dead}")).toBe("0");
  });

  test("from within the same server: its client changes over", async () => {
    const world = createWorld();
    const terminal = openTerminal(world);
    const runner = world.runner();
    const handle = await runner.start(world.order(agent));
    world.tmux("new-session", "-d", "-s", "hers", "sh");
    const { id = "", socketPath = "" } = (await runner.session()) ?? {};
    terminal.run(["env", "-u", "TMUX", "tmux", "-S", socketPath, "attach-session", "-t", "hers"]);
    await until("she is there", async () => clients(world).startsWith("hers "));

    const inside = world.runner({ environment: { ...world.environment, TMUX: `${socketPath},1,1` } });
    const command = await inside.attach(handle);
    expect(command.slice(-3)).toEqual(["switch-client", "-t", id]);
    world.tmux("send-keys", "-t", "hers:", "-l", "--", command.map(quoted).join(" "));
    world.tmux("send-keys", "-t", "hers:", "Enter");
    await until("she has changed over", async () => clients(world) === "wiggum-test %0");
  });

  test("of the session as a whole; where there is none, there is nothing to attach to", async () => {
    const world = createWorld();
    const runner = world.runner();
    expect(await runner.attachSession()).toBeUndefined();
    await runner.detach();
    await runner.endSession();
    const handle = await runner.start(world.order(agent));
    expect((await runner.attachSession())?.slice(-3)).toEqual(["attach-session", "-t", "$0"]);
    await runner.stop(handle);
    await expect(runner.attach(handle)).rejects.toMatchObject({ code: "RUNNER_FAILED" });
  });
});

describe.skipIf(!isTmuxThere)("keys and hooks (needs tmux)", () => {
  async function openKeys() {
    const world = createWorld();
    const runner = world.runner();
    const handle = await runner.start(world.order([process.execPath, composer, "{}", "{prompt_line}"]));
    await world.written("got.json");
    const got = () =>
      JSON.parse(readFileSync(join(world.order([]).cwd, "got.json"), "utf8")) as { keys: string };
    const pressed = (keys: string) =>
      until(`${JSON.stringify(keys)} arrived`, async () => got().keys === keys);
    return { world, runner, handle, pressed, paneId: String(handle.data["paneId"]) };
  }

  test("keys go as they are, without Enter, also out of copy mode", async () => {
    const { world, runner, handle, pressed, paneId } = await openKeys();
    await runner.keys(handle, ["-l", "a;", ";", "C-a", "Escape"]);
    await pressed("-la;;\u0001\u001b");
    world.tmux("copy-mode", "-t", paneId);
    await runner.keys(handle, ["Enter"]);
    await pressed("-la;;\u0001\u001b\r");
  });

  test("an interrupt is the key, for a program that takes keys, also out of copy mode", async () => {
    const { world, runner, handle, pressed, paneId } = await openKeys();
    world.tmux("copy-mode", "-t", paneId);
    await runner.interrupt(handle);
    await pressed("\u0003");
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
  });

  test("an interrupt reaches one agent only, also where a window types into all of its panes", async () => {
    const world = createWorld();
    const runner = world.runner();
    const catching = (name: string) => [
      "sh",
      "-c",
      `trap 'echo yes > ${name}' INT; echo $$ > ${name}-pid; while :; do sleep 0.05; done`,
    ];
    const first = await runner.start(world.order(catching("first")));
    await runner.start(world.order(catching("second"), { agentId: "worker-1" }));
    await world.written("first-pid");
    await world.written("second-pid");
    world.tmux("set-option", "-w", "-t", "%0", "synchronize-panes", "on");
    await runner.interrupt(first);
    expect(await world.written("first")).toBe("yes\n");
    expect(() => readFileSync(join(world.order([]).cwd, "second"))).toThrow("ENOENT");
    await expect(runner.keys(first, ["x"])).rejects.toThrow("synchronize-panes");
  });

  test("a bare tmux in a hook reaches the server of the agents, whichever one its caller sits in", async () => {
    const { world, runner, pressed, paneId } = await openKeys();
    const terminal = openTerminal(world);
    const hook = { ...world.environment, TMUX: terminal.variable, TMUX_PANE: "%0" };
    const environment = { ...hook, ...(await runner.hookEnvironment()) };
    execFileSync("sh", ["-c", `tmux send-keys -t ${quoted(paneId)} -l hello`], { env: environment });
    await pressed("hello");
    expect(terminal.shows()).not.toContain("hello");
  });

  test("where no server runs, a bare tmux in a hook fails instead of reaching another one", async () => {
    const world = createWorld();
    const terminal = openTerminal(world);
    const inside = { ...world.environment, TMUX: terminal.variable };
    const environment = { ...inside, ...(await world.runner().hookEnvironment()) };
    const send = () =>
      execFileSync("tmux", ["send-keys", "-t", "%0", "hello"], { env: environment, stdio: "pipe" });
    expect(send).toThrow(/no server running|error connecting/);
  });
});
