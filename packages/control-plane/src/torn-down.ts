import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { isWorkflowError, WorkflowError } from "@wiggum/workflow";
import type { Project } from "./project.js";
import type { ProjectPaths } from "./project-paths.js";
import { replaceFile } from "./write-files.js";

// A transition's hooks start agents in their own time: beside a teardown, and after it. Of the transitions that were made before it ended
// the last agent none may start one any more; `wiggum run` starts what their tickets still need.

interface Note {
  /** Transitions whose hooks were not through. */
  readonly events: readonly string[];
}

const noteOf = ({ stateRoot }: ProjectPaths) => join(stateRoot, "teardown.json");

/**
 * Notes every transition whose hooks are not through; `isFirst` forgets those of a former teardown. Whoever starts an agent for one of them
 * reserves its name before it looks into the note: either it finds itself named here, or the agent is in the registry when this is done.
 */
export async function noteTornDown(
  { paths, hooks }: Pick<Project, "paths" | "hooks">,
  { isFirst }: { readonly isFirst: boolean },
): Promise<void> {
  const events = new Set(isFirst ? [] : readNote(paths).events);
  try {
    // Looking into a file that is not there would make it.
    if (!existsSync(paths.outboxDatabase)) return;
    // Runs none, but finds what was committed since somebody last drained.
    await hooks.drain({ limit: 0 });
    for (const { eventId, status } of await hooks.pending())
      if (status === "pending" || status === "started") events.add(eventId);
  } catch (error) {
    // Of an outbox that cannot be read no hook runs.
    if (!isWorkflowError(error, "OUTBOX_BROKEN")) throw error;
  }
  if (events.size > 0) await replaceFile(noteOf(paths), `${JSON.stringify({ events: [...events] })}\n`);
  else rmSync(noteOf(paths), { force: true });
}

/** Was everything ended after this transition, or after the one whose hook made it? */
export function isTornDown(paths: ProjectPaths, eventId: string): boolean {
  return readNote(paths).events.some((event) => eventId === event || eventId.startsWith(`${event}/`));
}

/** A person wants this transition's hooks to be run after all. */
export async function forgetTornDown(paths: ProjectPaths, eventId: string): Promise<void> {
  if (!isTornDown(paths, eventId)) return;
  const events = readNote(paths).events.filter(
    (event) => eventId !== event && !eventId.startsWith(`${event}/`),
  );
  await replaceFile(noteOf(paths), `${JSON.stringify({ events })}\n`);
}

/** @throws SESSION_TORN_DOWN a hook asks for an agent, and everything was ended after its transition */
export function refuseTornDown(
  paths: ProjectPaths,
  environment: Readonly<Record<string, string | undefined>>,
  cause?: unknown,
): void {
  const { WIGGUM_EVENT_ID: eventId, WIGGUM_HOOK_NAME: hook } = environment;
  if (!eventId || !isTornDown(paths, eventId)) return;
  throw new WorkflowError(
    "SESSION_TORN_DOWN",
    `'wiggum teardown' ended the session after what ${printable(hook ?? "this hook")} was run for: no agent is started`,
    { eventId },
    { hint: "'wiggum run' starts whom the ticket needs, 'wiggum spawn <role> <ticket>' one agent.", cause },
  );
}

function readNote(paths: ProjectPaths): Note {
  let text: string;
  try {
    text = readFileSync(noteOf(paths), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { events: [] };
    throw error;
  }
  try {
    const { events } = JSON.parse(text) as Partial<Note>;
    return { events: Array.isArray(events) ? events.map(String) : [] };
  } catch {
    // It is written whole; what somebody else made of it names nothing.
    return { events: [] };
  }
}
