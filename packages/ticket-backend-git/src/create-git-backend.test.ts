import { describe, expect, test } from "vitest";
import { all, claim, commitOf, file, first, makeStore, rewrite, ticket } from "./store.fixture.js";

describe("writes", () => {
  test("a commit is one commit on main with the trailers of the operation, unsigned, by wiggum", async () => {
    const { backend, plain } = await makeStore({ host: "box" });
    const record = await file(backend, "tk-1a2b");
    const claimed = await rewrite(backend, record, claim("worker-0"), {
      operationId: "01CLAIM",
      actor: { kind: "supervisor", id: "supervisor", role: "supervisor" },
      subject: "Transition tk-1a2b: ready → in-progress",
      cause: "spawn",
    });
    expect(claimed.ticket).toMatchObject({ state: "in-progress", leaseEpoch: 1 });
    expect(claimed.revision).toBe(plain("rev-parse", "main:tk-1a2b.md"));
    expect(plain("log", "-1", "--format=%an <%ae>|%cn <%ce>|%G?", "main")).toBe(
      "wiggum <wiggum@local>|wiggum <wiggum@local>|N",
    );
    expect(plain("log", "-1", "--format=%B", "main")).toBe(
      "Transition tk-1a2b: ready → in-progress\n\nTicket: tk-1a2b\nFrom: ready\nTo: in-progress\nEpoch: 1\nOp: 01CLAIM\n" +
        "Actor: supervisor\nKind: supervisor\nRole: supervisor\nHost: box\nCause: spawn",
    );
    expect(plain("rev-list", "--count", "main")).toBe("3");
    expect(plain("fsck", "--strict")).toBe("");
  });

  // P2
  test("a write touches its ticket and nothing else", async () => {
    const { backend, plain } = await makeStore();
    const one = await file(backend, "tk-0001");
    await file(backend, "tk-0002");
    const before = plain("ls-tree", "main");
    await rewrite(backend, one, { title: "Changed" });
    const changed = plain("diff-tree", "-r", "--name-only", "--no-commit-id", "main");
    expect(changed).toBe("tk-0001.md");
    const others = (text: string) => text.split("\n").filter((line) => !line.endsWith("tk-0001.md"));
    expect(others(plain("ls-tree", "main"))).toEqual(others(before));
  });

  // P1
  test("a conflict says who was first, when, and what is stored; nothing is written", async () => {
    const { backend, open, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    await rewrite(backend, record, claim("worker-1"), {
      actor: { kind: "supervisor", id: "worker-1" },
      at: "2026-05-06T07:08:09Z",
    });
    const tip = plain("rev-parse", "main");
    await expect(rewrite(open(), record, claim("worker-2"))).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: {
        id: "tk-0001",
        expected: record.revision,
        by: { id: "worker-1" },
        at: "2026-05-06T07:08:09Z",
        current: { ticket: { assignedAgentId: "worker-1" } },
      },
    });
    expect(plain("rev-parse", "main")).toBe(tip);
  });

  test("the same operation id twice has one effect and the recorded result, in another program, too", async () => {
    const { backend, open, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const commit = commitOf([
      { id: "tk-0001", expected: record.revision, next: { ...record.ticket, title: "One" } },
    ]);
    const done = await backend.commit(commit);
    expect(done.already).toBe(false);
    await rewrite(backend, first(done.records), { title: "Two" });
    const tip = plain("rev-parse", "main");
    for (const other of [backend, open()]) {
      const again = await other.commit(commit);
      expect(again).toMatchObject({
        already: true,
        asOf: done.asOf,
        records: [{ ticket: { title: "One" } }],
      });
      expect(await other.outcome(commit.operationId)).toMatchObject({
        status: "committed",
        receipt: { asOf: done.asOf },
      });
      expect(await other.outcome("never")).toEqual({ status: "absent" });
    }
    expect(plain("rev-parse", "main")).toBe(tip);
  });

  test("a commit with an operation id that only the history knows is found after the cache was lost or cut off", async () => {
    const { backend, open, root } = await makeStore();
    const record = await file(backend, "tk-0001");
    const commit = commitOf(
      [{ id: "tk-0001", expected: record.revision, next: { ...record.ticket, title: "One" } }],
      {
        operationId: "event 1/hook/ü",
      },
    );
    await backend.commit(commit);
    const { rmSync, readFileSync, writeFileSync } = await import("node:fs");
    const cache = `${root}/wiggum/cache/operations`;
    const text = readFileSync(cache, "utf8");
    const damages = [
      () => rmSync(cache),
      () => writeFileSync(cache, text.slice(0, -7)),
      () => writeFileSync(cache, "x\n"),
    ];
    for (const damage of damages) {
      damage();
      expect((await open().commit(commit)).already).toBe(true);
    }
  });

  test("several tickets are written together or not at all", async () => {
    const { backend } = await makeStore();
    const one = await file(backend, "tk-0001");
    const changes = [
      { id: "tk-0002", expected: null, next: ticket("tk-0002") },
      { id: "tk-0001", expected: one.revision, next: { ...one.ticket, title: "Changed" } },
    ];
    const refused = [...changes, { id: "tk-0003", expected: "0".repeat(40), next: ticket("tk-0003") }];
    await expect(backend.commit(commitOf(refused))).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { id: "tk-0003" },
    });
    expect((await backend.list()).tickets.map((record) => record.ticket.title)).toEqual(["Ticket tk-0001"]);
    const { records } = await backend.commit(commitOf(changes));
    expect(records.map((record) => record.ticket.id)).toEqual(["tk-0002", "tk-0001"]);
  });

  test("a ticket that was read to decide must not have changed", async () => {
    const { backend } = await makeStore();
    const one = await file(backend, "tk-0001");
    const two = await file(backend, "tk-0002");
    await rewrite(backend, two, { title: "Changed" });
    const write = { id: "tk-0001", expected: one.revision, next: { ...one.ticket, dependsOn: ["tk-0002"] } };
    const requires = [{ id: "tk-0002", revision: two.revision }];
    await expect(backend.commit(commitOf([write], { requires }))).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { id: "tk-0002" },
    });
  });

  // P28
  test("a holder that was taken over is fenced, before anything else is compared", async () => {
    const { backend } = await makeStore();
    const ready = await file(backend, "tk-0001");
    const held = await rewrite(backend, ready, claim("worker-0"));
    const taken = await rewrite(backend, held, { assignedAgentId: "worker-1", leaseEpoch: 2 });
    const actor = { kind: "agent" as const, id: "worker-0" };
    await expect(
      rewrite(backend, held, { title: "Late" }, { actor, fence: held.fence }),
    ).rejects.toMatchObject({
      code: "TICKET_FENCED",
      data: { epoch: 1, current: 2, holder: "worker-1" },
    });
    await expect(rewrite(backend, taken, { title: "None" }, { actor })).rejects.toMatchObject({
      code: "TICKET_FENCED",
    });
    const winner = { kind: "agent" as const, id: "worker-1" };
    await rewrite(backend, taken, { title: "Mine" }, { actor: winner, fence: taken.fence });
  });

  test("what the judge refuses is refused with its error", async () => {
    const { backend, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const tip = plain("rev-parse", "main");
    await expect(rewrite(backend, record, { state: "qa" })).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
    });
    await expect(rewrite(backend, record, { state: "nowhere" })).rejects.toMatchObject({
      code: "STATE_UNKNOWN",
    });
    expect(plain("rev-parse", "main")).toBe(tip);
    const moved = await rewrite(backend, record, { state: "qa" }, { override: "recovery" });
    expect(moved.ticket.state).toBe("qa");
    expect(plain("log", "-1", "--format=%(trailers:key=Override,valueonly)", "main")).toBe("recovery");
  });

  test("an exact text is stored as it is, and must be that of the ticket", async () => {
    const { backend, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const text = `${record.text}\n\ttrailing \n`;
    const next = { ...record.ticket, body: `${record.ticket.body}\n\ttrailing \n` };
    const write = { id: "tk-0001", expected: record.revision, next, verbatim: text };
    expect(first((await backend.commit(commitOf([write]))).records).text).toBe(text);
    expect(plain("cat-file", "-s", "main:tk-0001.md")).toBe(String(Buffer.byteLength(text)));
    const stored = first((await backend.list()).tickets);
    const wrong = { ...write, expected: stored.revision, next: { ...next, title: "Other" } };
    await expect(backend.commit(commitOf([wrong]))).rejects.toMatchObject({ code: "TICKET_INVALID" });
  });

  test.each([
    ["ids", { changes: [{ id: "../x", expected: null, next: ticket("../x") }] }, "ID_INVALID"],
    [
      "two writes of one ticket",
      { changes: [1, 2].map(() => ({ id: "tk-1", expected: null, next: ticket("tk-1") })) },
      "TICKET_INVALID",
    ],
    ["no write", { changes: [] }, "TICKET_INVALID"],
    ["a time", { at: "yesterday" }, "TICKET_INVALID"],
    ["an operation id", { operationId: "a\nOp: b" }, "TICKET_INVALID"],
    [
      "another id in the ticket",
      { changes: [{ id: "tk-1", expected: null, next: ticket("tk-2") }] },
      "TICKET_INVALID",
    ],
  ])("bad input is refused: %s", async (_, extra, code) => {
    const { backend, plain } = await makeStore();
    const good = [{ id: "tk-0001", expected: null, next: ticket("tk-0001") }];
    await expect(backend.commit(commitOf(good, extra))).rejects.toMatchObject({ code });
    expect(plain("rev-list", "--count", "main")).toBe("1");
  });

  test("a deleted ticket is gone, and its history stays", async () => {
    const { backend } = await makeStore();
    const record = await file(backend, "tk-0001");
    const { records } = await backend.commit(
      commitOf([{ id: "tk-0001", expected: record.revision, next: null }]),
    );
    expect(records).toEqual([]);
    expect((await backend.read("tk-0001")).record).toBeUndefined();
    expect(await backend.ids()).toEqual([]);
    const changes = await all(backend.history("tk-0001"));
    expect(changes.map(({ before, after }) => [before?.ticket.state, after?.ticket.state])).toEqual([
      [undefined, "ready"],
      ["ready", undefined],
    ]);
  });
});

