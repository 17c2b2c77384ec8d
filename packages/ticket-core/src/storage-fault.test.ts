import { expect, test } from "vitest";
import { TicketError } from "./errors.js";
import { storageFault } from "./storage-fault.js";

const shapes: readonly (readonly [string, unknown, string | undefined])[] = [
  ["no space", Object.assign(new Error("x"), { code: "ENOSPC", path: "/a" }), "full"],
  ["quota", Object.assign(new Error("x"), { code: "EDQUOT", path: "/a" }), "full"],
  ["read-only", Object.assign(new Error("x"), { code: "EROFS", path: "/a" }), "read-only"],
  ["SQLite is full", Object.assign(new Error("x"), { errcode: 13, path: "/a" }), "full"],
  ["SQLite, extended code", Object.assign(new Error("x"), { errcode: 1544, path: "/a" }), "read-only"],
  ["SQLite, a file that was moved", Object.assign(new Error("x"), { errcode: 1032 }), undefined],
  ["SQLite is busy", Object.assign(new Error("x"), { errcode: 5 }), undefined],
  ["another failure of the system", Object.assign(new Error("x"), { code: "ENOENT" }), undefined],
  ["nothing at all", undefined, undefined],
  ["a text that names it", new Error("No space left on device"), undefined],
];

for (const [name, error, fault] of shapes) {
  test(`${name}: ${fault ?? "no fault of the storage"}`, () => {
    expect(storageFault(error)).toEqual(fault === undefined ? undefined : { fault, path: "/a" });
  });
}

test("what git said, and causes at any depth", () => {
  const git = (stderr: string) =>
    Object.assign(new Error("git failed"), { code: "GIT_FAILED", data: { args: [], exitCode: 128, stderr } });
  expect(storageFault(git("fatal: sha1 file 'x/tmp_pack_a' write error. Out of diskspace"))).toEqual({
    fault: "full",
  });
  expect(storageFault(git("fatal: unable to write loose object file: No space left on device"))).toEqual({
    fault: "full",
  });
  expect(storageFault(git("error: unable to write file: Disk quota exceeded"))?.fault).toBe("full");
  expect(storageFault(git("error: unable to create temporary file: Read-only file system"))?.fault).toBe(
    "read-only",
  );
  expect(storageFault(git("fatal: bad object"))).toBeUndefined();
  const wrapped = new TicketError(
    "STORE_BROKEN",
    "x",
    { path: "/store" },
    { cause: git("No space left on device") },
  );
  expect(storageFault(new Error("outer", { cause: wrapped }))?.fault).toBe("full");
});

test("causes that lead in a circle end", () => {
  const error = new Error("x");
  error.cause = error;
  expect(storageFault(error)).toBeUndefined();
});
