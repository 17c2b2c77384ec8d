import { existsSync } from "node:fs";
import { join } from "node:path";
import { isTicketError } from "@wiggum/ticket-core";
import { describe, expect, it } from "vitest";
import {
  agreed,
  all,
  claim,
  commitOf,
  file,
  judge,
  rewrite,
  temporaryFolder,
  ticket,
} from "../store.fixture.js";
import { cloneStore } from "./clone-store.js";
import { createUplink } from "./create-uplink.js";
import { type Host, makeHost, makeHosts, makeUpstream, tipOf } from "./uplink.fixture.js";

const minute = 60_000;

describe("an upstream between two hosts", { timeout: minute }, () => {
  it("brings what one host wrote to the other, as the same history", async () => {
    const { first, second } = await makeHosts();
    await file(first.backend, "tk-aaaa", { title: "Written on the first" });
    const sent = await first.uplink.sync();
    expect(sent).toMatchObject({ pushed: 1, pulled: 0, ahead: 0, refused: [] });
    const got = await second.uplink.sync();
    expect(got).toMatchObject({ pushed: 0, pulled: 1, ahead: 0, refused: [] });
    expect(tipOf(second)).toBe(tipOf(first));
    const { record } = await second.backend.read("tk-aaaa");
    expect(record?.ticket.title).toBe("Written on the first");
  });

  it("joins what both wrote meanwhile, field by field, and both end with the same", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa", { title: "Before", labels: ["old"] });
    });
    const [onFirst, onSecond] = await Promise.all([
      first.backend.read("tk-aaaa"),
      second.backend.read("tk-aaaa"),
    ]);
    await rewrite(first.backend, onFirst.record ?? never(), { title: "After", labels: ["old", "a"] });
    await rewrite(second.backend, onSecond.record ?? never(), { priority: 0, labels: ["b"] });
    await file(second.backend, "tk-bbbb");
    await first.uplink.sync();
    const joined = await second.uplink.sync();
    expect(joined).toMatchObject({ pulled: 1, refused: [], ahead: 0 });
    await first.uplink.sync();
    expect(tipOf(first)).toBe(tipOf(second));
    for (const host of [first, second]) {
      const { record } = await host.open().read("tk-aaaa");
      expect(record?.ticket).toMatchObject({ title: "After", priority: 0, labels: ["a", "b"] });
      await agreed(host);
    }
    expect(first.plain("fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("refuses the claim that came second, tells what became of it, and fences its holder", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    const claimOn = async (host: typeof first, agent: string) => {
      const { record } = await host.backend.read("tk-aaaa");
      const actor = { kind: "agent", id: agent } as const;
      const fence = { id: "tk-aaaa", epoch: 0 };
      return rewrite(host.backend, record ?? never(), claim(agent), {
        actor,
        fence,
        operationId: `claim-${host.name}`,
      });
    };
    await claimOn(first, "worker-0");
    const lost = await claimOn(second, "worker-0");
    await first.uplink.sync();
    const { refused } = await second.uplink.sync();

    expect(refused).toMatchObject([
      {
        operationId: "claim-second",
        code: "TICKET_HELD",
        tickets: ["tk-aaaa"],
        claims: [{ id: "tk-aaaa", epoch: 1 }],
      },
    ]);
    expect(second.uplink.refused()).toEqual(refused);
    // What was refused is committed nowhere, on either host; what was first is, on both.
    await first.uplink.sync();
    expect(tipOf(first)).toBe(tipOf(second));
    for (const host of [first, second]) {
      expect(await host.open().outcome("claim-second")).toEqual({ status: "absent" });
      expect(await host.open().outcome("claim-first")).toMatchObject({ status: "committed" });
    }
    // The same epoch, the same name: the winner goes on, the other is stopped.
    const goOn = async (host: typeof first) => {
      const { record } = await host.backend.read("tk-aaaa");
      return rewrite(
        host.open(),
        record ?? never(),
        { title: `Still at work on ${host.name}` },
        {
          actor: { kind: "agent", id: "worker-0" },
          fence: lost.fence,
        },
      );
    };
    await expect(goOn(second)).rejects.toSatisfy((error) => isTicketError(error, "TICKET_FENCED"));
    expect((await goOn(first)).ticket.title).toBe("Still at work on first");
    // The lost commit can still be looked at.
    expect(second.plain("merge-base", "--is-ancestor", refused[0]?.commit ?? "", "main")).toBe("");
    second.uplink.settle(["claim-second"]);
    expect(second.openUplink().refused()).toEqual([]);
    await expect(goOn(second)).rejects.toSatisfy((error) => isTicketError(error, "TICKET_FENCED"));
  });

  it("refuses only what clashes: the comment before a refused claim stays, and so does one after it", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa", { body: "# T\n\n## Description\n\nText\n" });
    });
    const step = async (host: typeof first, change: Parameters<typeof rewrite>[2], operationId: string) => {
      const { record } = await host.backend.read("tk-aaaa");
      return rewrite(host.backend, record ?? never(), change, { operationId });
    };
    await step(first, claim("worker-0"), "claim-first");
    await step(second, { labels: ["before"] }, "label-1");
    await step(second, claim("worker-1"), "claim-second");
    await step(second, { labels: ["before", "after"] }, "label-2");
    await step(second, { state: "review" }, "hand-in");
    await first.uplink.sync();
    const { refused } = await second.uplink.sync();
    expect(refused.map(({ operationId }) => operationId)).toEqual(["claim-second", "hand-in"]);
    const { record } = await second.backend.read("tk-aaaa");
    expect(record?.ticket).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-0",
      labels: ["before", "after"],
    });
    await agreed(second);
  });

  it("shows each accepted operation once in the history of both, by who made it", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    const seenOnFirst = (await first.backend.list()).cursor;
    const seenOnSecond = (await second.backend.list()).cursor;
    await rewrite(first.backend, (await first.backend.read("tk-aaaa")).record ?? never(), { priority: 1 });
    await file(second.backend, "tk-bbbb", { title: "Second's own" });
    await first.uplink.sync();
    await second.uplink.sync();
    await first.uplink.sync();
    for (const host of [first, second]) {
      const told = await all(host.open().watch(undefined, { follow: false }));
      expect(told.filter(({ id }) => id === "tk-bbbb")).toHaveLength(1);
      expect(told.filter(({ id }) => id === "tk-aaaa")).toHaveLength(2);
      expect(told.find(({ id }) => id === "tk-bbbb")?.actor.host).toBe("second");
    }
    // Whoever follows from before goes on, and is told to run no hook for what another host did.
    const onFirst = await all(first.open().watch(seenOnFirst, { follow: false }));
    expect(onFirst.map(({ id, skipHooks }) => [id, skipHooks])).toEqual([
      ["tk-aaaa", false],
      ["tk-bbbb", true],
    ]);
    const onSecond = await all(second.open().watch(seenOnSecond, { follow: false }));
    expect(onSecond.map(({ id, skipHooks }) => [id, skipHooks])).toEqual([
      ["tk-aaaa", true],
      ["tk-bbbb", false],
    ]);
  });

  it("lets no two hosts make tickets wait for each other", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
      await file(backend, "tk-bbbb");
    });
    await rewrite(first.backend, (await first.backend.read("tk-aaaa")).record ?? never(), {
      dependsOn: ["tk-bbbb"],
    });
    await rewrite(second.backend, (await second.backend.read("tk-bbbb")).record ?? never(), {
      dependsOn: ["tk-aaaa"],
    });
    await first.uplink.sync();
    expect((await second.uplink.sync()).refused).toMatchObject([{ code: "DEPENDENCY_CYCLE" }]);
    expect((await second.backend.read("tk-bbbb")).record?.ticket.dependsOn).toEqual([]);
  });

  it("takes a commit of several tickets whole or not at all", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
      await file(backend, "tk-bbbb");
    });
    await rewrite(first.backend, (await first.backend.read("tk-aaaa")).record ?? never(), { title: "Mine" });
    const [a, b] = [await second.backend.read("tk-aaaa"), await second.backend.read("tk-bbbb")];
    const changes = [a, b].map(({ record = never() }) => ({
      id: record.ticket.id,
      expected: record.revision,
      next: { ...record.ticket, title: "Both" },
    }));
    await second.backend.commit(commitOf(changes));
    await first.uplink.sync();
    expect((await second.uplink.sync()).refused).toMatchObject([{ code: "FIELD_CONFLICT" }]);
    expect((await second.backend.read("tk-bbbb")).record?.ticket.title).toBe(ticket("tk-bbbb").title);
  });

  it("carries attachments, and refuses the second of two of one name", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    const attach = (host: typeof first, name: string, text: string) =>
      host.backend.attachments.add({
        id: "tk-aaaa",
        name,
        content: Buffer.from(text),
        operationId: `attach-${host.name}-${name}`,
        at: "2026-01-02T03:04:05Z",
        actor: { kind: "person", id: "pat" },
      });
    await attach(first, "log.txt", "of the first");
    await attach(second, "log.txt", "of the second");
    await attach(second, "other.txt", "more");
    await first.uplink.sync();
    const { refused } = await second.uplink.sync();
    expect(refused).toMatchObject([{ code: "ATTACHMENT_CONFLICT", tickets: ["tk-aaaa"] }]);
    const names = (await second.backend.attachments.list("tk-aaaa")).map(({ name }) => name);
    expect(names).toEqual(["log.txt", "other.txt"]);
  });

  it("passes on nothing that was pushed past a host and may not be", async () => {
    const { first, second } = await makeHosts(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    const clone = first.clone();
    first.push(clone, { "tk-aaaa.md": "no ticket at all\n" });
    await first.uplink.sync();
    await second.uplink.sync();
    expect((await second.open().list()).problems).toEqual([]);
    expect((await second.backend.read("tk-aaaa")).record?.ticket.id).toBe("tk-aaaa");
  });

  it("sends nothing when only pulling, and says how far ahead it is", async () => {
    const { first, second } = await makeHosts();
    await file(first.backend, "tk-aaaa");
    await first.uplink.sync();
    await file(second.backend, "tk-bbbb");
    expect(second.uplink.status()).toMatchObject({ ahead: 1, behind: 0 });
    expect(await second.uplink.sync({ direction: "pull" })).toMatchObject({ pulled: 1, pushed: 0 });
    expect(second.uplink.status().ahead).toBeGreaterThan(0);
    expect(tipOf(first)).toBe(
      first
        .plainIn(first.root, "ls-remote", second.uplink.upstream.url, "refs/heads/wiggum/tickets")
        .slice(0, 40),
    );
    await second.uplink.sync();
    expect(second.uplink.status()).toMatchObject({ ahead: 0, behind: 0 });
  });
});

