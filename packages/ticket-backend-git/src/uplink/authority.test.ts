import { chmodSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isTicketError, type TicketErrorCode, type TicketRecord } from "@wiggum/ticket-core";
import { describe, expect, it } from "vitest";
import type { GitBackend } from "../create-git-backend.js";
import { agreed, all, claim, commitOf, file, rewrite, ticket } from "../store.fixture.js";
import { makeSubjects, underAuthority } from "./authority.fixture.js";
import { gitDaemon, lineTo } from "./servers.fixture.js";
import { type Host, makeHost, tipOf } from "./uplink.fixture.js";

const patience = 120_000;
const branch = "wiggum/tickets";

async function recordOf(backend: GitBackend, id: string): Promise<TicketRecord> {
  const { record } = await backend.read(id);
  if (record === undefined) throw new Error(`There is no ${id}`);
  return record;
}

function claiming(backend: GitBackend, record: TicketRecord, agent: string): Promise<TicketRecord> {
  const { id } = record.ticket;
  const actor = { kind: "agent", id: agent } as const;
  return rewrite(backend, record, claim(agent), { actor, fence: { id, epoch: 0 }, operationId: agent });
}

/** Where the upstream's branch is. */
function tipThere({ plainIn }: Host, folder: string): string {
  return plainIn(join(folder, "upstream.git"), "rev-parse", `refs/heads/${branch}`);
}

const withCode = (code: TicketErrorCode) => (error: unknown) => isTicketError(error, code);

/** A host behind a line to its upstream, and the ticket that it has. */
async function behindLine(delayMs = 0) {
  const { folder, first, second } = await makeSubjects(
    async (backend) => void (await file(backend, "tk-aaaa")),
  );
  const line = await lineTo(await gitDaemon(folder), delayMs);
  const upstream = { url: `git://127.0.0.1:${line.port}/upstream.git`, branch };
  return { folder, line, first, second, upstream };
}

