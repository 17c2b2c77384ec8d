import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createGitBackend } from "../create-git-backend.js";
import { claim, file, first, judge, makeStore, rewrite, textOf, ticket } from "../store.fixture.js";

type Store = Awaited<ReturnType<typeof makeStore>>;

async function makeView(kind: "full" | "shared" = "shared") {
  const store = await makeStore();
  const one = await file(store.backend, "tk-0001");
  await file(store.backend, "tk-0002");
  const folder = join(store.folder, "project", "worktrees", "worker-0", ".wiggum", "tickets");
  const { views } = store.backend;
  await views.create(folder, kind);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const status = () => store.plainIn(folder, "status", "--porcelain");
  return { ...store, one, view: folder, views, read, write, status };
}

function followsTip(store: Store, view: string): void {
  const tip = store.plain("rev-parse", "main");
  for (const ref of ["HEAD", "refs/heads/main", "refs/remotes/origin/main"]) {
    expect(store.plainIn(view, "rev-parse", ref), ref).toBe(tip);
  }
}

describe.each(["full", "shared"] as const)("a %s view", (kind) => {
  test("shows the files of the store, and git there finds nothing to say", async () => {
    const store = await makeView(kind);
    const { view, views, read, one, status, plainIn, backend } = store;
    expect(readdirSync(view).sort()).toEqual([
      ".git",
      ".gitattributes",
      ".gitkeep",
      ".wiggum-layout",
      "README.md",
      "tk-0001.md",
      "tk-0002.md",
    ]);
    expect(read("tk-0001.md")).toBe(one.text);
    expect(status()).toBe("");
    followsTip(store, view);
    expect(plainIn(view, "config", "--local", "user.name")).toBe("wiggum");
    expect(existsSync(join(view, ".git/objects/info/alternates"))).toBe(kind === "shared");
    expect(views.path(view, "tk-0001")).toBe(join(view, "tk-0001.md"));

    const changed = await rewrite(backend, one, claim("worker-0"));
    await file(backend, "tk-0003");
    const report = await views.refresh(view);
    expect(report).toEqual({
      at: store.plain("rev-parse", "main"),
      written: ["tk-0001", "tk-0003"],
      edited: [],
    });
    expect(read("tk-0001.md")).toBe(changed.text);
    expect(status()).toBe("");
    followsTip(store, view);
    expect(await views.refresh(view)).toMatchObject({ written: [], edited: [] });
    expect(plainIn(view, "fsck", "--strict", "--no-dangling")).toBe("");
  });

  test("an edit is left alone and named, the other files move on", async () => {
    const { view, views, read, write, one, backend } = await makeView(kind);
    write("tk-0001.md", `${one.text}edited\n`);
    await rewrite(backend, one, claim("worker-0"));
    await file(backend, "tk-0003");
    const report = await views.refresh(view);
    expect([report.written, report.edited]).toEqual([["tk-0003"], ["tk-0001"]]);
    expect(read("tk-0001.md")).toBe(`${one.text}edited\n`);
    const edits = await views.edits(view);
    expect(edits).toEqual([
      { id: "tk-0001", path: join(view, "tk-0001.md"), base: expect.anything(), text: `${one.text}edited\n` },
    ]);
    expect(edits[0]?.base?.revision).toBe(one.revision);
    expect(edits[0]?.base?.ticket).toEqual(one.ticket);
  });

  test("a deleted view is made again as it was", async () => {
    const { view, views, read, status, one } = await makeView(kind);
    rmSync(view, { recursive: true });
    expect((await views.refresh(view)).written).toEqual(["tk-0001", "tk-0002"]);
    expect(read("tk-0001.md")).toBe(one.text);
    expect(status()).toBe("");
    expect(existsSync(join(view, ".git/objects/info/alternates"))).toBe(kind === "shared");
  });

  test("only its git folder deleted: the files are known again, an edit among them, too", async () => {
    const { view, views, read, write, status, one, backend } = await makeView(kind);
    write("tk-0002.md", textOf(ticket("tk-0002", { title: "Edited" })));
    rmSync(join(view, ".git"), { recursive: true });
    await rewrite(backend, one, claim("worker-0"));
    expect(await views.refresh(view)).toMatchObject({ written: ["tk-0001"], edited: ["tk-0002"] });
    expect(read("tk-0001.md")).toContain("state: in-progress");
    expect(status()).toBe("M tk-0002.md");
  });
});

