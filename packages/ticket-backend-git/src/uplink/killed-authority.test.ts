import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundleForNode } from "../bundle.fixture.js";
import { agreed, claim, commitOf, file, rewrite } from "../store.fixture.js";
import type { DyingWrite } from "../write-and-die.fixture.js";
import { makeSubjects, underAuthority } from "./authority.fixture.js";
import { tipOf } from "./uplink.fixture.js";

/** In the order in which a write comes by them; `true` = from here on the upstream may have it. */
const steps: readonly (readonly [step: string, isThere: boolean])[] = [
  ["pending-planned", false],
  ["pending-noted", false],
  ["sent-noted", false],
  ["offered", true],
  ["tip-noted", true],
  ["own-lock-written", true],
  ["intent-written", true],
  ["joined", true],
  ["settled", true],
];

describe("a write under the upstream's authority that is killed", { timeout: 120_000 }, () => {
  const program = bundleForNode("write-and-die.fixture");

  /** A claim on the first host that dies on the way. */
  async function died(step: string) {
    const hosts = await makeSubjects(async (backend) => {
      await file(backend, "tk-aaaa");
      await file(backend, "tk-bbbb");
    });
    const { first, upstream, one } = hosts;
    const { record } = await one.read("tk-aaaa");
    if (record === undefined) throw new Error("There is no ticket");
    const next = { ...record.ticket, ...claim("worker-0") };
    const commit = commitOf([{ id: "tk-aaaa", expected: record.revision, next }], { operationId: "dying" });
    const order: DyingWrite = { root: first.root, upstream, step, commit };
    const ended = spawnSync(process.execPath, [program.path, JSON.stringify(order)], { encoding: "utf8" });
    expect(ended.signal, ended.stderr).toBe("SIGKILL");
    return { ...hosts, commit, next: underAuthority(first, upstream) };
  }

  /** What every ending must leave: one line of commits, the same everywhere, no operation twice. */
  async function isWhole({ first, second, folder }: Awaited<ReturnType<typeof died>>) {
    await first.openUplink().sync();
    await second.openUplink().sync();
    expect(tipOf(second)).toBe(tipOf(first));
    expect(first.plainIn(join(folder, "upstream.git"), "rev-parse", "wiggum/tickets")).toBe(tipOf(first));
    expect(first.plain("for-each-ref", "refs/wiggum/uplink", "refs/wiggum/uplink-sent")).toBe("");
    const operations = first.plain("log", "--format=%(trailers:key=Op)", "main").split("\n").filter(Boolean);
    expect(new Set(operations).size).toBe(operations.length);
    for (const host of [first, second]) {
      await agreed(host);
      expect(host.plain("fsck", "--strict", "--no-dangling")).toBe("");
    }
  }

  it.each(steps)(
    "at %s, is completed by the next write, and no other host can have the claim",
    async (step) => {
      const ended = await died(step);
      const { first, next, other } = ended;
      await file(next, "tk-cccc");
      // Before anything waited there was nothing to complete; from then on it is.
      const isComplete = step !== "pending-planned";
      expect((await next.outcome("dying")).status).toBe(isComplete ? "committed" : "absent");
      const { record } = await other.read("tk-aaaa");
      if (record === undefined) throw new Error("There is no ticket");
      const claimed = rewrite(other, record, claim("worker-1"), { operationId: "second" });
      if (isComplete) await expect(claimed).rejects.toMatchObject({ code: "TICKET_CONFLICT" });
      else await claimed;
      await isWhole(ended);
      const { record: stored } = await first.open().read("tk-aaaa");
      expect(stored?.ticket.assignedAgentId).toBe(isComplete ? "worker-0" : "worker-1");
    },
  );

  it.each(steps)(
    "at %s, and another host comes first: it is there once, or not at all",
    async (step, isThere) => {
      const ended = await died(step);
      const { first, next, other } = ended;
      const { record } = await other.read("tk-aaaa");
      if (record === undefined) throw new Error("There is no ticket");
      const claimed = rewrite(other, record, claim("worker-1"), { operationId: "second" });
      if (isThere) await expect(claimed).rejects.toMatchObject({ code: "TICKET_CONFLICT" });
      else await claimed;
      // Whoever is asked for it finds out: it is not said to be away and comes later.
      expect((await next.outcome("dying")).status).toBe(isThere ? "committed" : "absent");
      await file(next, "tk-cccc");
      expect((await next.outcome("dying")).status).toBe(isThere ? "committed" : "absent");
      await isWhole(ended);
      const { record: stored } = await first.open().read("tk-aaaa");
      expect(stored?.ticket.assignedAgentId).toBe(isThere ? "worker-0" : "worker-1");
    },
  );

  it("typed once more under the same operation id, it is answered or written, once", async () => {
    for (const step of ["pending-noted", "offered"]) {
      const ended = await died(step);
      expect(await ended.next.commit(ended.commit)).toMatchObject({ operationId: "dying" });
      expect((await ended.next.outcome("dying")).status).toBe("committed");
      await isWhole(ended);
    }
  });
});
