import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { addDetachedWorktree, type CommitId, type Git, listWorktrees, pruneWorktrees } from "@wiggum/git";
import { WorkflowError } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { describeEnd, runProgram, shownCommand } from "./bounded-program.js";
import { endLeftOver } from "./end-processes.js";
import type { ProjectPaths } from "./project-paths.js";
import type { StructuredSettings } from "./settings.js";
import { placeDeclaredFiles } from "./worktree-setup.js";

export interface MergeChecks {
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly settings: Pick<StructuredSettings, "checks" | "checkTimeoutMs" | "worktree">;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const prefix = "wiggum-check-";
/** Marks everything that runs for the checks of one scratch checkout. */
const variable = "WIGGUM_CHECK_FOLDER";
const graceMs = 2_000;

/**
 * Runs the project's checks on a commit, in a checkout of its own outside of the project, which is gone afterwards.
 * @throws CHECKS_FAILED with the output of the one that failed
 */
export async function checkCommit(checks: MergeChecks, commit: CommitId): Promise<void> {
  const { git, paths, settings } = checks;
  await sweepScratch(git);
  if (settings.checks.length === 0) return;
  const folder = join(await mkdtemp(join(tmpdir(), prefix)), "tree");
  try {
    await addDetachedWorktree(git, folder, commit);
    await placeDeclaredFiles(paths.root, folder, settings.worktree, [
      paths.controlDirectory,
      paths.worktreesDirectory,
    ]);
    const { setUp, setUpTimeoutMs } = settings.worktree;
    if (setUp !== undefined) await runCheck(checks, folder, setUp, setUpTimeoutMs);
    for (const command of settings.checks) await runCheck(checks, folder, command, settings.checkTimeoutMs);
  } finally {
    await removeScratch(git, folder);
  }
}

async function runCheck(
  checks: MergeChecks,
  folder: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const environment = { ...cleanEnvironment(checks.environment), [variable]: folder };
  const end = await runProgram({
    command,
    cwd: folder,
    environment,
    timeoutMs,
    run: folder,
    endsAlone: true,
  });
  if (end.exitCode === 0 && !end.isTimeout) return;
  if (end.isTimeout) await endChecksIn(folder);
  throw new WorkflowError(
    "CHECKS_FAILED",
    `On the combined tree ${shownCommand(command)} ${describeEnd(end, timeoutMs)}${end.output === "" ? "" : `:\n${end.output}`}`,
    { command, exitCode: end.exitCode, output: end.output },
    {
      hint: "Nothing was moved. Send the ticket back with this output, or fix the check (checks in config.yaml).",
    },
  );
}

/** A scratch checkout holds a commit and what checks built from it: no work. It is ours alone, made a moment ago under a random name. */
async function removeScratch(git: Git, folder: string): Promise<void> {
  await rm(join(folder, ".."), { recursive: true, force: true, maxRetries: 3 });
  await pruneWorktrees(git);
}

/**
 * Scratch checkouts of merges that were killed. Called under the lock of merges, so that none of them is in use. Their checks ended with
 * them, but for what left their group.
 */
async function sweepScratch(git: Git): Promise<void> {
  for (const { path } of await listWorktrees(git)) {
    const above = join(path, "..");
    if (basename(path) !== "tree" || !basename(above).startsWith(prefix)) continue;
    await endChecksIn(path);
    await removeScratch(git, path);
  }
}

async function endChecksIn(folder: string): Promise<void> {
  await endLeftOver({ marks: [[`${variable}=${folder}`]], runs: [folder] }, graceMs);
}
