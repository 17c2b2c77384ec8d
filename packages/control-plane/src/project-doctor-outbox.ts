import { existsSync, renameSync } from "node:fs";
import { printable } from "@wiggum/ticket-core";
import { isUnresolved, isWorkflowError, type OutboxRow, type WorkflowError } from "@wiggum/workflow";
import { fromRoot } from "./init-files.js";
import { endAbandonedRuns, liveAbandonedRuns } from "./noted-runs.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { newUlid } from "./ulid.js";

/** Between SIGTERM and SIGKILL, milliseconds. */
const graceMs = 2_000;

/** Before-hooks that go on although the command that ran them was killed. */
export function examineAbandonedHooks({ paths }: Pick<ProjectParts, "paths">): readonly ProjectFinding[] {
  return liveAbandonedRuns(paths).map(({ what }) => ({
    area: "hooks",
    severity: "warning",
    code: "HOOK_ABANDONED",
    message: `The hook ${what} still runs, although the command that ran it was killed`,
    fix: {
      plan: `end what is left of ${what}`,
      apply: async () => void (await endAbandonedRuns(paths, graceMs)),
    },
  }));
}

/** Post-hooks that wait for a person's decision, and the file that knows of them. */
export async function examineOutbox(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  // Looking into a file that is not there would make it.
  if (!existsSync(parts.paths.outboxDatabase)) return [];
  try {
    return (await parts.outbox.pending()).filter(isUnresolved).map(unresolvedHook);
  } catch (error) {
    if (!isWorkflowError(error, "OUTBOX_BROKEN")) throw error;
    return [brokenOutbox(parts, error)];
  }
}

function unresolvedHook({
  eventId,
  hook,
  ticketId,
  status,
  attempts,
  lastOutput,
}: OutboxRow): ProjectFinding {
  const [said = ""] = (lastOutput ?? "").trim().split("\n");
  return {
    area: "hooks",
    severity: "warning",
    code: status === "parked" ? "HOOK_PARKED" : "HOOK_FAILED",
    id: ticketId,
    message: `The hook ${printable(hook)} of ${ticketId} ${status === "parked" ? "was cut off" : `failed ${attempts} times`}${said === "" ? "" : `: ${printable(said)}`}`,
    hint: `'wiggum hook retry ${eventId} ${hook}' runs it again, 'wiggum hook drop ${eventId} ${hook}' gives it up.`,
  };
}

function brokenOutbox(
  { paths, outbox }: ProjectParts,
  { message, hint, data }: WorkflowError<"OUTBOX_BROKEN">,
): ProjectFinding {
  const file = fromRoot(paths, paths.outboxDatabase);
  const finding = { area: "hooks", severity: "error", code: "OUTBOX_BROKEN", message } as const;
  // Hooks wait in it: they are not given up for a fault that a person can mend.
  if (!data.isReplaceable) return { ...finding, ...(hint === undefined ? {} : { hint }) };
  return {
    ...finding,
    fix: {
      plan: `move ${file} aside; hooks run for what is done from then on`,
      async apply() {
        await outbox.close();
        const aside = `${paths.outboxDatabase}.damaged-${newUlid()}`;
        for (const suffix of ["", "-journal", "-wal", "-shm"]) {
          if (existsSync(paths.outboxDatabase + suffix))
            renameSync(paths.outboxDatabase + suffix, aside + suffix);
        }
      },
    },
  };
}
