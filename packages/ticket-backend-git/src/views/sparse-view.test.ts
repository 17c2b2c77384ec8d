// An agent's view of a store that fans out shows what its agent needs; plain git at work there finds nothing wrong.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { file, first, makeStore, rewrite, type StoreKind, textOf, ticket } from "../store.fixture.js";
import { workerStarter } from "../worker-process.fixture.js";

const start = workerStarter();

async function makeSparse(kind: StoreKind = "fan-out") {
  const store = await makeStore({}, kind);
  const { backend } = store;
  for (const id of ["tk-1a01", "tk-2b02", "tk-2b03", "tk-3c04", "tk-4d05"]) await file(backend, id);
  await file(backend, "tk-5e06", { dependsOn: ["tk-2b02"] });
  const folder = join(store.folder, "project", "worktrees", "worker-0", ".wiggum", "tickets");
  const { views } = backend;
  await views.create(folder, "shared");
  const shown = () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => !path.startsWith(".git") && /tk-.*\.md$/.test(path))
      .sort();
  const git = (...words: string[]) => store.plainIn(folder, ...words);
  return { ...store, view: folder, views, shown, git };
}

const kinds = ["fan-out", "sha256-fan-out"] as const;

test.each(kinds)(
  "shows no ticket until one is asked for, then that and what it waits for (%s)",
  async (kind) => {
    const { view, views, shown, git, plain, backend } = await makeSparse(kind);
    expect(shown()).toEqual([]);
    expect(git("status", "--porcelain")).toBe("");
    await views.refresh(view, { isGlance: true, showing: ["tk-5e06"] });
    expect(shown()).toEqual(["2b/tk-2b02.md", "2b/tk-2b03.md", "5e/tk-5e06.md"]);
    expect(views.path(view, "tk-5e06")).toBe(join(view, "5e", "tk-5e06.md"));
    expect(git("status", "--porcelain")).toBe("");
    expect(git("sparse-checkout", "list").split("\n")).toEqual(["2b", "5e"]);
    expect(git("rev-parse", "HEAD")).toBe(plain("rev-parse", "main"));
    expect(git("write-tree")).toBe(plain("rev-parse", "main^{tree}"));

    // Others write what is shown and what is not.
    await rewrite(backend, first((await backend.list({ ids: ["tk-2b02"] })).tickets), { title: "Two" });
    await rewrite(backend, first((await backend.list({ ids: ["tk-1a01"] })).tickets), { title: "One" });
    expect((await views.refresh(view)).written).toEqual(["tk-2b02"]);
    expect(readFileSync(join(view, "2b/tk-2b02.md"), "utf8")).toContain("# Two");
    expect(git("status", "--porcelain")).toBe("");
    expect(git("write-tree")).toBe(plain("rev-parse", "main^{tree}"));
    expect(git("fsck", "--strict", "--no-dangling")).toBe("");
  },
  60_000,
);

test("plain git works there: edit, commit, pull, push, more folders", async () => {
  const { view, views, shown, git, backend, plain } = await makeSparse();
  await views.refresh(view, { showing: ["tk-5e06"] });
  const { ticket: value } = first((await backend.list({ ids: ["tk-5e06"] })).tickets);
  writeFileSync(join(view, "5e/tk-5e06.md"), textOf({ ...value, title: "By the agent's git" }));
  expect(git("status", "--porcelain")).toBe("M 5e/tk-5e06.md");
  git("commit", "-qam", "By hand");
  await rewrite(backend, first((await backend.list({ ids: ["tk-1a01"] })).tickets), { title: "One" });
  git("pull", "-q", "--rebase");
  git("push", "-q", "origin", "HEAD:main");
  expect((await backend.read("tk-5e06")).record?.ticket.title).toBe("By the agent's git");
  expect((await backend.list()).tickets).toHaveLength(6);
  expect(shown()).toEqual(["2b/tk-2b02.md", "2b/tk-2b03.md", "5e/tk-5e06.md"]);
  git("sparse-checkout", "add", "4d");
  expect(shown()).toContain("4d/tk-4d05.md");
  expect(await views.refresh(view)).toMatchObject({ edited: [] });
  expect(shown()).toContain("4d/tk-4d05.md");
  expect(git("status", "--porcelain")).toBe("");
  expect(git("write-tree")).toBe(plain("rev-parse", "main^{tree}"));
}, 60_000);

