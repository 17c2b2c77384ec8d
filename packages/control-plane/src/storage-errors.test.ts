import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOutbox } from "./outbox-store.js";
import { openPatientDatabase, type PatientDatabaseOptions } from "./patient-database.js";
import { openRegistryDatabase } from "./registry-database.js";
import { storageError, storageReason } from "./storage-errors.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-storage-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, "agents.db");
const registry = () => openRegistryDatabase(file(), async () => () => undefined);

/** SQLite says the same as on a full disk. */
function fill(database: DatabaseSync): void {
  database.exec("PRAGMA max_page_count = 1");
  const add = database.prepare("INSERT INTO numbers VALUES (?, 1)");
  for (let count = 0; count < 10_000; count++) add.run(`role-${count} ${"x".repeat(200)}`);
}

// P13
test("a database on a full disk is not broken: one sentence with the place, and everything is as it was", async () => {
  const database = registry();
  await database.change((inside) => inside.exec("INSERT INTO numbers VALUES ('worker', 7)"));
  await expect(database.change(fill)).rejects.toMatchObject({
    code: "DISK_FULL",
    message: `The disk is full: ${file()} could not be written, and is as it was`,
    hint: `Free space at ${folder}, then try again.`,
  });
  expect(await database.read((inside) => inside.prepare("SELECT * FROM numbers").all())).toEqual([
    { role: "worker", next: 7 },
  ]);
  database.close();
});

test("one on a read-only file system is not broken either, and can be read", async () => {
  const database = registry();
  await database.change(() => undefined);
  const writing = (inside: DatabaseSync) => inside.exec("PRAGMA query_only = 1; DELETE FROM numbers");
  await expect(database.change(writing)).rejects.toMatchObject({
    code: "NOT_WRITABLE",
    message: expect.stringContaining("read-only"),
  });
  expect(await database.read((inside) => inside.prepare("SELECT * FROM numbers").all())).toEqual([]);
  database.close();
});

test("where no file can be made, a look is answered from what would be in it, and a change is refused", async () => {
  const errors: PatientDatabaseOptions["errors"] = {
    broken: (reason) => new Error(reason),
    foreign: () => new Error("foreign"),
    busy: () => new Error("busy"),
  };
  const full = Object.assign(new Error("database or disk is full"), { errcode: 13 });
  const database = openPatientDatabase({
    path: file(),
    schema: "CREATE TABLE facts (text TEXT NOT NULL) STRICT",
    format: 1,
    errors,
    contents: async () => (fresh) => {
      // The file itself has no room; memory has.
      if (fresh.location() !== null) throw full;
      fresh.exec("INSERT INTO facts VALUES ('seen')");
    },
  });
  const look = (inside: DatabaseSync) => inside.prepare("SELECT text FROM facts").all();
  expect(await database.read(look)).toEqual([{ text: "seen" }]);
  await expect(database.change(look)).rejects.toMatchObject({ code: "DISK_FULL" });
  database.close();
});

test("an outbox that nobody may read is not called damaged: hooks that wait in it are not given up", async () => {
  const path = join(folder, "outbox.db");
  const outbox = createOutbox({ path, ownersDirectory: join(folder, "owners") });
  await outbox.record([], "cursor", undefined);
  await outbox.close();
  writeFileSync(path, "no database at all, but long enough to be one".repeat(30));
  await expect(outbox.pending()).rejects.toMatchObject({
    code: "OUTBOX_BROKEN",
    data: { isReplaceable: true },
  });
  await outbox.close();
  rmSync(path);
  // A folder in its place: SQLite cannot open it, and nothing in there is ours to move away.
  const inside = createOutbox({ path: folder, ownersDirectory: join(folder, "owners") });
  await expect(inside.pending()).rejects.toMatchObject({
    code: "OUTBOX_BROKEN",
    data: { isReplaceable: false },
    hint: expect.not.stringContaining("doctor --fix"),
  });
});

test("a failure that does not say why is looked into; one of another kind is left as it is", () => {
  const vague = Object.assign(new Error("unable to open database file"), { errcode: 14 });
  expect(existsSync(folder)).toBe(true);
  expect(storageError(file(), vague)).toBeUndefined();
  expect(storageError(file(), new TypeError("a defect"))).toBeUndefined();
  expect(storageReason(new TypeError("a defect"))).toBeUndefined();
  chmodSync(folder, 0o755);
  const denied = Object.assign(new Error("EROFS"), { code: "EROFS" });
  expect(storageError(file(), denied)).toMatchObject({ code: "NOT_WRITABLE", data: { path: file() } });
  expect(storageReason(denied)).toBe("the file system is read-only");
});
