import { describe, expect, test } from "vitest";
import { judgeSyncs } from "./sync-order.mjs";

const root = "/s/tickets.git";
const journal = "/s/journal";
const object = `${root}/objects/5c/0123`;

/** A write as strace shows it, step by step; the journal is the answer. */
const steps = {
  folder: `mkdir("${root}/objects/5c", 0777) = 0`,
  object: `write(3<${root}/objects/5c/tmp_obj_a>, "x"..., 5) = 5`,
  objectSync: `fsync(3<${root}/objects/5c/tmp_obj_a>) = 0`,
  objectName: `link("${root}/objects/5c/tmp_obj_a", "${object}") = 0`,
  folderSync: `fsync(4<${root}/objects/5c>) = 0`,
  objectsSync: `fsync(4<${root}/objects>) = 0`,
  lock: `write(5<${root}/wiggum/wl-1>, "x"..., 41) = 41`,
  lockSync: `fdatasync(5<${root}/wiggum/wl-1>) = 0`,
  lockName: `link("${root}/wiggum/wl-1", "${root}/refs/heads/main.lock") = 0`,
  move: `rename("${root}/refs/heads/main.lock", "${root}/refs/heads/main") = 0`,
  moveSync: `fsync(6<${root}/refs/heads>) = 0`,
  answer: `write(7<${journal}>, "{}"..., 10) = 10`,
};

/** What is found when one step is left out. */
function without(name: keyof typeof steps | "nothing", isPowerSafe: boolean): readonly string[] {
  const lines = Object.entries(steps).flatMap(([step, line]) => (step === name ? [] : [`100 ${line}`]));
  return judgeSyncs(lines.join("\n"), { root, journal, isPowerSafe }).findings;
}

// P25: a judge of syncs that misses one proves nothing.
describe("the judge of the sync order", () => {
  test("finds nothing where all is synced in time, at both levels", () => {
    expect(without("nothing", true)).toEqual([]);
    for (const step of ["nothing", "folderSync", "objectsSync", "moveSync"] as const)
      expect(without(step, false)).toEqual([]);
  });

  test("finds contents that were not synced before the branch moved, at both levels", () => {
    for (const isPowerSafe of [true, false]) {
      expect(without("objectSync", isPowerSafe)).toEqual([
        "main moved before the content of objects/5c/0123 was synced",
      ]);
      expect(without("lockSync", isPowerSafe)).toEqual([
        "main moved before the content of refs/heads/main was synced",
      ]);
    }
  });

  test("finds names that were not synced, of objects, of their folder, and of the branch, at level power", () => {
    expect(without("folderSync", true)).toEqual(["main moved before objects/5c was synced, which got 0123"]);
    expect(without("objectsSync", true)).toEqual(["main moved before objects was synced, which got 5c"]);
    expect(without("moveSync", true)).toEqual([
      "the answer was given before the name of the branch was synced",
    ]);
  });

  test("takes up calls that another process interrupted, and passes over those that failed", () => {
    const trace = [
      `1 write(3<${object}>, "x"..., 5 <unfinished ...>`,
      `2 rename("a", "b") = -1 ENOENT (No such file or directory)`,
      "1 <... write resumed>) = 5",
      `2 rename("refs/heads/main.lock", "refs/heads/main") = 0`,
    ].join("\n");
    expect(judgeSyncs(trace, { root, journal, isPowerSafe: false })).toEqual({
      moves: 1,
      findings: [
        "main moved before the content of objects/5c/0123 was synced",
        "main moved before the content of refs/heads/main was synced",
      ],
    });
  });
});
