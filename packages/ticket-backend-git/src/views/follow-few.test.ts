// A large view follows writes by what they changed: afterwards it is as one that was looked at file by file.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commitOf, file, first, makeStore, rewrite, textOf, ticket } from "../store.fixture.js";
import { readManifest } from "./manifest.js";

const count = 1_010;
const idAt = (index: number) =>
  `tk-${((index * 41) % 256).toString(16).padStart(2, "0")}${index.toString(16).padStart(4, "0")}`;

async function makeLarge(kind: "plain" | "fan-out") {
  const store = await makeStore({}, kind);
  const { backend, folder, plainIn } = store;
  const ids = Array.from({ length: count }, (_, index) => idAt(index));
  await backend.commit(commitOf(ids.map((id) => ({ id, expected: null, next: ticket(id) }))));
  const view = join(folder, "project", ".wiggum", "tickets");
  await backend.views.create(view, "full");
  const privateFolder = join(view, ".git", "wiggum");
  return {
    ...store,
    view,
    ids,
    record: async (id: string) => first((await backend.list({ ids: [id] })).tickets),
    glance: () => backend.views.refresh(view, { isGlance: true }),
    /** The commit of the last look at all files. */
    lookedAt: () => readManifest(privateFolder)?.at,
    read: (id: string) => readFileSync(backend.views.path(view, id), "utf8"),
    /** What plain git says of the view. */
    checkGit() {
      expect(plainIn(view, "status", "--porcelain")).toBe("");
      expect(plainIn(view, "write-tree")).toBe(store.plain("rev-parse", "main^{tree}"));
      expect(plainIn(view, "rev-parse", "HEAD")).toBe(store.plain("rev-parse", "main"));
      expect(plainIn(view, "fsck", "--strict", "--no-dangling")).toBe("");
    },
  };
}

describe.each(["plain", "fan-out"] as const)("a large view (%s)", (kind) => {
  test("follows changed, new and deleted tickets, and git finds it whole", async () => {
    const { backend, glance, lookedAt, record, read, checkGit, view, ids } = await makeLarge(kind);
    const begun = lookedAt();
    const [one = "", two = "", three = ""] = ids;
    await rewrite(backend, await record(one), { title: "Changed" });
    expect((await glance()).written).toEqual([one]);
    expect(read(one)).toContain("# Changed");
    checkGit();
    await file(backend, "tk-ffff00", { title: "New" });
    await file(backend, "zz-first-of-its-folder");
    const gone = await record(two);
    await backend.commit(commitOf([{ id: two, expected: gone.revision, next: null }]));
    expect((await glance()).written.toSorted()).toEqual(["tk-ffff00", "zz-first-of-its-folder", two].sort());
    expect(existsSync(backend.views.path(view, two))).toBe(false);
    expect(read("tk-ffff00")).toContain("# New");
    checkGit();
    expect(lookedAt()).toBe(begun);
    expect(await glance()).toMatchObject({ written: [], edited: [] });

    // What is attached is not shown, and does not keep the view from following.
    const { operationId, actor, at } = commitOf([]);
    await backend.attachments.add({
      id: three,
      name: "a.txt",
      content: Buffer.from("a"),
      operationId,
      actor,
      at,
    });
    await glance();
    checkGit();
    const looked = lookedAt();
    await rewrite(backend, await record(three), { title: "With a file" });
    expect((await glance()).written).toEqual([three]);
    checkGit();
    expect(lookedAt()).toBe(looked);
  }, 120_000);

  test("an edit of what was written meanwhile is left alone; one of anything else is found by whoever asks", async () => {
    const { backend, glance, record, read, view, ids, checkGit } = await makeLarge(kind);
    const [one = "", two = "", three = ""] = ids;
    await rewrite(backend, await record(one), { title: "First" });
    await glance();
    // Made from what the view showed, which no look at all files has seen.
    const shown = await record(one);
    const mine = textOf({ ...shown.ticket, title: "Mine" });
    writeFileSync(backend.views.path(view, one), mine);
    const other = textOf({ ...(await record(two)).ticket, title: "Another" });
    writeFileSync(backend.views.path(view, two), other);
    await rewrite(backend, await record(three), { title: "Elsewhere" });
    expect(await glance()).toMatchObject({ written: [three], edited: [] });
    const edits = await backend.views.edits(view);
    expect(edits.map(({ id, text, base }) => [id, text, base?.revision])).toEqual([
      [one, mine, shown.revision],
      [two, other, (await record(two)).revision],
    ]);
    await rewrite(backend, shown, { priority: 0 });
    expect((await glance()).edited).toEqual([one, two]);
    expect(read(one)).toBe(mine);
    for (const id of [one, two]) await backend.views.settle(view, id);
    await backend.views.refresh(view);
    checkGit();
  }, 120_000);

  test("what a kill left half done is completed by the next look", async () => {
    const { backend, glance, record, read, view, ids, checkGit } = await makeLarge(kind);
    const [one = "", two = ""] = ids;
    await rewrite(backend, await record(one), { title: "Written" });
    await rewrite(backend, await record(two), { title: "Not written" });
    // As if it had died between two files.
    writeFileSync(backend.views.path(view, one), (await record(one)).text ?? "");
    expect(await glance()).toMatchObject({ edited: [] });
    expect(read(two)).toContain("# Not written");
    checkGit();
    // And as if the note had been lost, or came from another life.
    rmSync(join(view, ".git", "wiggum", "whole-at"));
    await rewrite(backend, await record(one), { title: "Again" });
    expect(await glance()).toMatchObject({ written: [one], edited: [] });
    checkGit();
  }, 120_000);
});
