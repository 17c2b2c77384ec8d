import { statSync } from "node:fs";
import { join } from "node:path";
import { reportsFileName } from "@wiggum/workflow";
import { systemCode } from "./failures.js";
import { readExit, readKeeper, type Session, sessionPaths } from "./session-files.js";

/**
 * Changes whenever what a look at the session would tell may have: its keeper is there, and nothing was printed, reported or written down since.
 * Absent where that proves nothing: before it was started, and when the keeper was killed and what it started may be left.
 */
export async function glanceAtSession(session: Session): Promise<string | undefined> {
  const keeperPid = await readKeeper(session);
  if (keeperPid === undefined) return undefined;
  const isKept = isThere(keeperPid);
  if (!isKept && (await readExit(session)) === undefined) return undefined;
  const { exitStatus, replacedBy, output } = sessionPaths(session.stateDirectory);
  const files = [exitStatus, replacedBy, output, join(session.stateDirectory, reportsFileName)];
  return [session.token, isKept, ...files.map(stampOf)].join(" ");
}

/** Synchronous: a few reads from the kernel's memory, which threads would make dearer. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "-" : `${found.ino}:${found.size}:${found.mtimeMs}`;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