describe("edits", () => {
  test("made, changed and deleted files are edits; what was taken follows the store again", async () => {
    const { view, views, write, read, backend, one, status } = await makeView();
    write("tk-0009.md", textOf(ticket("tk-0009")));
    write("tk-0001.md", textOf({ ...one.ticket, title: "Edited" }));
    rmSync(join(view, "tk-0002.md"));
    write("notes.txt", "mine\n");
    expect(
      (await views.edits(view)).map(({ id, base, text }) => [id, base !== undefined, text === undefined]),
    ).toEqual([
      ["tk-0001", true, false],
      ["tk-0002", true, true],
      ["tk-0009", false, false],
    ]);
    expect(await views.refresh(view)).toMatchObject({
      written: [],
      edited: ["tk-0001", "tk-0002", "tk-0009"],
    });
    const stored = await rewrite(backend, one, { title: "Edited", priority: 0 });
    await views.settle(view, "tk-0001", read("tk-0001.md"));
    expect(read("tk-0001.md")).toBe(stored.text);
    await views.settle(view, "tk-0002");
    expect(read("tk-0002.md")).toContain("id: tk-0002");
    await views.settle(view, "tk-0009");
    expect(existsSync(join(view, "tk-0009.md"))).toBe(false);
    await views.refresh(view);
    expect(status()).toBe("?? notes.txt");
  });

  test("what a person saved between taking and settling is a new edit, made from the text that was taken", async () => {
    const { view, views, write, read, backend, one } = await makeView();
    const taken = textOf({ ...one.ticket, title: "Taken" });
    write("tk-0001.md", taken);
    expect(first(await views.edits(view)).text).toBe(taken);
    await rewrite(backend, one, { title: "Taken", priority: 0 });
    const saved = textOf({ ...one.ticket, title: "Taken", labels: ["new"] });
    write("tk-0001.md", saved);
    await views.settle(view, "tk-0001", taken);
    expect(read("tk-0001.md")).toBe(saved);
    const edit = first(await views.edits(view));
    expect([edit.base?.ticket.title, edit.text]).toEqual(["Taken", saved]);
  });

  test("edit() changes the file alone, and shows as an edit", async () => {
    const { view, views, read, plain, one } = await makeView();
    const tip = plain("rev-parse", "main");
    await views.edit(view, "tk-0001", (text) => `${text}more\n`);
    await views.edit(view, "tk-0007", (text) => `${text}`);
    expect([read("tk-0001.md"), read("tk-0007.md")]).toEqual([`${one.text}more\n`, "undefined"]);
    expect((await views.edits(view)).map(({ id }) => id)).toEqual(["tk-0001", "tk-0007"]);
    expect(plain("rev-parse", "main")).toBe(tip);
    await expect(
      views.edit(view, "tk-0001", () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(read("tk-0001.md")).toBe(`${one.text}more\n`);
    await expect(views.edit(view, "../x", () => "")).rejects.toMatchObject({ code: "ID_INVALID" });
  });

  test("an edit of the same length within the same moment is seen", async () => {
    const { view, views, write, read } = await makeView();
    for (let round = 0; round < 20; round++) {
      await views.refresh(view);
      write("tk-0001.md", read("tk-0001.md").replace(/Text.|Edit./, round % 2 === 0 ? "Edit." : "Next."));
      expect((await views.edits(view)).map(({ id }) => id)).toEqual(["tk-0001"]);
      await views.settle(view, "tk-0001");
    }
  });

  test("a file that equals any version since the view's base is no edit", async () => {
    const { view, views, write, read, backend, one } = await makeView();
    const two = await rewrite(backend, one, { title: "Two" });
    const three = await rewrite(backend, two, { title: "Three" });
    write("tk-0001.md", two.text ?? "");
    expect(await views.edits(view)).toEqual([]);
    expect((await views.refresh(view)).written).toEqual(["tk-0001"]);
    expect(read("tk-0001.md")).toBe(three.text);
    // Going back behind what the view showed is a person's doing.
    write("tk-0001.md", one.text ?? "");
    expect((await views.edits(view)).map(({ id }) => id)).toEqual(["tk-0001"]);
  });

  test("links and folders in the place of a file are never followed, read or replaced", async () => {
    const { view, views, folder, one, backend } = await makeView();
    writeFileSync(join(folder, "secret"), "secret");
    rmSync(join(view, "tk-0001.md"));
    symlinkSync(join(folder, "secret"), join(view, "tk-0001.md"));
    rmSync(join(view, "tk-0002.md"));
    mkdirSync(join(view, "tk-0002.md"));
    await rewrite(backend, one, { title: "Changed" });
    expect(await views.refresh(view)).toMatchObject({ written: [], edited: ["tk-0001", "tk-0002"] });
    // Named, so that nobody takes the edit for submitted.
    expect((await views.edits(view)).map(({ id, text, isForeign }) => [id, text, isForeign])).toEqual([
      ["tk-0001", undefined, true],
      ["tk-0002", undefined, true],
    ]);
    expect(lstatSync(join(view, "tk-0001.md")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "secret"), "utf8")).toBe("secret");
    await expect(views.edit(view, "tk-0001", () => "x")).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
    expect(readFileSync(join(folder, "secret"), "utf8")).toBe("secret");
  });

  test("a file that is no text is named and never handed out changed", async () => {
    const { view, views } = await makeView();
    writeFileSync(join(view, "tk-0001.md"), Buffer.from([0xff, 0xfe, 0x00]));
    expect((await views.refresh(view)).edited).toEqual(["tk-0001"]);
    const edit = first(await views.edits(view));
    expect([edit.id, edit.text, edit.isForeign]).toEqual(["tk-0001", undefined, true]);
  });
});

// P3, and commits that an agent makes inside its view
describe("commits made inside a view", () => {
  test("are kept, count as edits from the merge base, and the branch follows the store again", async () => {
    const store = await makeView();
    const { view, views, write, read, backend, one, plainIn, plain } = store;
    write("tk-0001.md", textOf({ ...one.ticket, title: "Committed" }));
    write("tk-0009.md", textOf(ticket("tk-0009")));
    plainIn(view, "add", "-A");
    plainIn(view, "commit", "-qm", "agent");
    const commit = plainIn(view, "rev-parse", "HEAD");
    const two = await rewrite(backend, one, { priority: 0 });
    await file(backend, "tk-0003");

    const report = await views.refresh(view);
    expect([report.written, report.edited]).toEqual([["tk-0003"], ["tk-0001", "tk-0009"]]);
    expect(plain("rev-parse", `refs/wiggum/taken/${commit}`)).toBe(commit);
    expect(plain("show", `${commit}:tk-0001.md`)).toContain("Committed");
    followsTip(store, view);
    const edits = await views.edits(view);
    expect(edits.map(({ id, base }) => [id, base?.revision])).toEqual([
      ["tk-0001", one.revision],
      ["tk-0009", undefined],
    ]);
    expect(read("tk-0001.md")).toContain("Committed");
    await rewrite(backend, two, { title: "Committed" });
    await views.settle(view, "tk-0001", edits[0]?.text);
    expect((await views.edits(view)).map(({ id }) => id)).toEqual(["tk-0009"]);
    expect(plain("fsck", "--strict")).toBe("");
  });

  test("on a detached HEAD or another branch as well; nothing of git's is lost", async () => {
    const store = await makeView();
    const { view, views, write, one, plainIn, plain } = store;
    plainIn(view, "checkout", "-q", "-b", "mine");
    write("tk-0001.md", textOf({ ...one.ticket, title: "Committed" }));
    plainIn(view, "commit", "-qam", "agent");
    const commit = plainIn(view, "rev-parse", "HEAD");
    expect((await views.refresh(view)).edited).toEqual(["tk-0001"]);
    expect(plainIn(view, "rev-parse", "mine")).toBe(commit);
    expect(plain("rev-parse", `refs/wiggum/taken/${commit}`)).toBe(commit);
    followsTip(store, view);
  });

  test("a commit that the agent pushed itself is no edit any more", async () => {
    const store = await makeView();
    const { view, views, write, one, plainIn, status, backend } = store;
    write("tk-0001.md", textOf({ ...one.ticket, title: "Pushed" }));
    plainIn(view, "commit", "-qam", "agent");
    plainIn(view, "push", "-q", "origin", "main");
    await file(backend, "tk-0003");
    expect(await views.refresh(view)).toMatchObject({ written: ["tk-0003"], edited: [] });
    expect(await views.edits(view)).toEqual([]);
    expect(status()).toBe("");
    followsTip(store, view);
    expect(store.plain("for-each-ref", "refs/wiggum/")).toBe("");
  });

  test("git at work in the view is not disturbed: its files follow, its index and branch later", async () => {
    const { view, views, backend, plainIn, status, one } = await makeView();
    writeFileSync(join(view, ".git/index.lock"), "held by somebody");
    const before = plainIn(view, "rev-parse", "HEAD");
    await rewrite(backend, one, { title: "Two" });
    expect((await views.refresh(view)).written).toEqual(["tk-0001"]);
    expect(plainIn(view, "rev-parse", "HEAD")).toBe(before);
    expect(readFileSync(join(view, ".git/index.lock"), "utf8")).toBe("held by somebody");
    rmSync(join(view, ".git/index.lock"));
    await views.refresh(view);
    expect(status()).toBe("");
  });
});

describe("places", () => {
  test("a moved project keeps working, and its views find the store again", async () => {
    const { folder, view, plainIn } = await makeView();
    const moved = join(folder, "moved");
    renameSync(join(folder, "project"), moved);
    const place = view.replace(join(folder, "project"), moved);
    const backend = createGitBackend({ root: join(moved, ".wiggum/tickets.git"), judge });
    expect(plainIn(place, "fetch", "-q", "origin")).toBe("");
    await file(backend, "tk-0003");
    expect((await backend.views.refresh(place)).written).toEqual(["tk-0003"]);
    expect(plainIn(place, "status", "--porcelain")).toBe("");
    expect(await backend.diagnose()).toEqual([]);
  });

  test("a view in another folder of its own is pointed back at the store by the next refresh", async () => {
    const { backend, view, views, plainIn } = await makeView();
    plainIn(view, "config", "remote.origin.url", "/nowhere");
    writeFileSync(join(view, ".git/objects/info/alternates"), "/nowhere/objects\n");
    expect((await backend.diagnose()).map(({ path }) => path)).toEqual([
      ".wiggum/tickets",
      ".wiggum/tickets",
    ]);
    await views.refresh(view);
    expect(plainIn(view, "fetch", "-q")).toBe("");
    expect(await backend.diagnose()).toEqual([]);
  });

  test("a clone of the shell version is taken over with its edits", async () => {
    const { backend, clone, one, status } = await makeView();
    const path = clone();
    writeFileSync(join(path, "tk-0001.md"), textOf({ ...one.ticket, title: "Old edit" }));
    await file(backend, "tk-0003");
    await backend.views.create(path, "full");
    expect(await backend.views.refresh(path)).toMatchObject({ edited: ["tk-0001"] });
    expect(readFileSync(join(path, "tk-0001.md"), "utf8")).toContain("Old edit");
    expect(existsSync(join(path, "tk-0003.md"))).toBe(true);
    expect(status()).toBe("");
  });

  test("the mark of what was seen is kept in the view", async () => {
    const { view, views, plain } = await makeView();
    expect(await views.seen(view)).toBeUndefined();
    await views.markSeen(view, plain("rev-parse", "main"));
    expect(await views.seen(view)).toBe(plain("rev-parse", "main"));
  });

  test("a mark that did not move is not written again: reading commands set it each time", async () => {
    const { view, views, plain } = await makeView();
    const inode = () => lstatSync(join(view, ".git", "wiggum", "seen")).ino;
    const first = plain("rev-parse", "main");
    await views.markSeen(view, first);
    const written = inode();
    await views.markSeen(view, first);
    expect(inode()).toBe(written);
    await views.markSeen(view, "0".repeat(first.length));
    expect(inode()).not.toBe(written);
    expect(await views.seen(view)).toBe("0".repeat(first.length));
  });
});
