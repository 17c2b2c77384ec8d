import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isWorkflowError, WorkflowError } from "@wiggum/workflow";
import { exclusively } from "./exclusively.js";
import type { ProjectPaths } from "./project-paths.js";
import { mayLive, readSchedulerNote, type Scheduler, schedulerNote } from "./scheduler-note.js";
import { newUlid } from "./ulid.js";

type Places = Pick<ProjectPaths, "ownersDirectory" | "stateRoot">;

/**
 * Runs `action` as the only one that schedules this project. The lock is the kernel's: after SIGKILL the next one takes over at once.
 * @throws SUPERVISOR_RUNNING another process does, which is named; nothing was done
 */
export async function asOnlySupervisor<Result>(
  places: Places,
  now: () => Date,
  action: () => Promise<Result>,
): Promise<Result> {
  const lock = join(places.ownersDirectory, "supervisor.db");
  const note = schedulerNote(places.stateRoot);
  try {
    return await exclusively(
      lock,
      async () => {
        // A note that is still there is that of a run that was killed: this is the same run, going on.
        const run = readSchedulerNote(note)?.run ?? newUlid();
        writeNote(places, note, { pid: process.pid, host: hostname(), since: now().toISOString(), run });
        try {
          return await action();
        } finally {
          rmSync(note, { force: true });
        }
      },
      0,
    );
  } catch (error) {
    if (!isWorkflowError(error, "PROJECT_BUSY") || error.data.path !== lock) throw error;
    throw running(await readScheduler(note), error);
  }
}

function writeNote({ stateRoot }: Places, note: string, scheduler: Scheduler): void {
  mkdirSync(stateRoot, { recursive: true });
  const draft = `${note}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(scheduler)}\n`);
  renameSync(draft, note);
}

/** The lock is taken a moment before the note is written: one that is missing or names a dead process is looked at again. */
async function readScheduler(note: string): Promise<Scheduler | undefined> {
  for (let tries = 0; tries < 10; tries++) {
    const scheduler = readSchedulerNote(note);
    if (scheduler !== undefined && mayLive(scheduler)) return scheduler;
    await sleep(50);
  }
  return undefined;
}

function running(scheduler: Scheduler | undefined, cause: unknown): WorkflowError<"SUPERVISOR_RUNNING"> {
  const where =
    scheduler === undefined
      ? ""
      : `: process ${scheduler.pid} on ${scheduler.host}, since ${scheduler.since}`;
  const { run: _, ...shown } = scheduler ?? {};
  return new WorkflowError(
    "SUPERVISOR_RUNNING",
    `'wiggum run' is at work on this project already${where}`,
    shown,
    {
      hint:
        scheduler === undefined
          ? "Its terminal shows what it does, 'wiggum status' how things stand. End it with Ctrl-C where it runs, or wait."
          : `Its terminal shows what it does, 'wiggum status' how things stand; 'kill ${scheduler.pid}' on ${scheduler.host} ends it, and agents go on.`,
      cause,
    },
  );
}