describe("watch", () => {
  test("everything after a page's cursor, in commit order, with the operation", async () => {
    const { backend, open } = await makeStore();
    const one = await file(backend, "tk-0001");
    const { cursor } = await backend.list();
    const two = await rewrite(backend, one, claim("worker-0"), { operationId: "01A", skipHooks: true });
    await file(open(), "tk-0002");
    const changes = await all(backend.watch(cursor, { follow: false }));
    expect(
      changes.map(({ id, before, after, operationId }) => [
        id,
        before?.revision,
        after?.revision,
        operationId,
      ]),
    ).toEqual([
      ["tk-0001", one.revision, two.revision, "01A"],
      ["tk-0002", undefined, expect.any(String), expect.any(String)],
    ]);
    expect(changes[0]?.skipHooks).toBe(true);
    expect(await all(backend.watch(changes[0]?.cursor, { follow: false }))).toHaveLength(1);
    expect(await all(backend.watch(undefined, { follow: false }))).toHaveLength(3);
  });

  test("follows until it is told to stop", async () => {
    const { backend, open } = await makeStore({ pollMs: 5 });
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { id } of backend.watch(undefined, { signal: stop.signal })) {
        seen.push(id);
        if (id === "tk-0002") stop.abort();
      }
    })();
    await file(open(), "tk-0001");
    await file(open(), "tk-0002");
    await following;
    expect(seen).toEqual(["tk-0001", "tk-0002"]);
  });

  test("a cursor of another store is refused", async () => {
    const { backend, plain } = await makeStore();
    await file(backend, "tk-0001");
    const tree = plain("rev-parse", "main^{tree}");
    const stranger = plain("commit-tree", tree, "-m", "elsewhere");
    for (const cursor of ["m5", "0".repeat(40), tree, stranger]) {
      await expect(all(backend.watch(cursor, { follow: false }))).rejects.toMatchObject({
        code: "QUERY_INVALID",
      });
    }
  });

  test("a write that changes no byte is a change that shows the same ticket twice", async () => {
    const { backend } = await makeStore();
    const record = await file(backend, "tk-0001");
    await rewrite(backend, record, {}, { operationId: "01SAME" });
    const [, same] = await all(backend.history("tk-0001"));
    expect(same).toMatchObject({
      operationId: "01SAME",
      before: { revision: record.revision },
      after: { revision: record.revision },
    });
    expect(await backend.outcome("01SAME")).toMatchObject({
      receipt: { records: [{ revision: record.revision }] },
    });
  });
});
