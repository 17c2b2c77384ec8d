// `tk` as it is built: what it prints where a ticket, or the place that the output goes to, is odd.
import { spawnSync } from "node:child_process";
import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTkFolder, type TkFolder, tkScript } from "./built-tk.js";

let folder: TkFolder;
beforeEach(() => {
  folder = createTkFolder();
});
afterEach(() => folder.remove());

test("show: a blank line stands before what hangs together, also behind a last line without an end", () => {
  folder.ticket("b-1");
  for (const last of ["last", "last\n"]) {
    folder.ticket("a-1", { links: "[b-1]" }, `# One\n\n${last}`);
    expect(folder.ok(["show", "a-1"])).toMatch(/\nlast\n\n## Linked\n\n- b-1 \[open\] Title of b-1$/);
  }
  folder.ticket("a-1", {}, "# One\n\nlast");
  expect(folder.tk(["show", "a-1"]).stdout).toMatch(/\nlast$/);
});

test.skipIf(!existsSync("/dev/full"))("output that cannot be written fails in one line", () => {
  folder.ticket("a-1");
  for (const words of ["list", "show a-1", "help"]) {
    const { status, stderr } = spawnSync("sh", ["-c", `exec "$0" ${words} > /dev/full`, tkScript], {
      cwd: folder.root,
      env: folder.environment(),
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([1, "Error: the output cannot be written: there is no room\n"]);
  }
});

test("a file that is too large for a ticket is named as that, and not read", () => {
  folder.ticket("a-1");
  truncateSync(folder.write(".tickets/big.md", ""), 3 * 1024 ** 3);
  const { exitCode, stdout, stderr } = folder.tk(["ls"]);
  expect([exitCode, stdout]).toEqual([0, "a-1      [open] - Title of a-1\n"]);
  expect(stderr).toContain(`${join(".tickets", "big.md")}: it is over 16 MiB\n`);
});
