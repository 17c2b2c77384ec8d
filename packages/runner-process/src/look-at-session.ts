import { setTimeout as sleep } from "node:timers/promises";
import type { EvidenceFact } from "@wiggum/workflow";
import type { ProcessEntry, ProcessTable } from "./process-table.js";
import { readExit, readKeeper, type Session } from "./session-files.js";
import { isMember } from "./session-members.js";

export type LifeFact = Extract<EvidenceFact, { kind: "running" | "exited" | "lost" }>;

/** Between two looks that must agree before anybody is called gone: a process that just becomes another program is not seen. */
const secondLookMs = 20;

/**
 * What is certain about a session: its exit status, or that a process of it is there, or that none is and none said goodbye.
 * @throws when processes cannot be looked at
 */
export async function lookAtSession(
  session: Session,
  processes: ProcessTable,
): Promise<{ readonly fact: LifeFact; readonly detail?: string }> {
  const exit = await readExit(session);
  if (exit !== undefined) return { fact: exit };
  const keeperPid = await readKeeper(session);
  const keeper = keeperPid === undefined ? undefined : await processes.read(keeperPid);
  if (keeper !== undefined && keeper.token === session.token) {
    return { fact: { kind: "running" }, detail: `kept by process ${keeper.pid}` };
  }
  for (let look = 0; look < 2; look += 1) {
    if (look > 0) await sleep(secondLookMs);
    const left = (await processes.list()).filter((entry) => isMember(session, entry));
    if (left.length > 0) return { fact: { kind: "running" }, detail: describeOrphans(left) };
  }
  // The keeper may have written it between our first look and its end.
  return { fact: (await readExit(session)) ?? { kind: "lost" } };
}

function describeOrphans(left: readonly ProcessEntry[]): string {
  return `its keeper is gone, so the exit code will not be known; left: ${left.map((entry) => entry.pid).join(", ")}`;
}
