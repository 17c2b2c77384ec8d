import { linkSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { file, makeStore, rewrite, type StoreFixture, textOf, ticket } from "../store.fixture.js";
import { workerStarter } from "../worker-process.fixture.js";

const start = workerStarter();

/** A process that begins to bring the view up to date, and does not get beyond this step. */
async function killedAt({ root }: StoreFixture, view: string, killAt: string): Promise<void> {
  const { ended } = start({ root, name: "victim", task: "refresh", tickets: [], view, killAt });
  const end = await ended;
  expect(end.signal, end.errors).toBe("SIGKILL");
}

// P4, P9
describe("killed while a view is written", () => {
  test.each(["file-written", "files-written", "git-followed"])(
    "at '%s': no file of it is taken for an edit, and the next refresh ends the work",
    async (killAt) => {
      const store = await makeStore();
      const one = await file(store.backend, "tk-0001");
      await file(store.backend, "tk-0002");
      const view = join(store.folder, "view");
      await store.backend.views.create(view, "shared");
      writeFileSync(join(view, "tk-0002.md"), textOf(ticket("tk-0002", { title: "A real edit" })));
      const two = await rewrite(store.backend, one, { title: "Two" });
      await file(store.backend, "tk-0003");
      await killedAt(store, view, killAt);
      const three = await rewrite(store.backend, two, { title: "Three" });
      expect((await store.backend.views.edits(view)).map(({ id }) => id)).toEqual(["tk-0002"]);
      expect((await store.backend.views.refresh(view)).edited).toEqual(["tk-0002"]);
      expect(readFileSync(join(view, "tk-0001.md"), "utf8")).toBe(three.text);
      expect(store.plainIn(view, "status", "--porcelain")).toBe("M tk-0002.md");
      expect(readdirSync(view).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    },
  );

  test.each(["commits-taken", "files-written", "git-followed"])(
    "at '%s' with a commit of the agent's own in it: the commit is kept and its change is an edit still",
    async (killAt) => {
      const store = await makeStore();
      const one = await file(store.backend, "tk-0001");
      const view = join(store.folder, "view");
      await store.backend.views.create(view, "shared");
      const mine = textOf({ ...one.ticket, title: "Mine" });
      writeFileSync(join(view, "tk-0001.md"), mine);
      store.plainIn(view, "commit", "-qam", "agent");
      const commit = store.plainIn(view, "rev-parse", "HEAD");
      await rewrite(store.backend, one, { priority: 0 });
      await killedAt(store, view, killAt);
      const [edit] = await store.backend.views.edits(view);
      expect([edit?.text, edit?.base?.revision]).toEqual([mine, one.revision]);
      expect((await store.backend.views.refresh(view)).edited).toEqual(["tk-0001"]);
      expect(store.plain("rev-parse", `refs/wiggum/taken/${commit}`)).toBe(commit);
      expect(store.plainIn(view, "rev-parse", "HEAD")).toBe(store.plain("rev-parse", "main"));
    },
  );

  test("processes that refresh one view at once, some of them killed, leave it whole", async () => {
    const store = await makeStore();
    let record = await file(store.backend, "tk-0001");
    const view = join(store.folder, "view");
    const order = { root: store.root, name: "r", task: "refresh", tickets: [], view } as const;
    for (let round = 0; round < 4; round++) {
      record = await rewrite(store.backend, record, { title: `Round ${round}` });
      const killAt = ["file-written", "files-written", "git-followed", "nowhere"][round] ?? "";
      const started = [killAt, "nowhere", killAt, "nowhere"].map((step) => start({ ...order, killAt: step }));
      for (const { ended } of started) {
        const end = await ended;
        expect(end.signal === "SIGKILL" || end.code === 0, end.errors).toBe(true);
      }
      expect((await store.backend.views.refresh(view)).edited).toEqual([]);
      expect(readFileSync(join(view, "tk-0001.md"), "utf8")).toBe(record.text);
      expect(store.plainIn(view, "status", "--porcelain")).toBe("");
    }
  });

  test("lock files that a kill left in the view's git folder are seen through", async () => {
    const store = await makeStore();
    const one = await file(store.backend, "tk-0001");
    const view = join(store.folder, "view");
    await store.backend.views.create(view, "shared");
    const git = join(view, ".git");
    writeFileSync(join(git, "wiggum", "index-0123"), "half an index");
    linkSync(join(git, "wiggum", "index-0123"), join(git, "index.lock"));
    const tip = store.plain("rev-parse", "main");
    writeFileSync(join(git, "wiggum", "intent"), `${tip}\n`);
    writeFileSync(join(git, "refs/heads/main.lock"), `${tip}\n`);
    await rewrite(store.backend, one, { title: "Two" });
    await store.backend.views.refresh(view);
    expect(store.plainIn(view, "status", "--porcelain")).toBe("");
    expect(store.plainIn(view, "rev-parse", "HEAD")).toBe(store.plain("rev-parse", "main"));
  });
});
