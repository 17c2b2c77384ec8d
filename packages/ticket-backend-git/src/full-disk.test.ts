// A file system with room for a few pages only, in a mount namespace of our own.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { file, makeStore } from "./store.fixture.js";
import type { WorkerOrder } from "./worker.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();
const canMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

/** `$1` node, `$2` program, `$3` order, `$4` the store, `$5` an empty folder. One line for each number of free pages. */
const script = `
set -e
mount -t tmpfs -o size=16m tmpfs "$5"
for pages in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 16 24; do
  rm -rf "$5/store" "$5/filler"
  cp -a "$4" "$5/store"
  dd if=/dev/zero of="$5/filler" bs=4096 2>/dev/null || true
  truncate -s "$(( $(stat -c %s "$5/filler") - pages * 4096 ))" "$5/filler"
  full=$("$1" "$2" "$3" 2>&1 | tr '\\n' ' ') || true
  count=$(git --git-dir="$5/store" rev-list --count main)
  rm "$5/filler"
  free=$("$1" "$2" "$3" 2>&1 | tr '\\n' ' ') || true
  after=$(git --git-dir="$5/store" rev-list --count main)
  fsck=$(git --git-dir="$5/store" fsck --strict --no-dangling 2>&1 | tr '\\n' ' ')
  echo "$pages|$full|$count|$free|$after|$fsck"
done
`;

// P13
test.skipIf(!canMount)(
  "a full disk refuses or writes, never in between, and works again when there is room (needs unshare)",
  {
    timeout: 180_000,
  },
  async () => {
    const store = await makeStore();
    await file(store.backend, "tk-0001");
    const mounted = join(store.folder, "mounted");
    mkdirSync(mounted);
    const order: WorkerOrder = {
      root: join(mounted, "store"),
      name: "full",
      task: "probe",
      tickets: ["tk-0001"],
    };
    const args = [
      "-rm",
      "sh",
      "-c",
      script,
      "sh",
      process.execPath,
      start.program.path,
      JSON.stringify(order),
    ];
    const output = execFileSync("unshare", [...args, store.root, mounted], { encoding: "utf8" });
    const lines = output
      .trimEnd()
      .split("\n")
      .map((line) => line.split("|").map((part) => part.trim()));
    expect(lines).toHaveLength(16);
    for (const [pages, full, count, free, after, fsck] of lines) {
      const isWritten = full === "1 written";
      expect([full, count], `${pages} pages`).toEqual(isWritten ? ["1 written", "3"] : ["1 DISK_FULL", "2"]);
      expect([free, after, fsck], `${pages} pages`).toEqual(["1 written", "3", ""]);
    }
    // Both ends of the range were reached.
    expect(new Set(lines.map(([, full]) => full))).toEqual(new Set(["1 DISK_FULL", "1 written"]));
  },
);
