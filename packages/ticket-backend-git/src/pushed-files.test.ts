// Pushes past us that put something else in the place of what belongs to the store, or beside it.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initGitStore } from "./init-git-store.js";
import { agreed, file, first, makeStore, rewrite, subjects, textOf, ticket } from "./store.fixture.js";

describe("the store's own files", () => {
  const own = [".gitattributes", ".gitkeep", ".wiggum-layout", "README.md"];

  test("removed, changed or replaced, they are named and put back by the next writer, for the views, too", async () => {
    const store = await makeStore();
    const { backend, clone, plain, plainIn } = store;
    const record = await file(backend, "tk-0001");
    const view = join(store.folder, "view");
    await backend.views.create(view, "shared");
    const before = plain("ls-tree", "main");
    const path = clone();
    rmSync(join(path, ".gitattributes"));
    rmSync(join(path, ".wiggum-layout"));
    writeFileSync(join(path, ".gitkeep"), "something\n");
    rmSync(join(path, "README.md"));
    symlinkSync("/etc/passwd", join(path, "README.md"));
    // One of that name would be found on every object of the language.
    for (const name of ["notes.txt", "constructor"]) writeFileSync(join(path, name), "mine\n");
    plainIn(path, "add", "-A");
    plainIn(path, "commit", "-qm", "By hand");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const bad = plain("rev-parse", "main").slice(0, 12);

    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    const problems = page.problems.map(({ code, path: name }) => `${code} ${name}`).sort();
    expect(problems).toEqual([
      "FILE_FOREIGN constructor",
      "FILE_FOREIGN notes.txt",
      ...own.map((name) => `STORE_FAULT ${name}`),
    ]);
    expect(page.problems.find(({ path: name }) => name === "README.md")?.message).toContain(`Pat in ${bad}`);
    await backend.views.refresh(view);
    expect(readFileSync(join(view, "README.md"), "utf8")).toContain("wiggum ticket");

    await file(backend, "tk-0002");
    expect(subjects(store, 2)).toEqual([
      "Test",
      `Reject push ${bad} on .gitattributes, .gitkeep, .wiggum-layout, and 1 more`,
    ]);
    // As before, and what belongs to others is left alone.
    const after = plain("ls-tree", "main").split("\n");
    const added = after.filter((line) => !before.split("\n").includes(line));
    expect(before.split("\n").every((line) => after.includes(line))).toBe(true);
    expect(added.map((line) => line.split("\t")[1])).toEqual(["constructor", "notes.txt", "tk-0002.md"]);
    const left = (await agreed(store)).problems.map(({ path: name }) => name);
    expect(left).toEqual(["constructor", "notes.txt"]);
    await backend.views.refresh(view);
    expect(plainIn(view, "ls-files", "--others")).toBe("");
    expect(plain("fsck", "--strict")).toBe("");
  });

  // P12
  test("a pushed format number locks nobody out", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const path = store.clone();
    for (const layout of ["version: 99\n", "nonsense\n", ""]) {
      store.push(path, { ".wiggum-layout": layout });
      expect((await agreed(store)).problems.map(({ path: name }) => name)).toEqual([".wiggum-layout"]);
    }
    await rewrite(store.open(), record, { title: "Goes on" });
    expect(store.plain("show", "main:.wiggum-layout")).toBe("version: 1\nlayout: flat");
  });

  test("`init` does not vouch for what was pushed", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const path = store.clone();
    store.push(path, {
      ".wiggum-layout": null,
      "tk-0001.md": textOf({ ...record.ticket, state: "qa" }),
    });
    expect(await initGitStore({ path: store.root })).toBe("kept");
    expect((await agreed(store)).tickets[0]?.revision).toBe(record.revision);
    await file(store.backend, "tk-0002");
    expect((await agreed(store)).problems).toEqual([]);
    expect(await initGitStore({ path: store.root })).toBe("kept");
  });
});

