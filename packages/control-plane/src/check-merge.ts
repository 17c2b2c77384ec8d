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
  /** Gets all that set-up and checks print, as it comes. Must not throw. */
  readonly record?: ((chunk: string | Buffer) => void) | undefined;
}

/** A check that did not pass. */
export interface FailedCheck {
  readonly command: readonly string[];
  readonly exitCode: number | undefined;
  /** The end of what it printed. */
  readonly output: string;
  /** Command and end in words, without a full stop. */
  readonly what: string;
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
  const failed = await findFailure(checks, commit);
  if (failed === undefined) return;
  const { command, exitCode, output, what } = failed;
  throw new WorkflowError(
    "CHECKS_FAILED",
    `On the combined tree ${what}${output === "" ? "" : `:\n${output}`}`,
    { command, exitCode, output },
    {
      hint: "Nothing was moved. Send the ticket back with this output, or fix the check (checks in config.yaml).",
    },
  );
}

/** The first of the project's checks (or its set-up) that fails on a commit; `undefined` = all pass. As `checkCommit`. */
export async function findFailure(checks: MergeChecks, commit: CommitId): Promise<FailedCheck | undefined> {
  const { git, paths, settings } = checks;
  await sweepScratch(git);
  if (settings.checks.length === 0) return undefined;
  const folder = join(await mkdtemp(join(tmpdir(), prefix)), "tree");
  try {
    await addDetachedWorktree(git, folder, commit);
    await placeDeclaredFiles(paths.root, folder, settings.worktree, [
      paths.controlDirectory,
      paths.worktreesDirectory,
    ]);
    const { setUp, setUpTimeoutMs } = settings.worktree;
    const failedSetUp = setUp && (await runCheck(checks, folder, setUp, setUpTimeoutMs));
    if (failedSetUp !== undefined) return failedSetUp;
    for (const command of settings.checks) {
      const failed = await runCheck(checks, folder, command, settings.checkTimeoutMs);
      if (failed !== undefined) return failed;
    }
    return undefined;
  } finally {
    // Also what left its group: its folder is about to go.
    await endChecksIn(folder);
    await removeScratch(git, folder);
  }
}

async function runCheck(
  { environment: given, record }: MergeChecks,
  folder: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<FailedCheck | undefined> {
  record?.(`$ ${shownCommand(command)}\n`);
  const end = await runProgram({
    command,
    cwd: folder,
    environment: { ...cleanEnvironment(given), [variable]: folder },
    timeoutMs,
    run: folder,
    endsAlone: true,
    record,
  });
  record?.(`\n[${describeEnd(end, timeoutMs)}]\n\n`);
  if (end.exitCode === 0 && !end.isTimeout) return undefined;
  const what = `${shownCommand(command)} ${describeEnd(end, timeoutMs)}`;
  return { command, exitCode: end.exitCode, output: end.output, what };
}

/** A scratch checkout holds a commit and what checks built from it: no work. It is ours alone, made a moment ago under a random name. */
async function removeScratch(git: Git, folder: string): Promise<void> {
  await rm(join(folder, ".."), { recursive: true, force: true, maxRetries: 3 });
  await pruneWorktrees(git);
}

/**
 * Removes scratch checkouts of merges that were killed, and answers where they were. Called under the lock of merges, so that none of them is in use.
 * Their checks ended with them, but for what left their group.
 */
export async function sweepScratch(git: Git): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const { path } of await listWorktrees(git)) {
    const above = join(path, "..");
    if (basename(path) !== "tree" || !basename(above).startsWith(prefix)) continue;
    await endChecksIn(path);
    await removeScratch(git, path);
    swept.push(path);
  }
  return swept;
}

async function endChecksIn(folder: string): Promise<void> {
  await endLeftOver({ marks: [[`${variable}=${folder}`]], runs: [folder] }, graceMs);
}
