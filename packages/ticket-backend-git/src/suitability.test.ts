import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSystemDoubt } from "./file-systems.js";
import { file, makeStore, rewrite, type StoreFixture } from "./store.fixture.js";
import { storePaths } from "./store-layout.js";
import { openStorePlace, whyNative } from "./store-place.js";

const set = ({ root }: StoreFixture, key: string, value: string) =>
  execFileSync("git", ["config", "--file", join(root, "config"), key, value]);
const look = ({ root }: StoreFixture) => openStorePlace(root).suitability();

test("a store as Wiggum makes it is read and written in process, and that is remembered until its settings change", async () => {
  const store = await makeStore();
  const path = join(store.root, storePaths.suitability);
  expect(look(store)).toEqual({ hasPlainObjects: true, hasPlainRefs: true, reasons: [] });
  const kept = readFileSync(path, "utf8");
  set(store, "extensions.futureThing", "yes");
  expect(look(store).reasons).toEqual([
    "its setting extensions.futurething = yes is not one that Wiggum knows by itself",
  ]);
  expect(readFileSync(path, "utf8")).not.toBe(kept);
  // Disposable: without it, or with anything else in its place, the same is found again.
  for (const damage of ["", "nonsense\n", kept, `${kept}objects`]) {
    writeFileSync(path, damage);
    expect(look(store)).toMatchObject({ hasPlainObjects: false, hasPlainRefs: false });
  }
  rmSync(path);
  expect(whyNative(store.root)).toHaveLength(1);
  expect(existsSync(path)).toBe(true);
});

test.each([
  ["extensions.objectFormat", "sha1", true, true],
  ["extensions.noop", "1", true, true],
  ["extensions.worktreeConfig", "true", false, false],
  ["extensions.partialClone", "origin", false, false],
  ["extensions.refStorage", "reftable", false, false],
  ["core.sharedRepository", "group", false, true],
  ["core.sharedRepository", "umask", true, true],
  ["core.repositoryFormatVersion", "2", false, false],
  ["wiggum.native", "true", false, true],
])("with %s = %s", async (key, value, hasPlainObjects, hasPlainRefs) => {
  const store = await makeStore();
  set(store, key, value);
  expect(look(store)).toMatchObject({ hasPlainObjects, hasPlainRefs });
  expect(look(store).reasons).toHaveLength(hasPlainObjects ? 0 : 1);
});

test("a history that is cut off, or patched, is git's to read", async () => {
  const store = await makeStore();
  const record = await file(store.backend, "tk-0001");
  store.plain("pack-refs", "--all");
  writeFileSync(join(store.root, "shallow"), `${store.plain("rev-parse", "main")}\n`);
  expect(look(store)).toMatchObject({ hasPlainObjects: false, hasPlainRefs: true });
  expect((await store.open().read("tk-0001")).record?.revision).toBe(record.revision);
});

test("a store that is given another form while it is open is written to by git from then on", async () => {
  const store = await makeStore();
  const record = await file(store.backend, "tk-0001");
  set(store, "wiggum.native", "true");
  const steps: string[] = [];
  const next = await rewrite(store.open({ atStep: (step) => steps.push(step) }), record, { title: "One" });
  set(store, "wiggum.native", "false");
  await rewrite(store.open({ atStep: (step) => steps.push(step) }), next, { title: "Two" });
  expect(steps.filter((step) => step === "blob-stored")).toHaveLength(1);
  expect(store.plain("rev-list", "--count", "main")).toBe("4");
});

test("only what one machine has for itself is trusted with locks of ours", () => {
  const doubt = (type: number) => fileSystemDoubt("linux", () => type);
  expect([0xef53, 0x58465342, 0x9123683e, 0x01021994].map(doubt)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(doubt(0x6969)).toBe("it lies on NFS, which other machines may write to as well");
  expect(doubt(0x65735546)).toContain("FUSE");
  // The number of Btrfs and CIFS is negative where it is signed.
  expect(doubt(0x9123683e | 0)).toBeUndefined();
  expect(doubt(0xff534d42 | 0)).toContain("CIFS");
  expect(doubt(0x1234)).toContain("type 0x1234");
  expect(fileSystemDoubt("win32", () => 0)).toContain("win32");
});
