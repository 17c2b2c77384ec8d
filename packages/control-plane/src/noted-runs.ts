import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { endProcesses, processesOf, type RunTraces } from "./end-processes.js";
import { createOwner, isOwnerAlive } from "./owner-lock.js";
import type { ProjectPaths } from "./project-paths.js";
import { isUlid } from "./ulid.js";

// A run that must not be repeated beside itself is noted before it begins. The note bears the id of a lock of the running process, so that
// anybody can see whether that process lives. The run's own processes end with it, unless they left its group: those are found by the id.

type Places = Pick<ProjectPaths, "stateRoot" | "ownersDirectory">;

/** A before-hook whose command was killed. */
export interface AbandonedRun {
  readonly runId: string;
  /** In words, for people; control characters escaped. */
  readonly what: string;
}

/** Calls `run` with the id of a run that is noted until it is over. `what`: in words, for people. */
export async function notedRun<Result>(
  places: Places,
  what: string,
  run: (runId: string) => Promise<Result>,
): Promise<Result> {
  const owner = createOwner(places.ownersDirectory);
  const folder = folderOf(places);
  mkdirSync(folder, { recursive: true });
  const note = join(folder, owner.id);
  writeFileSync(note, `${what}\n`);
  try {
    return await run(owner.id);
  } finally {
    // The note first: one without a live process says that the run was abandoned.
    rmSync(note, { force: true });
    owner.release();
  }
}

/** Runs whose process was killed and of which something still goes on. Only looks. */
export function liveAbandonedRuns(places: Places): readonly AbandonedRun[] {
  return abandonedRuns(places).filter(({ runId }) => processesOf(tracesOf(runId)).length > 0);
}

/**
 * Ends what is left of runs whose process was killed. In words what was ended.
 * @returns also the numbers of processes that could not be ended; their notes stay
 */
export async function endAbandonedRuns(
  places: Places,
  graceMs: number,
): Promise<{ readonly ended: readonly string[]; readonly left: readonly number[] }> {
  const ended: string[] = [];
  const left: number[] = [];
  for (const { runId, what } of abandonedRuns(places)) {
    const traces = tracesOf(runId);
    const isThere = processesOf(traces).length > 0;
    const survivors = isThere ? await endProcesses(traces, graceMs) : [];
    left.push(...survivors);
    if (survivors.length > 0) continue;
    if (isThere) ended.push(what);
    rmSync(join(folderOf(places), runId), { force: true });
  }
  return { ended, left };
}

function abandonedRuns(places: Places): readonly AbandonedRun[] {
  const folder = folderOf(places);
  return namesIn(folder).flatMap((runId) => {
    if (!isUlid(runId) || isOwnerAlive(places.ownersDirectory, runId)) return [];
    // It may have come to its end between the two looks: then what it left running was left on purpose.
    const what = textOf(join(folder, runId));
    return what === undefined ? [] : [{ runId, what: printable(what.trim() || "a hook") }];
  });
}

function tracesOf(runId: string): RunTraces {
  return { marks: [[`WIGGUM_HOOK_RUN=${runId}`]], runs: [runId], keepers: [runId] };
}

function folderOf({ stateRoot }: Places): string {
  return join(stateRoot, "before-hooks");
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
