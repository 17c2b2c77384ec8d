// The project that the race runs in: made before, looked at afterwards, removed when nobody works in it any more.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { command, environment } from "./barrier.mjs";

/** Runs the command to its end. @throws when it fails */
function wiggum(project, ...args) {
  const run = spawnSync(command, args, { cwd: project, encoding: "utf8", env: environment });
  if (run.status !== 0) throw new Error(`wiggum ${args.join(" ")} ended with ${run.status}: ${run.stderr}`);
}

/** A temporary folder with a repository and a store in `project`. */
export function makeProject() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-race-")));
  const project = join(folder, "project");
  const run = spawnSync("git", ["init", "-q", "-b", "main", project], { encoding: "utf8", env: environment });
  if (run.status !== 0) throw new Error(`git init ended with ${run.status}: ${run.stderr}`);
  wiggum(project, "init", "--agent", "true");
  return { folder, project };
}

/** The people's view is what the store is, and tickets can be read. Findings in words. */
export function judgeView(project) {
  try {
    wiggum(project, "ticket", "list");
    const status = spawnSync("git", ["status", "--porcelain"], {
      cwd: join(project, ".wiggum", "tickets"),
      encoding: "utf8",
      env: environment,
    });
    if (status.status !== 0) return [`after the race: git status: ${status.stderr.trim()}`];
    return status.stdout === "" ? [] : [`the people's view is not clean: ${status.stdout}`];
  } catch (error) {
    return [`after the race: ${error.message}`];
  }
}

/**
 * Removes the folder once nobody works in it: what runs hooks in the background outlives the command that started it.
 * @throws when it cannot be removed; who has results to tell tells them first
 */
export async function removeWhenQuiet(folder, { waitMs = 20_000 } = {}) {
  const deadline = Date.now() + waitMs;
  while (isInUse(folder) && Date.now() < deadline) await wait(100);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Whether a process names the folder in its arguments or, where the system tells, works in it. */
function isInUse(folder) {
  if (!existsSync("/proc/self/cmdline")) {
    const list = spawnSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" });
    return (list.stdout ?? "").includes(folder);
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .some((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder) ||
          `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)
        );
      } catch {
        // It ended meanwhile, or is somebody else's.
        return false;
      }
    });
}
