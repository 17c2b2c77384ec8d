// Runs in a mount namespace of its own: a small disk that is full but for a few pages, and one that may only be read.
// Prints `{ findings, counts }` as its last line.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFaultStore } from "./fault-store.mjs";
import { readJournals } from "./journal.mjs";

const pages = process.argv.slice(2).map(Number);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-full-")));
const disk = join(folder, "disk");
mkdirSync(disk);

function mount(...words) {
  const run = spawnSync("mount", [...words, disk], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`mount ${words.join(" ")}: ${run.stderr}`);
}

/** Leaves this many bytes free. */
function fill(path, freeBytes) {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes), 1));
}

mount("-t", "tmpfs", "-o", "size=16m", "wiggum-full");
const store = await makeFaultStore({ place: disk, ticketCount: 2 });
try {
  const findings = [];
  const statuses = new Map();
  const write = async (text) => {
    const effects = [{ kind: "comment", ticket: store.tickets[1], author: "full", text }];
    const { journal, complaint, signal } = await store.start({ effects }).ended;
    const [attempt] = readJournals([journal]).attempts;
    if (attempt === undefined || attempt.status === "killed")
      findings.push(`${text}: the writer fell over, ${signal} ${complaint}`);
    return attempt;
  };
  const filler = join(disk, "filler");
  for (const [free, hasCache] of pages.flatMap((count) => [
    [count, true],
    [count, false],
  ])) {
    // Disposable: a writer may make room by dropping it.
    if (!hasCache) rmSync(join(store.root, "wiggum", "cache"), { recursive: true, force: true });
    fill(filler, free * 4096);
    const status = (await write(`with ${free} free pages, ${hasCache ? "a" : "no"} cache`))?.status;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    rmSync(filler);
    findings.push(...(await store.nextWrite(`a disk with ${free} free pages`)));
  }
  if (!statuses.has("refused")) findings.push("the disk was never full");

  mount("-o", "remount,ro");
  const refused = await write("on a disk that may only be read");
  if (refused?.code !== "STORE_READ_ONLY")
    findings.push(`read-only: the write was ${refused?.status} ${refused?.code} ${refused?.complaint}`);
  mount("-o", "remount,rw");

  const result = await store.judge({ mayComplain: true });
  result.findings.unshift(...findings);
  result.counts.points = 2 * pages.length + 1;
  console.log(JSON.stringify(result));
} finally {
  store.remove();
  spawnSync("umount", ["-l", disk]);
  rmSync(folder, { recursive: true, force: true });
}
