// A project on a read-only file system: everything can be looked at, and what would write says so.
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, program, type Repository } from "./built-wiggum.js";

let repository: Repository;

beforeAll(async () => {
  repository = await createRepository();
  await repository.succeed(["ticket", "create", "Mine"]);
  await repository.succeed(["ticket", "list"]);
});

afterAll(() => repository.remove());

/** In a mount namespace of its own where this machine lets us make one; else without the right to write in the folders. */
function readOnly(typed: readonly string[]) {
  const { root, environment } = repository;
  const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99; cd "$0" && exec "$@"';
  const words = ["-rm", "sh", "-c", script, root, process.execPath, program, ...typed];
  const ran = spawnSync("unshare", words, { env: environment, encoding: "utf8" });
  if (ran.status !== 99 && ran.error === undefined && !ran.stderr.startsWith("unshare:")) return ran;
  if (process.getuid?.() === 0) throw new Error("neither a namespace nor a user without rights can be had");
  const folders = ["", "tickets.git", "tickets"].map((name) => join(root, ".wiggum", name));
  for (const folder of folders) chmodSync(folder, 0o555);
  try {
    return spawnSync(process.execPath, [program, ...typed], {
      cwd: root,
      env: environment,
      encoding: "utf8",
    });
  } finally {
    for (const folder of folders) chmodSync(folder, 0o755);
  }
}

test("doctor names it, init and sync do not claim that all is well, reading works", () => {
  const looked = readOnly(["doctor"]);
  expect([looked.status, looked.stdout]).toEqual([
    1,
    expect.stringMatching(/\.wiggum cannot be written: .+ \(NOT_WRITABLE\)\n/),
  ]);
  for (const typed of [["init"], ["ticket", "sync"], ["ticket", "edit", "tk"]]) {
    const { status, stdout, stderr } = readOnly(typed);
    expect([typed, status, stdout]).toEqual([typed, 1, ""]);
    expect(stderr).toMatch(/\[error\] \S+ cannot be written: .+\n {8}next: Looking works\./);
  }
  expect(readOnly(["ticket", "list"])).toMatchObject({ status: 0, stdout: expect.stringContaining("Mine") });
}, 60_000);
