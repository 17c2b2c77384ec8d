import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { printable, type TicketId } from "@wiggum/ticket-core";
import type { ProjectPaths } from "./project-paths.js";
import { mayLive } from "./scheduler-note.js";

/** What the merge queue is at, for people. JSON-safe. */
export interface MergeQueueStatus {
  /** Tested together at this moment; none = the base branch by itself. */
  readonly testing: readonly TicketId[];
  /** Done tickets that come after these. */
  readonly waiting: readonly TicketId[];
  /** When the test began, ISO 8601. */
  readonly since: string;
  /** Where its output goes, absolute; `null` = it could not be written. */
  readonly log: string | null;
  readonly pid: number;
  readonly host: string;
}

const noteIn = ({ stateRoot }: Pick<ProjectPaths, "stateRoot">) => join(stateRoot, "merge-queue.json");

/** What the queue says that it is at; `undefined` = nothing is tested, or its process is gone. */
export function notedMergeQueue(paths: Pick<ProjectPaths, "stateRoot">): MergeQueueStatus | undefined {
  try {
    const { pid, host, since, log, testing, waiting } = JSON.parse(readFileSync(noteIn(paths), "utf8"));
    if (!Number.isInteger(pid) || !Array.isArray(testing) || !Array.isArray(waiting)) return undefined;
    const words = (list: readonly unknown[]) => list.map((id) => printable(String(id)));
    const note: MergeQueueStatus = {
      testing: words(testing),
      waiting: words(waiting),
      since: printable(String(since)),
      log: typeof log === "string" ? printable(log) : null,
      pid,
      host: printable(String(host)),
    };
    return mayLive(note) ? note : undefined;
  } catch {
    return undefined; // not there, or not whole
  }
}

/** Says what is tested from now on. Nothing depends on it: where it cannot be written, people see less. */
export function noteMergeQueue(
  paths: Pick<ProjectPaths, "stateRoot">,
  queue: Omit<MergeQueueStatus, "pid" | "host">,
): void {
  const note = noteIn(paths);
  const draft = `${note}.${process.pid}`;
  try {
    mkdirSync(paths.stateRoot, { recursive: true });
    writeFileSync(draft, `${JSON.stringify({ ...queue, pid: process.pid, host: hostname() })}\n`);
    renameSync(draft, note);
  } catch {
    rmSync(draft, { force: true });
  }
}

/** Nothing is tested any more. */
export function endMergeQueueNote(paths: Pick<ProjectPaths, "stateRoot">): void {
  rmSync(noteIn(paths), { force: true });
}
