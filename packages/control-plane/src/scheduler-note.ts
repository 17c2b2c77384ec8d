import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import type { ProjectPaths } from "./project-paths.js";

/** Who schedules a project at the moment, for people; that somebody does is said by a kernel lock alone. */
export interface Scheduler {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** The run that budgets are counted for: one that was killed goes on under its name. */
  readonly run?: string | undefined;
}

export const schedulerNote = (stateRoot: string) => join(stateRoot, "supervisor.json");

/** Who schedules this project, as the note says that the scheduler leaves while it lives. */
export function notedScheduler({ stateRoot }: Pick<ProjectPaths, "stateRoot">): Scheduler | undefined {
  const scheduler = readSchedulerNote(schedulerNote(stateRoot));
  return scheduler !== undefined && mayLive(scheduler) ? scheduler : undefined;
}

/** What the note says, whether its process lives or not. */
export function readSchedulerNote(note: string): Scheduler | undefined {
  try {
    const { pid, host, since, run } = JSON.parse(readFileSync(note, "utf8"));
    if (!Number.isInteger(pid)) return undefined;
    const known = { pid, host: printable(String(host)), since: printable(String(since)) };
    return typeof run === "string" ? { ...known, run: printable(run) } : known;
  } catch {
    return undefined; // not there, or not whole
  }
}

/** As far as can be said from here. */
export function mayLive({ pid, host }: Scheduler): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
