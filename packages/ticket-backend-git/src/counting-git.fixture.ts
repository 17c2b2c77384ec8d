import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./store.fixture.js";

/** A git before the real one on PATH, which notes each of its starts and then is the real one. */
export function countingGit() {
  const folder = temporaryFolder();
  const log = join(folder, "calls");
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(folder, "git"), script, { mode: 0o755 });
  return {
    env: { PATH: `${folder}:${process.env["PATH"]}` },
    /** What it was started with since the last question. */
    takeCalls(): readonly string[] {
      const lines = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
      rmSync(log, { force: true });
      return lines;
    },
  };
}
