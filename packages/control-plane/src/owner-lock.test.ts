import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOwner, isOwnerAlive, sweepOwners } from "./owner-lock.js";
import { killChildren, startChild } from "./testing/child-process.js";
import { isUlid, newUlid } from "./ulid.js";

const holder = new URL("./testing/own-and-wait.ts", import.meta.url);

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "wiggum-owners-"));
});
afterEach(() => {
  killChildren();
  rmSync(directory, { recursive: true, force: true });
});

describe("owner lock", () => {
  test("an owner is alive until it is released, also seen from its own process", () => {
    const owner = createOwner(directory);
    expect(isUlid(owner.id)).toBe(true);
    expect(isOwnerAlive(directory, owner.id)).toBe(true);
    expect(isOwnerAlive(directory, owner.id)).toBe(true); // asking does not drop the lock
    owner.release();
    owner.release();
    expect(isOwnerAlive(directory, owner.id)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("unknown and malformed ids are dead, and never touch a path outside the folder", () => {
    expect(isOwnerAlive(directory, newUlid())).toBe(false);
    expect(isOwnerAlive(directory, "../../etc/passwd")).toBe(false);
    expect(isOwnerAlive(join(directory, "missing"), newUlid())).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });

  // P9
  test("SIGKILL ends an owner at once; another process sees it alive before and dead after", async () => {
    const child = startChild(holder, [directory]);
    const id = await child.line();
    expect(isOwnerAlive(directory, id)).toBe(true);
    await child.kill();
    expect(isOwnerAlive(directory, id)).toBe(false);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(sweepOwners(directory)).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("asking and sweeping in the holder's own process never frees the lock for others", async () => {
    const mine = createOwner(directory);
    for (let round = 0; round < 5; round++) {
      expect(isOwnerAlive(directory, mine.id)).toBe(true);
      expect(sweepOwners(directory)).toBe(0);
    }
    // Another process sweeps while it makes its own owner: it must find ours locked.
    const child = startChild(holder, [directory]);
    const other = await child.line();
    expect(isOwnerAlive(directory, mine.id)).toBe(true);
    expect(isOwnerAlive(directory, other)).toBe(true);
    expect(readdirSync(directory)).toHaveLength(2);
    await child.kill();
    mine.release();
  });

  test("foreign files in the folder are left alone", () => {
    writeFileSync(join(directory, "README"), "mine");
    writeFileSync(join(directory, "not-a-ulid.db"), "mine");
    expect(sweepOwners(directory)).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(["README", "not-a-ulid.db"]);
  });

  test("many owners made at one instant by several processes all live, no name twice", async () => {
    const children = Array.from({ length: 6 }, () => startChild(holder, [directory]));
    const ids = await Promise.all(children.map((child) => child.line()));
    expect(new Set(ids).size).toBe(6);
    expect(ids.map((id) => isOwnerAlive(directory, id))).toEqual(ids.map(() => true));
    await Promise.all(children.map((child) => child.kill()));
    expect(ids.map((id) => isOwnerAlive(directory, id))).toEqual(ids.map(() => false));
  });
});
