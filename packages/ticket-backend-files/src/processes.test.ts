// P1 P3 P9: several processes on one folder, one of them killed or stopped at any step.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ticket, TicketError, type TicketWrite } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundleForNode } from "./bundle.fixture.js";
import {
  commitOf,
  copyOf,
  filesOf,
  openBackend,
  openItems,
  runScriptWith,
  scriptDoctor,
  temporaryFolder,
} from "./store.fixture.js";
import type { WorkerOrder } from "./worker.fixture.js";

const program = bundleForNode("worker.fixture");

function start(order: WorkerOrder) {
  const child = spawn(process.execPath, [program.path, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, output: output.trim() }));
  return { child, ended };
}

const item = (id: string, extra: Partial<Ticket> = {}): Ticket => ({
  ...sampleTicket(id, { type: "work-item", state: "open", fields: { slug: id, kind: "task" } }),
  ...extra,
});

async function fill(root: string, ids: readonly string[]) {
  const backend = openBackend(root);
  const changes = ids.map((id): TicketWrite => ({ id, expected: null, next: item(id) }));
  const { records } = await backend.commit(commitOf(changes));
  return { backend, records };
}

test("of twelve processes that claim one item exactly one wins, and the others are told who", async () => {
  const root = temporaryFolder();
  const { backend } = await fill(root, ["one"]);
  const names = Array.from({ length: 12 }, (_, index) => `agent-${index}`);
  const ends = await Promise.all(names.map((name) => start({ root, name, task: "claim", id: "one" }).ended));
  const { record } = await backend.read("one");
  const winner = record?.ticket.assignedAgentId ?? "";
  const rounds = record?.ticket.leaseEpoch ?? 0;
  const won = names.filter((_name, index) => ends[index]?.output === "won");
  // A process that starts when another has won reads the claim first, and takes it over: each win is an epoch.
  expect(won.length).toBe(rounds);
  expect(won).toContain(winner);
  for (const { output, code } of ends)
    expect([code, output]).toEqual([0, expect.stringMatching(/^(won|lost to agent-\d+)$/)]);
});

test("every acknowledged write of several processes is there once, with one of them killed again and again", async () => {
  const root = temporaryFolder();
  const { backend } = await fill(root, ["one"]);
  const acknowledged = join(root, ".acknowledged");
  writeFileSync(acknowledged, "");
  const writers = ["a", "b", "c"].map(
    (name) =>
      start({ root, name, task: name === "c" ? "rename" : "comment", id: "one", rounds: 12, acknowledged })
        .ended,
  );
  const killed: string[] = [];
  for (let round = 0; round < 8; round++) {
    const name = `k${round}`;
    const { ended } = start({
      root,
      name,
      task: "comment",
      id: "one",
      rounds: 3,
      killAt: 2 + round,
      acknowledged,
    });
    const { signal } = await ended;
    if (signal === "SIGKILL") killed.push(name);
  }
  for (const end of await Promise.all(writers)) expect(end.code, end.output).toBe(0);
  expect(killed.length).toBeGreaterThan(4);
  const { events } = await openItems(root).show("one");
  const bodies = events.map(({ body }) => body);
  expect(new Set(bodies).size).toBe(bodies.length);
  const said = readFileSync(acknowledged, "utf8").trim().split("\n");
  for (const operation of said) {
    expect((await backend.outcome(operation)).status).toBe("committed");
    if (!operation.startsWith("c-")) expect(bodies.filter((body) => body === operation)).toEqual([operation]);
  }
  for (const body of bodies.slice(1)) expect((await backend.outcome(body)).status).toBe("committed");
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
});