describe("in the place of a ticket", () => {
  test.each(["a link", "a folder", "a sub-module"])("%s is put back to the ticket", async (what) => {
    const store = await makeStore();
    const { backend, clone, plainIn } = store;
    const record = await file(backend, "tk-0001");
    const path = clone();
    rmSync(join(path, "tk-0001.md"));
    if (what === "a link") symlinkSync("/etc/passwd", join(path, "tk-0001.md"));
    if (what === "a folder") {
      mkdirSync(join(path, "tk-0001.md"));
      writeFileSync(join(path, "tk-0001.md", "tk-0001.md"), record.text ?? "");
    }
    plainIn(path, "add", "-A");
    if (what === "a sub-module") {
      const entry = `160000,${plainIn(path, "rev-parse", "HEAD")},tk-0001.md`;
      plainIn(path, "update-index", "--add", "--cacheinfo", entry);
    }
    plainIn(path, "commit", "-qm", "Strange things");
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    expect(page.problems.map(({ path: name }) => name)).toEqual(["tk-0001.md"]);
    expect((await rewrite(store.open(), record, { title: "Goes on" })).ticket.title).toBe("Goes on");
    expect((await agreed(store)).problems).toEqual([]);
  });

  test("one id in two files: the file that bears the name counts, the other is taken out", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const bad = store.push(store.clone(), {
      "tk-0002.md": record.text ?? "",
      "TK-0001.md": record.text ?? "",
    });
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    expect(page.problems.map(({ code, id }) => `${code} ${id}`).sort()).toEqual([
      "TICKET_UNREADABLE TK-0001",
      "TICKET_UNREADABLE tk-0002",
    ]);
    await rewrite(store.backend, record, { title: "Goes on" });
    expect((await agreed(store)).problems).toEqual([]);
    expect(store.plain("show", `${bad}:tk-0002.md`)).toBe((record.text ?? "").trim());
  });

  test("a large push that gets in between is looked at without the lock, so that no other writer waits for that", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const path = store.clone();
    const steps: string[] = [];
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`bad-${index}.md`, `${index}\n`]),
    );
    const racing = store.open({
      atStep: (step) => {
        steps.push(step);
        if (step === "mutex-held" && steps.filter((each) => each === step).length === 1)
          store.push(path, files);
      },
    });
    await rewrite(racing, record, { title: "Mine" });
    const turns = steps.filter((step) => ["planned", "mutex-held", "moved", "released"].includes(step));
    expect(turns).toEqual([
      "planned",
      "mutex-held",
      "released",
      "planned",
      "mutex-held",
      "moved",
      "released",
    ]);
    const page = await agreed(store);
    expect([page.tickets[0]?.ticket.title, page.problems]).toEqual(["Mine", []]);
  });

  test("thousands of bad files in one push cost one commit", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const count = 3000;
    const files = Array.from({ length: count }, (_, index) => [
      `tk-${(0x10000 + index).toString(16)}.md`,
      index % 2 === 0 ? `no ticket ${index}\n` : textOf(ticket("tk-0001", { state: "qa" })),
    ]);
    store.push(store.clone(), { ...Object.fromEntries(files), "tk-0001.md": null });
    const page = await agreed(store);
    expect(page.tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    expect(page.problems).toHaveLength(count + 1);
    const before = Number(store.plain("rev-list", "--count", "main"));
    await rewrite(store.backend, record, { title: "Goes on" });
    expect(Number(store.plain("rev-list", "--count", "main"))).toBe(before + 2);
    const after = await agreed(store);
    expect([first(after.tickets).ticket.title, after.problems]).toEqual(["Goes on", []]);
  }, 60_000);
});

describe("beside main", () => {
  test("no other ref and no strange commit changes what the store says", async () => {
    const store = await makeStore();
    const { backend, clone, plain, plainIn } = store;
    const record = await file(backend, "tk-0001");
    const path = clone();
    const tip = plain("rev-parse", "main");
    writeFileSync(join(path, "tk-0001.md"), textOf({ ...record.ticket, state: "done" }));
    plainIn(path, "commit", "-qam", "Another history");
    const evil = plainIn(path, "rev-parse", "HEAD");
    const blob = plainIn(path, "rev-parse", "HEAD:tk-0001.md");
    // git shows what a replacement names in the place of the object, to whoever does not say no to it.
    const refs = [
      `${evil}:refs/replace/${tip}`,
      `${blob}:refs/replace/${record.revision}`,
      `${evil}:refs/tags/main`,
      `${evil}:refs/heads/${tip}`,
      `${evil}:refs/heads/refs/heads/main`,
      `${evil}:refs/wiggum/taken/${evil}`,
    ];
    for (const ref of refs) plainIn(path, "push", "-q", "origin", ref);
    expect(plain("cat-file", "-p", "refs/heads/main:tk-0001.md")).toContain("state: done");
    expect((await agreed(store)).tickets.map(({ revision, text }) => [revision, text])).toEqual([
      [record.revision, record.text],
    ]);
    const view = join(store.folder, "view");
    await backend.views.create(view, "full");
    expect(readFileSync(join(view, "tk-0001.md"), "utf8")).toBe(record.text);
    const next = await rewrite(store.open(), record, { title: "Goes on" });
    expect((await agreed(store)).tickets.map(({ revision }) => revision)).toEqual([next.revision]);
  });

  test("a commit message with a NUL byte in it, or a very long one, is a message", async () => {
    const store = await makeStore();
    const { backend, plain, root } = store;
    await file(backend, "tk-0001");
    for (const message of ["By\0hand\n\nOp: 01FORGED\n", `${"long ".repeat(2_000_000)}\n`]) {
      const tip = plain("rev-parse", "main");
      const text = `tree ${plain("rev-parse", "main^{tree}")}\nparent ${tip}\nauthor P <p@x> 1 +0000\ncommitter P <p@x> 1 +0000\n\n${message}`;
      const path = join(store.folder, "commit");
      writeFileSync(path, text);
      const commit = plain("hash-object", "-t", "commit", "-w", "--literally", path);
      execFileSync("git", ["update-ref", "refs/heads/main", commit, tip], { cwd: root });
    }
    expect((await agreed(store)).tickets).toHaveLength(1);
    expect(await backend.outcome("01FORGED")).toEqual({ status: "absent" });
    await file(backend, "tk-0002");
    expect((await agreed(store)).tickets).toHaveLength(2);
  });
});