test("edits, new files and deletions are edits; what was never shown is not missed", async () => {
  const { view, views, backend } = await makeSparse();
  await views.refresh(view, { showing: ["tk-5e06"] });
  const { ticket: value } = first((await backend.list({ ids: ["tk-5e06"] })).tickets);
  writeFileSync(join(view, "5e/tk-5e06.md"), textOf({ ...value, title: "Edited" }));
  rmSync(join(view, "2b/tk-2b03.md"));
  writeFileSync(join(view, "tk-9f09.md"), textOf(ticket("tk-9f09")));
  mkdirSync(join(view, "8a"));
  writeFileSync(join(view, "8a/tk-8a08.md"), textOf(ticket("tk-8a08")));
  const edits = await views.edits(view);
  expect(edits.map(({ id, text }) => `${id} ${text === undefined ? "gone" : "there"}`).sort()).toEqual([
    "tk-2b03 gone",
    "tk-5e06 there",
    "tk-8a08 there",
    "tk-9f09 there",
  ]);
  await views.settle(view, "tk-2b03");
  expect(existsSync(join(view, "2b/tk-2b03.md"))).toBe(true);
  // A new ticket of the agent's own: its file moves to where it belongs.
  await file(backend, "tk-9f09", { body: ticket("tk-9f09").body });
  await views.settle(view, "tk-9f09", textOf(ticket("tk-9f09")));
  await views.refresh(view, { showing: ["tk-9f09"] });
  expect(existsSync(join(view, "tk-9f09.md"))).toBe(false);
  expect(existsSync(join(view, "9f/tk-9f09.md"))).toBe(true);
}, 60_000);

test.each(["shared", "full"] as const)(
  "the layout changes under a %s view: edits and deletions stay edits, made from what they were made from",
  async (kind) => {
    const store = await makeStore();
    const { backend, folder, plainIn } = store;
    const view = join(folder, "view");
    const one = await file(backend, "tk-1a01");
    for (const id of ["tk-2b02", "tk-3c03"]) await file(backend, id);
    await backend.views.create(view, kind);
    const mine = textOf({ ...one.ticket, title: "Mine" });
    writeFileSync(join(view, "tk-1a01.md"), mine);
    rmSync(join(view, "tk-2b02.md"));
    for (const layout of ["fan-out", "flat"] as const) {
      await backend.relayout(layout);
      const showing = ["tk-1a01", "tk-2b02", "tk-3c03"];
      expect((await backend.views.refresh(view, { showing })).edited.toSorted(), layout).toEqual([
        "tk-1a01",
        "tk-2b02",
      ]);
      const edits = await backend.views.edits(view);
      const edited = edits.find(({ id }) => id === "tk-1a01");
      expect([edited?.text, edited?.base?.revision], layout).toEqual([mine, one.revision]);
      expect(edits.find(({ id }) => id === "tk-2b02")?.text, layout).toBeUndefined();
      expect(existsSync(join(view, layout === "flat" ? "tk-3c03.md" : "3c/tk-3c03.md")), layout).toBe(true);
    }
    await backend.views.settle(view, "tk-1a01", mine);
    await backend.views.settle(view, "tk-2b02");
    expect(await backend.views.refresh(view)).toMatchObject({ edited: [] });
    expect(plainIn(view, "status", "--porcelain")).toBe("");
    expect(plainIn(view, "write-tree")).toBe(store.plain("rev-parse", "main^{tree}"));
    expect(plainIn(view, "config", "--get", "--default", "false", "core.sparseCheckout")).toBe("false");
  },
  60_000,
);

// P4
test.each(["file-written", "files-written", "git-followed"])(
  "killed at '%s' while a view follows a new layout: no file of it is taken for an edit",
  async (killAt) => {
    const store = await makeStore();
    const { backend, root, folder } = store;
    const view = join(folder, "view");
    for (const id of ["tk-1a01", "tk-2b02", "zz-9"]) await file(backend, id);
    await backend.views.create(view, "full");
    await backend.relayout("fan-out");
    const end = await start({ root, name: "victim", task: "refresh", tickets: [], view, killAt }).ended;
    expect(end.signal, end.errors).toBe("SIGKILL");
    expect(await backend.views.edits(view)).toEqual([]);
    expect(await backend.views.refresh(view)).toMatchObject({ edited: [] });
    expect(store.plainIn(view, "status", "--porcelain")).toBe("");
    expect(existsSync(join(view, "tk-1a01.md"))).toBe(false);
  },
  60_000,
);
