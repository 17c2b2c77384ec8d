import { lastSyncAttempt } from "@wiggum/ticket-backend-git";
import { drainVariable } from "@wiggum/workflow";
import { sandboxVariable } from "./hook-environment.js";
import { wakeDrain } from "./hook-wake.js";
import type { ProjectParts } from "./project-parts.js";
import { storageReason } from "./storage-errors.js";

/** What the process that is started runs. */
const order = ["ticket", "sync", "--if-due"];

/** Has the interval passed since a sync was last tried? Reads one small file. */
export function isSyncDue({
  paths,
  settings,
  clock,
}: Pick<ProjectParts, "paths" | "settings" | "clock">): boolean {
  if (settings.upstream === undefined) return false;
  const lastMs = lastSyncAttempt(paths.ticketStore);
  const sinceMs = lastMs === undefined ? undefined : clock.now().getTime() - lastMs;
  // A clock that was put back must not stop the syncs for as long as it was put back by.
  return sinceMs === undefined || sinceMs < 0 || sinceMs >= settings.upstream.intervalMs;
}

/** At the end of a command: if it is time, a process that nobody waits for exchanges with the upstream. Never fails. */
export async function wakeSync(parts: ProjectParts, command: readonly string[] | undefined): Promise<void> {
  const { settings, caller, environment, paths } = parts;
  if (settings.upstream === undefined || command === undefined || parts.faults.length > 0) return;
  const isSupervisor = caller.actor.kind === "supervisor" && caller.agent === undefined;
  // The scheduler does it itself; what is started below does nothing else; a sandbox ends what a command leaves behind.
  if (isSupervisor || environment[drainVariable] || environment[sandboxVariable]) return;
  if (!isSyncDue(parts)) return;
  try {
    await wakeDrain({ paths, wiggumCommand: command, environment, order });
  } catch (error) {
    // The command is done: the next one tries again.
    if (storageReason(error) === undefined) throw error;
  }
}
