import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { all, claim, commitOf, file, first, makeStore, rewrite, textOf, ticket } from "./store.fixture.js";

describe("a plain git push from a clone", () => {
  test("a legal edit counts like any other, and is seen by whoever wrote from before it", async () => {
    const { backend, clone, push } = await makeStore();
    const record = await file(backend, "tk-0001");
    const commit = push(clone(), { "tk-0001.md": textOf({ ...record.ticket, title: "By hand" }) });
    expect((await backend.read("tk-0001")).record?.ticket.title).toBe("By hand");
    await expect(rewrite(backend, record, { title: "Mine" })).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { by: { kind: "person", id: "Pat" }, current: { ticket: { title: "By hand" } } },
    });
    const changes = await all(backend.history("tk-0001"));
    expect(
      changes.map(({ cursor, operationId, actor }) => [
        cursor === commit,
        operationId === undefined,
        actor.id,
      ]),
    ).toEqual([
      [false, false, "manual"],
      [true, true, "Pat"],
    ]);
  });

  test("it works while our writers are at it, and neither loses a write", async () => {
    const { backend, clone, push, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const path = clone();
    let last = record;
    for (let round = 0; round < 3; round++) {
      push(path, { [`tk-100${round}.md`]: textOf(ticket(`tk-100${round}`)) });
      last = await rewrite(backend, last, { title: `Round ${round}` });
    }
    expect((await backend.list()).tickets.map((each) => each.ticket.title)).toEqual([
      "Round 2",
      "Ticket tk-1000",
      "Ticket tk-1001",
      "Ticket tk-1002",
    ]);
    expect(
      plain("log", "--format=%s", "main")
        .split("\n")
        .filter((subject) => subject === "By hand"),
    ).toHaveLength(3);
  });

  test("main moved between plan and lock: the write is planned again on top", async () => {
    const { open, clone, push, backend, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const path = clone();
    let pushed = "";
    const racing = open({
      atStep: (step) => {
        if (step === "planned") pushed = push(path, { "tk-0002.md": textOf(ticket("tk-0002")) });
      },
    });
    await rewrite(racing, record, { title: "Mine" });
    expect(plain("rev-parse", "main^")).toBe(pushed);
    expect((await backend.list()).tickets.map((each) => each.ticket.title)).toEqual([
      "Mine",
      "Ticket tk-0002",
    ]);
  });

  test("main moved under the lock by a push that got there first: again on top; of two that change one ticket one is told", async () => {
    const { open, clone, push, backend } = await makeStore();
    const record = await file(backend, "tk-0001");
    const path = clone();
    let isPushed = false;
    const racing = open({
      atStep: (step) => {
        if (step !== "mutex-held" || isPushed) return;
        isPushed = true;
        push(path, { "tk-0001.md": textOf({ ...record.ticket, title: "By hand" }) });
      },
    });
    await expect(rewrite(racing, record, { title: "Mine" })).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
    });
    expect((await backend.read("tk-0001")).record?.ticket.title).toBe("By hand");
  });
});