describe("a commit of a new, a moved, a changed and a removed item", () => {
  const changesOf = (
    records: readonly { readonly ticket: Ticket; readonly revision: string }[],
  ): TicketWrite[] => {
    const [moved, changed, removed] = records;
    if (moved === undefined || changed === undefined || removed === undefined)
      throw new Error("There are three");
    return [
      { id: "new", expected: null, next: item("new") },
      { id: "moved", expected: moved.revision, next: { ...moved.ticket, state: "closed", title: "Moved" } },
      {
        id: "changed",
        expected: changed.revision,
        next: { ...changed.ticket, body: "\nOther.\n", priority: 0 },
      },
      { id: "removed", expected: removed.revision, next: null },
    ];
  };

  test("is made whole or not at all when its process is killed at any step, and the next command goes on", async () => {
    const model = temporaryFolder();
    const { backend, records } = await fill(model, ["moved", "changed", "removed"]);
    await backend.close();
    const before = filesOf(model);
    const changes = changesOf(records);
    const whole = copyOf(model);
    const { output } = await start({ root: whole, name: "op", task: "batch", id: "", changes }).ended;
    const steps = Number(/^steps (\d+)$/.exec(output)?.[1]);
    expect(steps).toBeGreaterThan(10);
    const after = filesOf(whole);
    expect(after).not.toEqual(before);
    const ends: string[] = [];
    for (let killAt = 1; killAt <= steps; killAt++) {
      const root = copyOf(model);
      const { signal } = await start({ root, name: "op", task: "batch", id: "", changes, killAt }).ended;
      expect(signal).toBe("SIGKILL");
      const again = openBackend(root);
      // A reader, a writer or a question may come first.
      if (killAt % 3 === 0) await again.list();
      if (killAt % 3 === 1)
        await again.commit(commitOf([{ id: "later", expected: null, next: item("later") }]));
      const { status } = await again.outcome("op");
      ends.push(status);
      const found = new Map([...filesOf(root)].filter(([path]) => !path.includes("later")));
      expect(found).toEqual(status === "committed" ? after : before);
      expect(scriptDoctor(root)).toBe("doctor: ok\n");
      if (status === "committed") continue;
      await again.commit({ ...commitOf(changes), operationId: "op" });
    }
    expect(new Set(ends)).toEqual(new Set(["committed"]));
  }, 120_000);

  test("is taken back when another program wrote in between, and nothing of that is lost", async () => {
    const root = temporaryFolder();
    const { backend, records } = await fill(root, ["moved", "changed", "removed"]);
    await backend.close();
    const changes = changesOf(records);
    let tried = 0;
    // In either order: what was removed, moved, changed or made before comes back to what it was.
    for (const [killAt, order] of [2, 6, 9, 11, 13].flatMap((step) => [
      [step, "forth"] as const,
      [step, "back"] as const,
    ])) {
      const copy = copyOf(root);
      const ordered = order === "forth" ? changes : changes.toReversed();
      const { ended } = start({ root: copy, name: "op", task: "batch", id: "", changes: ordered, killAt });
      if ((await ended).signal !== "SIGKILL") continue;
      const [foreign, first] = order === "forth" ? ["removed", "changed"] : ["changed", "removed"];
      const path = join(copy, `open/${foreign}/item.md`);
      if (!existsSync(path)) continue;
      tried += 1;
      writeFileSync(path, readFileSync(path, "utf8").replace("title: ", "title: By hand "));
      const again = openBackend(copy);
      const { tickets } = await again.list();
      const expected = [
        [first, `Ticket ${first}`, "open"],
        [foreign, `By hand Ticket ${foreign}`, "open"],
        ["moved", "Ticket moved", "open"],
      ];
      const found = tickets.map(({ ticket }) => [ticket.id, ticket.title, ticket.state]);
      expect(found.sort()).toEqual(expected.sort());
      expect((await again.outcome("op")).status).toBe("absent");
      expect(scriptDoctor(copy)).toBe("doctor: ok\n");
    }
    expect(tried).toBeGreaterThan(7);
  });
});

test("an attachment is there whole or not at all when its process is killed at any step", async () => {
  const model = temporaryFolder();
  const { backend } = await fill(model, ["one"]);
  await backend.close();
  const content = "content".repeat(1000);
  const order = { name: "op", task: "attach", id: "one", content } as const;
  const whole = copyOf(model);
  const steps = Number(/^steps (\d+)$/.exec((await start({ root: whole, ...order }).ended).output)?.[1]);
  expect(steps).toBeGreaterThan(2);
  for (let killAt = 1; killAt <= steps; killAt++) {
    const root = copyOf(model);
    expect((await start({ root, ...order, killAt }).ended).signal).toBe("SIGKILL");
    const again = openBackend(root);
    expect((await again.outcome("op")).status).toBe("committed");
    expect(filesOf(root)).toEqual(filesOf(whole));
    expect((await again.list()).problems).toEqual([]);
  }
});

test("the lock of a live process is never taken from it, and that of a killed one is free at once", async () => {
  const root = temporaryFolder();
  const { records } = await fill(root, ["one"]);
  const [one] = records;
  const changes = [
    { id: "one", expected: one?.revision ?? "", next: item("one", { title: "By the stopped" }) },
  ];
  const { child, ended } = start({ root, name: "op", task: "batch", id: "", changes, stopAt: 3 });
  await once(child.stdout, "data");
  const impatient = openBackend(root, { lockWaitMs: 200 });
  const create = () => impatient.commit(commitOf([{ id: "two", expected: null, next: item("two") }]));
  await expect(create()).rejects.toBeInstanceOf(TicketError);
  await expect(create()).rejects.toMatchObject({ code: "STORE_BUSY" });
  child.kill("SIGCONT");
  expect((await ended).code).toBe(0);
  await create();
  const next = [{ id: "one", expected: null, next: item("one") }];
  const [record] = (await impatient.list({ ids: ["one"] })).tickets;
  const dying = start({
    root,
    name: "op2",
    task: "batch",
    id: "",
    changes: next.map((change) => ({ ...change, expected: record?.revision ?? "" })),
    stopAt: 3,
  });
  await once(dying.child.stdout, "data");
  dying.child.kill("SIGKILL");
  await dying.ended;
  await impatient.commit(commitOf([{ id: "three", expected: null, next: item("three") }]));
  expect((await impatient.outcome("op2")).status).toBe("committed");
});

test("comments of a program without any lock and ours all stay, at the same time", async () => {
  const root = temporaryFolder();
  await fill(root, ["one"]);
  const writers = ["a", "b"].map(
    (name) => start({ root, name, task: "comment", id: "one", rounds: 10 }).ended,
  );
  for (let round = 0; round < 10; round++)
    runScriptWith(`script-${round}\n`, root, "comment", "one", "--author", "script");
  for (const end of await Promise.all(writers)) expect(end.code, end.output).toBe(0);
  const bodies = (await openItems(root).show("one")).events.map(({ body }) => body);
  const expected = ["a", "b", "script"].flatMap((name) =>
    Array.from({ length: 10 }, (_, round) => `${name}-${round}`),
  );
  expect(bodies.slice(1).sort()).toEqual(expected.sort());
});
