// Whole runs that end otherwise than the demo itself; each file has its own worker.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runDemo } from "./run.mjs";

test("with one ticket left out it ends with another exit code than 0 and says which", () => {
  const program = fileURLToPath(new URL("run.mjs", import.meta.url));
  const run = spawnSync(process.execPath, [program, "--without", "truncate", "--no-crash"], {
    encoding: "utf8",
  });
  expect(run.status).toBe(1);
  expect(run.stdout).not.toContain("All six");
  expect(run.stdout).toContain("  - truncate: 0 tickets ask for it, not one\n");
  expect(run.stdout).toContain('  - on main: truncate: truncate("abcd",4) is not "abcd"\n');
});

// P9 P25 P26 P29
test("killed again and again, the run goes on: nothing is started twice, nothing acknowledged is lost, nothing is left", async () => {
  const { problems } = await runDemo({ seed: 5, agents: 3, keep: false, crash: false, kills: 8 });
  expect(problems).toEqual([]);
});
