// Where tests work and what they share, so that the time of a run is spent on what is tested.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
/** The tests fill less than half of it at any time. */
const wantedBytes = 4 * 2 ** 30;

/**
 * The environment of a run, and what takes its folders away again. Temporary files lie in memory where there is room (unless TMPDIR says where):
 * thousands of small repositories come and go. And programs that tests start share their compiled code: each would compile itself otherwise, from
 * TypeScript or not, which takes longer than most of them run.
 */
export function testEnvironment() {
  const { TMPDIR: chosen } = process.env;
  const folder = chosen || (isRoomy(memory) ? memory : tmpdir());
  const compiled = mkdtempSync(join(folder, "wiggum-compiled-"));
  return {
    variables: { ...process.env, TMPDIR: folder, NODE_COMPILE_CACHE: compiled },
    remove: () => rmSync(compiled, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Is there so much room in that folder and in the memory behind it, and may programs lie in it? */
function isRoomy(path) {
  try {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < wantedBytes || freemem() < 2 * wantedBytes) return false;
    return mayRunFrom(path);
  } catch {
    return false;
  }
}

function mayRunFrom(path) {
  const folder = mkdtempSync(join(path, "wiggum-probe-"));
  try {
    const program = join(folder, "program");
    writeFileSync(program, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    return spawnSync(program).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
