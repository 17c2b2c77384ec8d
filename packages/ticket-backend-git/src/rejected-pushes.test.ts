// Pushes past us that take something away: a ticket, or what others wrote since.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planStoreRepair } from "./repair.js";
import {
  agreed,
  all,
  claim,
  commitOf,
  file,
  judge,
  makeStore,
  rewrite,
  type StoreFixture,
  subjects,
  textOf,
  ticket,
} from "./store.fixture.js";

// P5
describe("deletion", () => {
  test("a ticket that a push deletes is served, named, and put back by the next writer", async () => {
    const store = await makeStore();
    const { backend, clone, push, plain } = store;
    const record = await file(backend, "tk-0001");
    const { cursor } = await backend.list();
    const bad = push(clone(), { "tk-0001.md": null });
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    expect(page.problems).toEqual([
      expect.objectContaining({ code: "TICKET_ILLEGAL", id: "tk-0001", path: "tk-0001.md" }),
    ]);
    expect(page.problems[0]?.message).toContain(`Pat in ${bad.slice(0, 12)}`);
    await file(backend, "tk-0002");
    expect(subjects(store, 3)).toEqual(["Test", `Reject push ${bad.slice(0, 12)} on tk-0001`, "By hand"]);
    expect(plain("rev-parse", "main:tk-0001.md")).toBe(record.revision);
    expect((await agreed(store)).problems).toEqual([]);
    // It never was away, for anybody who follows the store.
    const changes = await all(backend.watch(cursor, { follow: false }));
    expect(changes.map(({ id }) => id)).toEqual(["tk-0002"]);
    expect(await all(backend.history("tk-0001"))).toHaveLength(1);
    await rewrite(backend, record, { title: "Goes on" });
    expect(plain("fsck", "--strict")).toBe("");
  });

  // P13
  test("a repair puts it back without anybody's write; a second look finds nothing", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const bad = store.push(store.clone(), { "tk-0001.md": null, "README.md": "mine\n" });
    const plan = () => planStoreRepair(store.root, { judge });
    const [repair] = await plan();
    expect(repair).toMatchObject({
      isCertain: true,
      description: expect.stringContaining("tk-0001.md, README.md"),
    });
    expect(store.plain("rev-parse", "main")).toBe(bad);
    // Two at one instant, and one that comes after both.
    await Promise.all([repair?.apply(), repair?.apply()]);
    await repair?.apply();
    expect(subjects(store, 2)).toEqual([`Reject push ${bad.slice(0, 12)} on tk-0001, README.md`, "By hand"]);
    expect(await plan()).toEqual([]);
    const page = await agreed(store);
    expect([page.tickets[0]?.revision, page.problems]).toEqual([record.revision, []]);
  });

  test("the ticket itself may be written to at once, from the revision that was deleted", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    store.push(store.clone(), { "tk-0001.md": null });
    await rewrite(store.open(), record, { title: "Goes on" });
    expect((await agreed(store)).tickets[0]?.ticket.title).toBe("Goes on");
  });

  test("deleted and made anew under the same id: judged as the one change that it is", async () => {
    const store = await makeStore();
    const { backend, clone, push } = store;
    const record = await file(backend, "tk-0001", { createdBy: "first" });
    const held = await rewrite(backend, record, claim("worker-0"));
    const path = clone();
    push(path, { "tk-0001.md": null });
    push(path, { "tk-0001.md": textOf(ticket("tk-0001", { createdBy: "second" })) });
    expect((await agreed(store)).tickets[0]?.revision).toBe(held.revision);
    push(path, { "tk-0001.md": null });
    push(path, { "tk-0001.md": textOf({ ...held.ticket, title: "Legal after all" }) });
    const page = await agreed(store);
    expect([page.tickets[0]?.ticket.title, page.problems]).toEqual(["Legal after all", []]);
    await file(backend, "tk-0002");
    expect((await agreed(store)).problems).toEqual([]);
  });

  test("by id and revision it is deleted, and no old clone brings it back", async () => {
    const store = await makeStore();
    const { backend, clone, plainIn } = store;
    const record = await file(backend, "tk-0001");
    const path = clone();
    await backend.commit(commitOf([{ id: "tk-0001", expected: record.revision, next: null }]));
    plainIn(path, "pull", "-q", "--rebase");
    for (const text of [record.text ?? "", textOf(ticket("tk-0001", { title: "Changed meanwhile" }))]) {
      writeFileSync(join(path, "tk-0001.md"), text);
      plainIn(path, "add", "-A");
      plainIn(path, "commit", "-qm", "Keep mine");
      plainIn(path, "push", "-q", "origin", "HEAD:main");
      const page = await agreed(store);
      expect([page.tickets, page.problems.length]).toEqual([[], 1]);
      expect((await backend.read("tk-0001")).record).toBeUndefined();
    }
    await file(backend, "tk-0002");
    expect((await agreed(store)).tickets.map((each) => each.ticket.id)).toEqual(["tk-0002"]);
    // Whoever asks for it is free to use the id again.
    await file(backend, "tk-0001");
    expect((await agreed(store)).tickets).toHaveLength(2);
  });

  test("what was refused as a new ticket comes through once it is put right", async () => {
    const store = await makeStore();
    const { backend, clone, push } = store;
    const path = clone();
    push(path, { "tk-0001.md": textOf(ticket("tk-0001", { state: "qa" })) });
    const { cursor } = await backend.list();
    push(path, { "tk-0001.md": textOf(ticket("tk-0001")) });
    expect((await agreed(store)).problems).toEqual([]);
    // For whoever has followed the store up to what was refused, too.
    const news = await all(backend.watch(cursor, { follow: false }));
    expect(news.map(({ id, after }) => [id, after?.ticket.state])).toEqual([["tk-0001", "ready"]]);
    push(path, { "tk-0002.md": textOf(ticket("tk-0002", { state: "qa" })) });
    await file(backend, "tk-0003");
    push(path, { "tk-0002.md": textOf(ticket("tk-0002")) });
    const page = await agreed(store);
    expect([page.tickets.length, page.problems]).toEqual([3, []]);
  });
});