// P14
describe("a push that breaks the rules", () => {
  const duplicate = (text: string) => text.replace("state: ready", "state: ready\nstate: done");
  const markers = (text: string) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> theirs\n`;

  test.each([
    ["duplicate keys", duplicate, "TICKET_UNREADABLE"],
    ["conflict markers", markers, "TICKET_UNREADABLE"],
    ["binary content", () => "\u0000\u0001\u0002", "TICKET_UNREADABLE"],
    ["an illegal edge", (text: string) => text.replace("state: ready", "state: qa"), "TICKET_ILLEGAL"],
    ["another id", (text: string) => text.replace("id: tk-0001", "id: tk-0002"), "TICKET_UNREADABLE"],
  ])(
    "%s: named, the last good version is served, and the next writer puts it back",
    async (_, spoil, code) => {
      const { backend, open, clone, push, plain } = await makeStore();
      const record = await file(backend, "tk-0001");
      await file(backend, "tk-0003");
      const bad = push(clone(), { "tk-0001.md": spoil(record.text ?? "") });

      for (const reader of [backend, open()]) {
        const page = await reader.list();
        expect(page.tickets.map((each) => each.ticket.id)).toEqual(["tk-0001", "tk-0003"]);
        expect(page.tickets[0]?.revision).toBe(record.revision);
        expect(page.problems).toEqual([expect.objectContaining({ code, id: "tk-0001", path: "tk-0001.md" })]);
        expect(page.problems[0]?.message).toContain(`Pat in ${bad.slice(0, 12)}`);
        expect((await reader.read("tk-0001")).record?.revision).toBe(record.revision);
      }
      // Somebody else's write, about another ticket.
      await file(open(), "tk-0004");
      expect(plain("log", "-3", "--format=%s", "main").split("\n")).toEqual([
        "Test",
        `Reject push ${bad.slice(0, 12)} on tk-0001`,
        "By hand",
      ]);
      expect((await backend.list()).problems).toEqual([]);
      expect(plain("rev-parse", "main:tk-0001.md")).toBe(record.revision);
      // The refused text stays in the history, and the ticket can be written to.
      expect(plain("cat-file", "-t", `${bad}:tk-0001.md`)).toBe("blob");
      await rewrite(backend, record, { title: "Goes on" });
      expect(plain("fsck", "--strict")).toBe("");
    },
  );

  test("a refused push is no change to whoever follows, nor is the commit that undoes it", async () => {
    const { backend, clone, push } = await makeStore();
    const record = await file(backend, "tk-0001");
    const { cursor } = await backend.list();
    push(clone(), { "tk-0001.md": (record.text ?? "").replace("state: ready", "state: qa") });
    const during = (await backend.list()).cursor;
    await rewrite(backend, record, { title: "Goes on" });
    for (const from of [cursor, during]) {
      const changes = await all(backend.watch(from, { follow: false }));
      expect(changes.map(({ id, after }) => [id, after?.ticket.title])).toEqual([["tk-0001", "Goes on"]]);
    }
    expect((await all(backend.history("tk-0001"))).map(({ after }) => after?.ticket.state)).toEqual([
      "ready",
      "ready",
    ]);
  });

  test("an unreadable new ticket is reported, unhurt others are listed, and it is taken out", async () => {
    const { backend, clone, push, plain } = await makeStore();
    await file(backend, "tk-0001");
    push(clone(), { "tk-0002.md": "no ticket\n" });
    const page = await backend.list();
    expect(page.tickets.map((each) => each.ticket.id)).toEqual(["tk-0001"]);
    expect(page.problems).toEqual([expect.objectContaining({ code: "TICKET_UNREADABLE", id: "tk-0002" })]);
    await expect(backend.read("tk-0002")).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
    expect(await backend.ids()).toContain("tk-0002");
    await file(backend, "tk-0003");
    expect(plain("ls-tree", "--name-only", "main", "--", "tk-0002.md")).toBe("");
    await file(backend, "tk-0002");
  });

  test("steps of one push that are legal one after the other count", async () => {
    const { backend, clone, plainIn } = await makeStore();
    const record = await file(backend, "tk-0001");
    const path = clone();
    const steps = [claim("Pat"), { ...claim("Pat"), state: "review" }, { ...claim("Pat"), state: "qa" }];
    for (const step of steps) {
      writeFileSync(join(path, "tk-0001.md"), textOf({ ...record.ticket, ...step }));
      plainIn(path, "commit", "-qam", `To ${step.state}`);
    }
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await backend.list();
    expect([page.tickets[0]?.ticket.state, page.problems]).toEqual(["qa", []]);
    await file(backend, "tk-0002");
    expect((await all(backend.history("tk-0001"))).map(({ after }) => after?.ticket.state)).toEqual([
      "ready",
      "in-progress",
      "review",
      "qa",
    ]);
  });

  test("a pushed merge, made with the person's side first, hides none of our operations", async () => {
    const { backend, clone, plainIn } = await makeStore();
    const record = await file(backend, "tk-0001");
    const path = clone();
    writeFileSync(join(path, "tk-0002.md"), textOf(ticket("tk-0002")));
    plainIn(path, "add", "-A");
    plainIn(path, "commit", "-qm", "By hand");
    const { cursor } = await backend.list();
    const held = await rewrite(backend, record, claim("worker-0"), { operationId: "01A" });
    await rewrite(backend, held, { state: "review" }, { operationId: "01B" });
    plainIn(path, "pull", "-q", "--no-rebase", "--no-edit");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await backend.list();
    expect(page.problems).toEqual([]);
    expect(page.tickets.map(({ ticket: { id, state } }) => [id, state])).toEqual([
      ["tk-0001", "review"],
      ["tk-0002", "ready"],
    ]);
    const changes = await all(backend.watch(cursor, { follow: false }));
    expect(changes.map(({ id, operationId }) => [id, operationId])).toEqual([
      ["tk-0001", "01A"],
      ["tk-0001", "01B"],
      ["tk-0002", undefined],
    ]);
    await file(backend, "tk-0003");
    expect((await backend.list()).tickets).toHaveLength(3);
  });

  test("no push rewinds or deletes main", async () => {
    const { backend, clone, plainIn } = await makeStore();
    const path = clone();
    await file(backend, "tk-0001");
    expect(() => plainIn(path, "push", "-q", "--force", "origin", "HEAD:main")).toThrow(
      "denying non-fast-forward",
    );
    expect(() => plainIn(path, "push", "-q", "origin", ":main")).toThrow("deletion prohibited");
    expect((await backend.list()).tickets).toHaveLength(1);
  });
});

describe("things that are no tickets", () => {
  test("links, folders, sub-modules and strange names are reported and in nobody's way", async () => {
    const { backend, clone, plainIn } = await makeStore();
    await file(backend, "tk-0001");
    const path = clone();
    symlinkSync("/etc/passwd", join(path, "tk-0002.md"));
    mkdirSync(join(path, "tk-0003.md"));
    writeFileSync(join(path, "tk-0003.md", "x.md"), "x");
    writeFileSync(join(path, "notes \u001b[31m.txt"), "x");
    writeFileSync(join(path, "..hidden.md"), "x");
    plainIn(path, "add", "-A");
    plainIn(
      path,
      "update-index",
      "--add",
      "--cacheinfo",
      `160000,${plainIn(path, "rev-parse", "HEAD")},module`,
    );
    plainIn(path, "commit", "-qm", "Strange things");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await backend.list();
    expect(page.tickets.map((each) => each.ticket.id)).toEqual(["tk-0001"]);
    const problems = page.problems.map(({ code, path: name }) => `${code} ${name}`).sort();
    expect(problems).toEqual(
      ["..hidden.md", "module", "notes \\u001b[31m.txt", "tk-0002.md", "tk-0003.md"].map(
        (name) => `FILE_FOREIGN ${name}`,
      ),
    );
    expect((await backend.read("tk-0002")).record).toBeUndefined();
    // The link and the folder took a ticket's name, which the next writer frees; what bears another name is left alone.
    await file(backend, "tk-0004");
    await file(backend, "tk-0002");
    expect((await backend.list()).problems.map(({ path: name }) => name).sort()).toEqual([
      "..hidden.md",
      "module",
      "notes \\u001b[31m.txt",
    ]);
  });

  test("a ticket of 50 MB is reported without loading it", async () => {
    const { backend, clone, push } = await makeStore();
    const record = await file(backend, "tk-0001");
    push(clone(), {
      "tk-0001.md": `${record.text}${"x".repeat(50 * 1024 * 1024)}`,
      "tk-0002.md": "y".repeat(50 * 1024 * 1024),
    });
    const before = process.memoryUsage().arrayBuffers;
    const page = await backend.list();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
    expect(page.tickets.map((each) => each.revision)).toEqual([record.revision]);
    expect(page.problems.map(({ code, id }) => [code, id])).toEqual([
      ["TICKET_UNREADABLE", "tk-0001"],
      ["TICKET_UNREADABLE", "tk-0002"],
    ]);
    await rewrite(backend, record, { title: "Goes on" });
    expect((await backend.list()).problems).toEqual([]);
  });
});

// P8, P15
test("a hostile environment neither redirects nor stops a ticket command", async () => {
  const { folder, root, open } = await makeStore();
  const victim = join(folder, "victim");
  mkdirSync(victim);
  execFileSync("git", ["init", "-q", victim]);
  const hooks = join(folder, "hooks");
  mkdirSync(hooks);
  for (const name of ["reference-transaction", "pre-receive", "post-checkout", "pre-commit"]) {
    writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${folder}/hook-ran\nexit 1\n`, { mode: 0o755 });
  }
  writeFileSync(
    join(folder, "config"),
    `[core]\n\thooksPath = ${hooks}\n\tautocrlf = true\n[commit]\n\tgpgSign = true\n`,
  );
  const hostile: Record<string, string> = {
    GIT_DIR: join(victim, ".git"),
    GIT_WORK_TREE: victim,
    GIT_INDEX_FILE: join(folder, "planted-index"),
    GIT_OBJECT_DIRECTORY: join(victim, ".git/objects"),
    GIT_CONFIG_GLOBAL: join(folder, "config"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.bare",
    GIT_CONFIG_VALUE_0: "false",
  };
  const saved = { ...process.env };
  Object.assign(process.env, hostile);
  try {
    const backend = open();
    const record = await file(backend, "tk-0001", { body: "\r\nmixed\nline\r\nends\n" });
    await rewrite(backend, record, claim("worker-0"));
    await backend.views.create(join(folder, "view"), "shared");
    expect((await open().list()).tickets[0]?.ticket).toMatchObject({
      state: "in-progress",
      body: "\r\nmixed\nline\r\nends\n",
    });
  } finally {
    for (const name of Object.keys(hostile)) delete process.env[name];
    Object.assign(process.env, saved);
  }
  const objects = execFileSync("git", ["count-objects"], { cwd: victim, encoding: "utf8" });
  expect(objects).toContain("0 objects");
  expect(existsSync(join(folder, "hook-ran"))).toBe(false);
  expect(existsSync(join(folder, "planted-index"))).toBe(false);
  expect(execFileSync("git", ["rev-list", "--count", "main"], { cwd: root, encoding: "utf8" }).trim()).toBe(
    "3",
  );
});

