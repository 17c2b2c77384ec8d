// A file system with little room, in a mount namespace of our own.
import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { bundleForNode } from "./bundle.fixture.js";
import type { FullDiskReport } from "./full-disk.fixture.js";
import { temporaryFolder } from "./store.fixture.js";

const program = bundleForNode("full-disk.fixture");
const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

/** `$1` node, `$2` program, `$3` an empty folder. One line for each size. */
const script = `
set -e
for size in 1300k 1500k 1900k 2300k 2650k 3601k 3933k 4700k; do
  mount -t tmpfs -o size=$size tmpfs "$3"
  mkdir "$3/items"
  head -c 600000 /dev/zero > "$3/pad"
  "$1" "$2" "$3/items" "$3/pad" 2>&1 | tr "\\n" " "; echo
  umount "$3"
done
`;

// P4 P13 P17
test.skipIf(!canMount)(
  "on a full disk what is refused stays refused, and everything can be read (needs unshare)",
  { timeout: 240_000 },
  () => {
    const mounted = temporaryFolder();
    const args = ["-rm", "sh", "-c", script, "sh", process.execPath, program.path, mounted];
    const output = execFileSync("unshare", args, { encoding: "utf8" });
    const reports = output.trimEnd().split("\n");
    expect(reports).toHaveLength(8);
    for (const report of reports) {
      expect(report).toMatch(/^\{.*\} ?$/);
      const told = JSON.parse(report) as FullDiskReport;
      expect(told.written).toBeGreaterThan(3);
      expect(told).toEqual({
        codes: ["DISK_FULL"],
        written: expect.any(Number),
        unknown: 0,
        refusedButThere: [],
        lost: [],
        twice: [],
        isReadWhileFull: true,
        isStatusKept: true,
      });
    }
  },
);