describe("under the authority of the upstream", { timeout: patience }, () => {
  it("a write is acknowledged when the upstream has it, and not before", async () => {
    const { folder, first, one } = await makeSubjects();
    await file(one, "tk-aaaa");
    expect(tipThere(first, folder)).toBe(tipOf(first));
    expect(first.uplink.status()).toMatchObject({ ahead: 0, behind: 0, pending: 0 });
    await agreed(first);
    expect(first.plain("for-each-ref", "refs/wiggum/uplink*")).toBe("");
  });

  it("two hosts cannot both claim a ticket: the second is refused before it is acknowledged", async () => {
    const { first, second, one, other } = await makeSubjects(async (backend) => {
      await file(backend, "tk-aaaa");
    });
    const [here, there] = [await recordOf(one, "tk-aaaa"), await recordOf(other, "tk-aaaa")];
    const ended = await Promise.allSettled([
      claiming(one, here, "worker-0"),
      claiming(other, there, "worker-1"),
    ]);
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [winner, loser] =
      ended[0]?.status === "fulfilled" ? ["worker-0", "worker-1"] : ["worker-1", "worker-0"];
    const refused = ended.find((each) => each.status === "rejected");
    // Its ticket is another one now: whoever shows the old claim is told to stop.
    expect(refused?.reason).toSatisfy((error) => isTicketError(error) && /FENCED|CONFLICT/.test(error.code));
    for (const host of [first, second]) {
      await host.uplink.sync();
      expect((await recordOf(host.backend, "tk-aaaa")).ticket.assignedAgentId).toBe(winner);
      expect(await host.open().outcome(loser ?? "")).toEqual({ status: "absent" });
      expect(host.uplink.refused()).toEqual([]);
    }
    expect(tipOf(first)).toBe(tipOf(second));
    // No join either: there is one line of commits.
    expect(first.plain("rev-list", "--merges", "--count", "main")).toBe("0");
  });

  it("writes of both hosts to different tickets all land, at the first try", async () => {
    const { first, second, one, other } = await makeSubjects();
    const ids = [1, 2, 3].map((each) => `tk-00${each}`);
    await Promise.all([...ids.map((id) => file(one, `${id}a`)), ...ids.map((id) => file(other, `${id}b`))]);
    await first.uplink.sync();
    await second.uplink.sync();
    expect(tipOf(first)).toBe(tipOf(second));
    expect((await agreed(first)).tickets).toHaveLength(6);
    expect(first.plain("rev-list", "--merges", "--count", "main")).toBe("0");
  });

  it("hooks are due for what this host wrote, also when the upstream's answer was lost", async () => {
    const { line, first, upstream } = await behindLine();
    const host = underAuthority(first, upstream);
    line.cutNextPush();
    await file(host, "tk-bbbb", {});
    expect(line.cuts()).toBe(1);
    const changes = await all(host.watch(undefined, { follow: false }));
    expect(changes.filter(({ id }) => id === "tk-bbbb").map(({ skipHooks }) => skipHooks)).toEqual([false]);
  });

  it("an answer that was lost is asked for once more, and the write is there once", async () => {
    const { folder, line, first, upstream } = await behindLine();
    const host = underAuthority(first, upstream);
    line.cutNextPush();
    const written = await host.commit(commitOf([{ id: "tk-bbbb", expected: null, next: ticket("tk-bbbb") }]));
    expect(line.cuts()).toBe(1);
    expect(written).toMatchObject({ already: false, asOf: tipOf(first) });
    expect(tipThere(first, folder)).toBe(tipOf(first));
    const operations = first.plain("log", "--format=%(trailers:key=Op)", "main").split("\n").filter(Boolean);
    expect(new Set(operations).size).toBe(operations.length);
  });

  it("where nobody answers a write is refused in time, and nothing of it comes later", async () => {
    const { folder, first, second } = await makeSubjects();
    const away = { url: "git://127.0.0.1:1/upstream.git", branch };
    const host = underAuthority(first, away);
    const before = tipOf(first);
    const write = file(host, "tk-bbbb");
    await expect(write).rejects.toSatisfy(withCode("OFFLINE"));
    await expect(write).rejects.toThrow("nothing was written");
    expect(tipOf(first)).toBe(before);
    expect(first.plain("for-each-ref", "refs/wiggum/uplink*")).toBe("");
    // Reading stays.
    expect((await host.list()).tickets).toEqual([]);
    await first.uplink.sync();
    await second.uplink.sync();
    expect(tipThere(first, folder)).toBe(before);
    expect(await second.backend.list()).toMatchObject({ tickets: [] });
  });

  it("where the upstream falls silent a write is unknown, the next says that it was not written, and both are right", async () => {
    const { folder, line, first, upstream } = await behindLine();
    await first.openUplink({ upstream }).sync();
    const host = underAuthority(first, upstream, { waitMs: 1_500 });
    line.hold();
    const order = commitOf([{ id: "tk-bbbb", expected: null, next: ticket("tk-bbbb") }]);
    await expect(host.commit(order)).rejects.toSatisfy(withCode("COMMIT_UNKNOWN"));
    await expect(host.outcome(order.operationId)).rejects.toSatisfy(withCode("COMMIT_UNKNOWN"));
    expect(await host.read("tk-bbbb")).not.toHaveProperty("record");
    const later = commitOf([{ id: "tk-cccc", expected: null, next: ticket("tk-cccc") }]);
    await expect(host.commit(later)).rejects.toSatisfy(
      (error) => isTicketError(error) && error.code !== "COMMIT_UNKNOWN",
    );
    expect(await host.outcome(later.operationId)).toEqual({ status: "absent" });
    line.letGo();
    const patient = underAuthority(first, upstream);
    expect(await patient.outcome(order.operationId)).toMatchObject({ status: "committed" });
    expect(await patient.commit(order)).toMatchObject({ already: true });
    expect(tipThere(first, folder)).toBe(tipOf(first));
    expect((await patient.list()).tickets.map(({ ticket: { id } }) => id)).toEqual(["tk-aaaa", "tk-bbbb"]);
  });

  it("what was on its way when another host came first is refused for good", async () => {
    const { line, first, second, upstream } = await behindLine();
    await first.openUplink({ upstream }).sync();
    const host = underAuthority(first, upstream, { waitMs: 1_500 });
    const record = await recordOf(host, "tk-aaaa");
    line.hold();
    await expect(claiming(host, record, "worker-0")).rejects.toSatisfy(withCode("COMMIT_UNKNOWN"));
    const near = underAuthority(second, second.uplink.upstream);
    await claiming(near, await recordOf(near, "tk-aaaa"), "worker-1");
    line.letGo();
    const patient = underAuthority(first, upstream);
    expect(await patient.outcome("worker-0")).toEqual({ status: "absent" });
    expect((await recordOf(patient, "tk-aaaa")).ticket.assignedAgentId).toBe("worker-1");
  });

  it("many writers of one host share a push", async () => {
    const { line, first, upstream } = await behindLine(50);
    const host = underAuthority(first, upstream);
    await file(host, "tk-bbbb");
    const before = line.connections();
    const ids = Array.from({ length: 12 }, (_, index) => `tk-00${10 + index}`);
    await Promise.all(ids.map((id) => file(host, id)));
    expect(line.connections() - before).toBeLessThan(ids.length);
    expect((await host.list()).tickets).toHaveLength(14);
    expect(first.openUplink({ upstream }).status()).toMatchObject({ ahead: 0, pending: 0 });
  });

  it("a server that will not have it is told as such, and nothing waits on", async () => {
    const { folder, first, one } = await makeSubjects();
    const hook = join(folder, "upstream.git", "hooks", "pre-receive");
    if (!existsSync(join(folder, "upstream.git", "hooks")))
      first.plainIn(folder, "init", "-q", "--bare", "upstream.git");
    writeFileSync(hook, "#!/bin/sh\necho 'Not on Sundays' >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    await expect(file(one, "tk-bbbb")).rejects.toSatisfy(withCode("UPSTREAM_UNUSABLE"));
    expect(first.plain("for-each-ref", "refs/wiggum/uplink*")).toBe("");
    renameSync(hook, `${hook}.off`);
    await file(one, "tk-bbbb");
    expect(tipThere(first, folder)).toBe(tipOf(first));
  });

  it("what was pushed into the store with plain git goes to the upstream with the next write, judged", async () => {
    const { folder, first, one } = await makeSubjects(
      async (backend) => void (await file(backend, "tk-aaaa")),
    );
    first.push(first.clone(), { "tk-aaaa.md": "no ticket at all\n" });
    await file(one, "tk-bbbb");
    expect(tipThere(first, folder)).toBe(tipOf(first));
    const { tickets, problems } = await agreed(first);
    expect([tickets.length, problems]).toEqual([2, []]);
  });

  it("a host that had written under its own authority sends that first", async () => {
    const { first, second, upstream } = await makeSubjects();
    await file(first.backend, "tk-aaaa");
    await file(second.backend, "tk-bbbb");
    await second.uplink.sync();
    await file(underAuthority(first, upstream), "tk-cccc");
    await second.uplink.sync();
    expect((await agreed(second)).tickets).toHaveLength(3);
    expect(tipOf(first)).toBe(tipOf(second));
  });

  it("the first host makes the branch", async () => {
    const { folder, first } = await makeSubjects();
    const maker = await makeHost(folder, "third", { url: "unused", branch }, first);
    first.plainIn(folder, "init", "-q", "--bare", "empty.git");
    const backend = underAuthority(maker, { url: join(folder, "empty.git"), branch });
    await file(backend, "tk-aaaa");
    expect(maker.plainIn(join(folder, "empty.git"), "rev-parse", branch)).toBe(tipOf(maker));
  });
});