// P5
describe("an old clone", () => {
  const dated = (minute: number) => ({ updatedAt: `2026-01-02T04:0${minute}:00Z` });

  /** A ticket that was closed while a clone still shows it open; `reopen` is legal here. */
  async function closedMeanwhile() {
    const { builtinTypes, createJudge } = await import("@wiggum/ticket-core");
    const type = builtinTypes.types["task"];
    if (type === undefined) throw new Error("no task");
    const reopen = {
      from: "closed",
      to: "ready",
      name: "reopen",
      effects: [],
      guards: [],
      before: [],
      after: [],
    };
    const task = { ...type, transitions: [...type.transitions, reopen] };
    const judge = createJudge({ ...builtinTypes, types: { ...builtinTypes.types, task } });
    const store = await makeStore({ judge });
    const record = await file(store.backend, "tk-0001", dated(1));
    const path = store.clone();
    const closed = await rewrite(store.backend, record, { state: "closed", ...dated(2) });
    return { store, record, path, closed };
  }

  async function staysClosed(store: StoreFixture, revision: string) {
    const page = await agreed(store);
    expect(page.tickets.map((each) => [each.ticket.state, each.revision])).toEqual([["closed", revision]]);
    expect(page.problems).toEqual([expect.objectContaining({ code: "TICKET_ILLEGAL", id: "tk-0001" })]);
    await file(store.backend, "tk-0002");
    expect(store.plain("rev-parse", "main:tk-0001.md")).toBe(revision);
    expect((await agreed(store)).problems).toEqual([]);
  }

  test.each([
    ["its own version as it was", (text: string) => text],
    ["its own version with an edit", (text: string) => text.replace("# Ticket", "# Old ticket")],
  ])("that merges with `-s ours` and pushes %s reopens nothing", async (_, edit) => {
    const { store, record, path, closed } = await closedMeanwhile();
    const { plainIn } = store;
    writeFileSync(join(path, "tk-0001.md"), edit(record.text ?? ""));
    plainIn(path, "commit", "-q", "--allow-empty", "-am", "In the old clone");
    plainIn(path, "fetch", "-q");
    plainIn(path, "merge", "-q", "--no-edit", "-s", "ours", "origin/main");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    await staysClosed(store, closed.revision);
  });

  test("that takes its own side of each conflict, the date of the other, reopens nothing", async () => {
    const { store, record, path, closed } = await closedMeanwhile();
    const { plainIn } = store;
    // What it changed lies beside the state: git takes both lines from one side.
    const text = (record.text ?? "").replace("priority: 2", "priority: 0");
    writeFileSync(join(path, "tk-0001.md"), text);
    plainIn(path, "commit", "-qam", "In the old clone");
    plainIn(path, "fetch", "-q");
    writeFileSync(join(path, ".git/info/attributes"), "*.md merge\n");
    plainIn(path, "merge", "-q", "--no-edit", "-X", "ours", "origin/main");
    const merged = readFileSync(join(path, "tk-0001.md"), "utf8");
    expect([merged.includes("state: ready"), merged.includes("04:02:00Z")]).toEqual([true, true]);
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    await staysClosed(store, closed.revision);
  });

  test("that is brought up to date with its own texts kept reopens nothing", async () => {
    const { store, record, path, closed } = await closedMeanwhile();
    store.push(path, { "tk-0001.md": (record.text ?? "").replace("# Ticket", "# Old ticket") });
    await staysClosed(store, closed.revision);
  });

  test("a ticket is reopened by a push that was made from what is stored", async () => {
    const { store, path, closed } = await closedMeanwhile();
    store.push(path, { "tk-0001.md": textOf({ ...closed.ticket, state: "ready" }) });
    const page = await agreed(store);
    expect([page.tickets[0]?.ticket.state, page.problems]).toEqual(["ready", []]);
  });

  test("a merge in which both sides changed different things counts", async () => {
    const { store, path, closed } = await closedMeanwhile();
    const { plainIn } = store;
    writeFileSync(join(path, "tk-0002.md"), textOf(ticket("tk-0002")));
    plainIn(path, "add", "-A");
    plainIn(path, "commit", "-qm", "In the old clone");
    plainIn(path, "pull", "-q", "--no-rebase", "--no-edit");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toContain(closed.revision);
    expect([page.tickets.length, page.problems]).toEqual([2, []]);
  });

  test("a commit of ours that a person applies again is judged like any other, trailers or not", async () => {
    const store = await makeStore();
    const { backend, clone, plain, plainIn } = store;
    const record = await file(backend, "tk-0001");
    const held = await rewrite(backend, record, claim("worker-0"), { operationId: "01CLAIM" });
    const path = clone();
    writeFileSync(join(path, "tk-0001.md"), textOf({ ...held.ticket, state: "done" }));
    plainIn(path, "commit", "-qa", "--amend", "--no-edit");
    plainIn(path, "reset", "-q", "--soft", "origin/main");
    plainIn(path, "commit", "-q", "-C", plain("rev-parse", "main"));
    expect(plainIn(path, "log", "-1", "--format=%B")).toContain("Op: 01CLAIM");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([held.revision]);
    expect(page.problems).toEqual([expect.objectContaining({ code: "TICKET_ILLEGAL" })]);
    expect(await backend.outcome("01CLAIM")).toMatchObject({
      status: "committed",
      receipt: { asOf: plain("rev-parse", "main~1") },
    });
    await file(backend, "tk-0002");
    expect((await agreed(store)).tickets[0]?.ticket.state).toBe("in-progress");
  });
});
