// The setting of the server changes while agents run, or differs between two terminals.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { profile } from "./testing/open-composer.js";
import { createWorld, isTmuxThere, socketsBelow, until } from "./testing/world.js";

const waiting = ["sh", "-c", "echo ready > ready; cat > typed"];

// P22 P36
describe.skipIf(!isTmuxThere).each([
  ["private", "default"],
  ["default", "private"],
] as const)("agents on the %s server, and commands that mean the %s one", (started, now) => {
  test("reach them where they were started, start new ones where they mean, and end all of it", async () => {
    const world = createWorld();
    const handle = await world.runner({ server: started }).start(world.order(waiting));
    await world.written("ready");
    const runner = world.runner({ server: now, profile });
    const [socket = ""] = socketsBelow(world.environment["TMUX_TMPDIR"] ?? "").map(([path]) => path);

    expect(await runner.session()).toMatchObject({
      socketPath: socket,
      panes: [{ agentId: "worker-0", isDead: false }],
    });
    expect((await runner.attach(handle)).join(" ")).toContain(`-S ${socket} `);
    expect((await runner.attachSession())?.join(" ")).toContain(`-S ${socket} `);
    expect((await runner.hookEnvironment()).TMUX).toMatch(new RegExp(`^${socket},[1-9]`));
    await runner.keys(handle, ["hello", "Enter"]);
    expect(await world.written("typed")).toBe("hello\n");
    await until("its screen", async () => (await runner.output(handle, 10)).includes("hello"));

    const other = await runner.start(world.order(waiting, { agentId: "worker-1" }));
    expect((await runner.session())?.panes.map(({ agentId }) => agentId).toSorted()).toEqual([
      "worker-0",
      "worker-1",
    ]);
    expect((await runner.attach(other)).join(" ")).not.toContain(`-S ${socket} `);

    for (const one of [handle, other]) expect(await runner.stop(one)).toMatchObject({ stopped: true });
    await runner.endSession();
    for (const server of [started, now]) expect(await world.runner({ server }).session()).toBeUndefined();
    await until("no server listens", async () =>
      readdirSync(world.environment["TMUX_TMPDIR"] ?? "").every((folder) =>
        readdirSync(join(world.environment["TMUX_TMPDIR"] ?? "", folder)).every((name) => {
          try {
            world.tmuxOf(name, "list-sessions");
            return false;
          } catch {
            return true;
          }
        }),
      ),
    );
  });
});
