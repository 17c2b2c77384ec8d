import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("twenty-lines.ts", import.meta.url));

test("tickets in twenty lines: what is ready and what waits, also when it is run again over the same store", () => {
  const folder = mkdtempSync(join(tmpdir(), "twenty-lines-"));
  try {
    const run = () => spawnSync(process.execPath, [program, folder], { encoding: "utf8" });
    const first = run();
    expect(first.stdout, first.stderr).toMatch(
      /^ready {4}tk-\w+ {2}Agree on a schema\nblocked {2}tk-\w+ {2}Let people log in \[/,
    );
    expect(run().stdout.match(/^ready/gm)).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