function never(): never {
  throw new Error("There is no such ticket");
}

// P5: what one host ended stays ended, whatever another one writes that has not heard of it.
describe("what was ended on one host", { timeout: minute }, () => {
  const change = async (host: Host, next: Parameters<typeof rewrite>[2], operationId: string) => {
    const { record } = await host.backend.read("tk-aaaa");
    await rewrite(host.backend, record ?? never(), next, { operationId });
  };

  it("stays closed: a claim of another host is refused, a label is not", async () => {
    const { first, second } = await makeHosts(async (backend) => void (await file(backend, "tk-aaaa")));
    await change(first, { state: "closed" }, "close");
    await change(second, claim("worker-0"), "claim");
    await change(second, { labels: ["late"] }, "label");
    await first.uplink.sync();
    expect((await second.uplink.sync()).refused.map(({ operationId }) => operationId)).toEqual(["claim"]);
    const { record } = await second.open().read("tk-aaaa");
    expect(record?.ticket).toMatchObject({ state: "closed", labels: ["late"] });
  });

  it("stays deleted, and what was written to it is kept and named", async () => {
    const { first, second } = await makeHosts(async (backend) => void (await file(backend, "tk-aaaa")));
    const { record } = await first.backend.read("tk-aaaa");
    const expected = record?.revision ?? never();
    await first.backend.commit(commitOf([{ id: "tk-aaaa", expected, next: null }]));
    await change(second, { title: "Late" }, "title");
    await first.uplink.sync();
    expect((await second.uplink.sync()).refused).toMatchObject([{ code: "TICKET_CONFLICT" }]);
    expect((await second.open().read("tk-aaaa")).record).toBeUndefined();
  });
});

