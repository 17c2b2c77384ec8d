import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { bundleForNode } from "../bundle.fixture.js";
import { agreed, claim, file, rewrite } from "../store.fixture.js";
import type { DyingSync } from "../sync-and-die.fixture.js";
import { type Host, makeHosts, tipOf } from "./uplink.fixture.js";

/** In the order in which a sync that another host was faster than comes by them. */
const steps = [
  "pushed",
  "fetched",
  "join-planned",
  "refusals-noted",
  "own-lock-written",
  "intent-written",
  "joined",
] as const;

describe("a sync that is killed", { timeout: 60_000 }, () => {
  const program = bundleForNode("sync-and-die.fixture");

  const change = async (host: Host, id: string, next: Parameters<typeof rewrite>[2], operationId: string) => {
    const { record } = await host.open().read(id);
    if (record === undefined) throw new Error(`There is no ${id}`);
    await rewrite(host.open(), record, next, { operationId });
  };

  it.each(steps)("is finished by the next one, killed at %s", async (step) => {
    const { first, second, upstream } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
      await file(backend, "tk-bbbb");
    });
    await change(first, "tk-aaaa", claim("worker-0"), "claim-first");
    await change(second, "tk-aaaa", claim("worker-1"), "claim-second");
    await change(second, "tk-bbbb", { title: "Of the second" }, "title-second");
    await first.uplink.sync();

    const order: DyingSync = { root: second.root, upstream, step };
    const ended = spawnSync(process.execPath, [program.path, JSON.stringify(order)], { encoding: "utf8" });
    expect(ended.signal, ended.stderr).toBe("SIGKILL");

    // Whoever works on goes on at once, whatever was left.
    await change(second, "tk-bbbb", { priority: 0 }, "priority-second");
    await second.openUplink().sync();
    await first.uplink.sync();
    expect(tipOf(first)).toBe(tipOf(second));
    for (const host of [first, second]) {
      const { tickets } = await agreed(host);
      expect(
        tickets.map(({ ticket }) => [ticket.id, ticket.title, ticket.assignedAgentId, ticket.priority]),
      ).toEqual(
        expect.arrayContaining([
          ["tk-aaaa", expect.any(String), "worker-0", 2],
          ["tk-bbbb", "Of the second", undefined, 0],
        ]),
      );
      expect(await host.open().outcome("claim-second")).toEqual({ status: "absent" });
      expect(await host.open().outcome("title-second")).toMatchObject({ status: "committed" });
      expect(host.plain("fsck", "--strict", "--no-dangling")).toBe("");
    }
    expect(second.openUplink().refused()).toMatchObject([{ operationId: "claim-second" }]);
    expect(first.uplink.refused()).toEqual([]);
  });

  it("that had been answered by the server is known to have been", async () => {
    const { first, second, upstream } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    await change(second, "tk-aaaa", { title: "Sent" }, "sent");
    const order: DyingSync = { root: second.root, upstream, step: "pushed" };
    expect(spawnSync(process.execPath, [program.path, JSON.stringify(order)]).signal).toBe("SIGKILL");
    // The server took it, and this host was not told.
    expect(second.uplink.status()).toMatchObject({ ahead: 1 });
    expect(await second.openUplink().sync()).toMatchObject({ pulled: 0, pushed: 1, ahead: 0, refused: [] });
    await first.uplink.sync();
    expect(tipOf(first)).toBe(tipOf(second));
  });
});