test("objects of a store are not touched by reading it", async () => {
  const { backend, plain } = await makeStore();
  await backend.commit(commitOf([{ id: "tk-0001", expected: null, next: ticket("tk-0001") }]));
  const before = plain("count-objects", "-v");
  await backend.list();
  await backend.read("tk-0001");
  await all(backend.watch(undefined, { follow: false }));
  expect(first([plain("count-objects", "-v")])).toBe(before);
});

test("a lock file that is replaced under a writer's hands: nothing is moved, and the outcome is open", async () => {
  const { open, root, backend, plain } = await makeStore();
  const record = await file(backend, "tk-0001");
  const tip = plain("rev-parse", "main");
  const lock = join(root, "wiggum/lock.db");
  const steps: string[] = [];
  const robbed = open({
    atStep: (step) => {
      steps.push(step);
      if (step !== "compared") return;
      renameSync(lock, `${lock}.old`);
      writeFileSync(lock, "");
    },
  });
  await expect(rewrite(robbed, record, { title: "Mine" })).rejects.toMatchObject({
    code: "COMMIT_UNKNOWN",
    message: expect.stringContaining("its lock file was replaced"),
  });
  expect(steps).not.toContain("moved");
  expect(plain("rev-parse", "main")).toBe(tip);
  await rewrite(backend, record, { title: "Goes on" });
});