describe("stores that began apart", { timeout: minute }, () => {
  it("become one history when both get the same upstream; of one id the first stays", async () => {
    const folder = temporaryFolder();
    const [one, other] = [
      await makeHost(folder, "one", { url: folder, branch: "b" }),
      await makeHost(folder, "other", { url: folder, branch: "b" }),
    ];
    const upstream = { url: makeUpstream(folder, one.plainIn), branch: "wiggum/tickets" };
    await file(one.backend, "tk-same", { title: "Of the one" });
    await file(other.backend, "tk-same", { title: "Of the other" });
    await file(other.backend, "tk-more");
    await one.openUplink({ upstream }).sync();
    const { refused } = await other.openUplink({ upstream }).sync();
    expect(refused).toMatchObject([{ tickets: ["tk-same"], code: "TICKET_CONFLICT" }]);
    await one.openUplink({ upstream }).sync();
    expect(tipOf(one)).toBe(tipOf(other));
    for (const host of [one, other]) {
      const { tickets } = await agreed(host);
      expect(tickets.map(({ ticket: { title } }) => title)).toContain("Of the one");
      expect(tickets).toHaveLength(2);
    }
  });

  it("are cloned whole, with nothing to send", async () => {
    const { folder, first, upstream } = await makeHosts(
      async (backend) => void (await file(backend, "tk-aaaa")),
    );
    const path = join(folder, "third.git");
    expect(await cloneStore({ path, upstream })).toBe("cloned");
    expect(await cloneStore({ path, upstream })).toBe("kept");
    const third = createUplink({ root: path, judge, upstream, host: "third" });
    expect(third.status()).toMatchObject({ ahead: 0, behind: 0, refused: [] });
    expect(first.plainIn(path, "rev-parse", "main")).toBe(tipOf(first));
    const empty = { url: makeUpstream(join(folder, "first"), first.plainIn), branch: "wiggum/tickets" };
    expect(await cloneStore({ path: join(folder, "fourth.git"), upstream: empty })).toBe("empty");
    expect(existsSync(join(folder, "fourth.git"))).toBe(false);
  });
});
