import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createWorld, isAlive, isTmuxThere, until } from "./testing/world.js";

const waiting = ["sh", "-c", "echo ready > ready; while :; do sleep 1; done"];

async function openWorld() {
  const world = createWorld();
  const runner = world.runner();
  const handle = await runner.start(world.order(waiting));
  await world.written("ready");
  const session = await runner.session();
  const serverPid = Number(world.tmux("display-message", "-p", "#{pid}"));
  return { world, runner, handle, serverPid, socketPath: session?.socketPath ?? "" };
}

describe.skipIf(!isTmuxThere)("a socket that somebody removed (needs tmux)", () => {
  test.each(["the socket", "its folder, too"])(
    "%s: the server is found, and all of it can be ended",
    async (what) => {
      const { world, handle, serverPid, socketPath } = await openWorld();
      rmSync(what === "the socket" ? socketPath : dirname(socketPath), { recursive: true });
      // Another process, which has never seen the server.
      const runner = world.runner();
      expect(await runner.session()).toMatchObject({
        socketPath,
        panes: [{ agentId: "worker-0", isDead: false }],
      });
      expect((await runner.attach(handle)).join(" ")).toContain(socketPath);
      await runner.stop(handle);
      await runner.endSession();
      await until("the server is gone", async () => !isAlive(serverPid));
    },
  );

  test("a server that has ended is no server, whoever has its number now", async () => {
    const { world, runner, handle, serverPid, socketPath } = await openWorld();
    await runner.stop(handle);
    await runner.endSession();
    await until("the server is gone", async () => !isAlive(serverPid));
    const note = { pid: process.pid, startedAt: "somebody else's" };
    writeFileSync(join(world.stateRoot, "tmux", "server-private.json"), JSON.stringify(note));
    rmSync(socketPath, { force: true });
    // This process would end by the signal.
    expect(await world.runner().session()).toBeUndefined();
  });
});
