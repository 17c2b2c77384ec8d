// One object that is damaged or lost: its ticket is named, all others are served, and can be written to.
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { file, makeStore, rewrite } from "./store.fixture.js";
import { storePaths } from "./store-layout.js";

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ["lost", (path) => rmSync(path)],
  ["empty", (path) => writeFileSync(path, "")],
  ["cut off", (path) => writeFileSync(path, readFileSync(path).subarray(0, 40))],
  ["of other bytes", (path) => writeFileSync(path, "no object at all")],
];

describe.each(["plain", "sha256"] as const)("in a store that is %s", (kind) => {
  test.each(damages)("an object that is %s", async (_, damage) => {
    const store = await makeStore({}, kind);
    await file(store.backend, "tk-0001");
    const bad = await file(store.backend, "tk-0002");
    const path = join(store.root, "objects", bad.revision.slice(0, 2), bad.revision.slice(2));
    chmodSync(path, 0o644);
    damage(path);
    // Whether an index was made from it while it was whole, or is made now.
    for (const isIndexed of [true, false]) {
      if (!isIndexed) rmSync(join(store.root, storePaths.private, "cache"), { recursive: true });
      const { tickets, problems } = await store.open().list();
      expect(tickets.map(({ ticket: { id } }) => id)).toEqual(["tk-0001"]);
      expect(problems).toEqual([expect.objectContaining({ code: "TICKET_UNREADABLE", id: "tk-0002" })]);
      await expect(store.open().read("tk-0002")).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
      const other = (await store.open().read("tk-0001")).record;
      if (other === undefined) throw new Error("It is not there");
      await rewrite(store.open(), other, { title: `Still written, ${isIndexed}` });
    }
    expect((await store.backend.diagnose()).map(({ path: name }) => name)).toContain("objects");
  });
});
