import { setTimeout as sleep } from "node:timers/promises";
import type { StopReport } from "@wiggum/workflow";
import { printable } from "./failures.js";
import { type ProcessEntry, type ProcessTable, signalProcess } from "./process-table.js";
import { readExit, type Session } from "./session-files.js";
import { createMemberSearch, isMember, nameOf } from "./session-members.js";

export interface StopTimes {
  /** Between SIGTERM and SIGKILL. */
  readonly terminateWaitMs: number;
  /** After the first SIGKILL; what lives then is reported. */
  readonly killWaitMs: number;
}

/** Between two looks. */
const pollMs = 20;
/** So long the keeper may take to write the exit status down once its agent is gone. */
const keeperWaitMs = 2_000;

/**
 * Ends all processes of a session: SIGTERM, then SIGKILL for those that stay, until nothing is found twice. Each is signalled alone,
 * after a comparison of its start time; never a group, which may have got foreign members.
 * @throws when processes cannot be looked at
 */
export async function stopSession(
  session: Session,
  processes: ProcessTable,
  times: StopTimes,
): Promise<StopReport> {
  const caller = await callerWithin(session, processes);
  const search = createMemberSearch(session, processes);
  const signalled = new Set<string>();
  const asked = new Set<string>();
  const killFromMs = performance.now() + times.terminateWaitMs;
  // From the first SIGKILL on: on a busy machine the look before it may have taken longer than all that time.
  let giveUpAtMs = Number.POSITIVE_INFINITY;
  let keeperAloneSinceMs: number | undefined;
  let left: readonly ProcessEntry[] = [];
  let looksWithoutAny = 0;

  const signal = async (entry: ProcessEntry, name: NodeJS.Signals) => {
    const outcome = await signalProcess(processes, entry, name);
    if (outcome === "sent") signalled.add(nameOf(entry));
  };

  while (looksWithoutAny < 2) {
    const found = await search();
    const { others } = found;
    // Around a caller that ends its own agent the keeper stays, and writes down how that ends.
    const keeper = caller === undefined ? found.keeper : undefined;
    const nowMs = performance.now();
    left = [...others, ...(keeper === undefined ? [] : [keeper])];
    looksWithoutAny = left.length === 0 ? looksWithoutAny + 1 : 0;
    if (nowMs > giveUpAtMs) break;
    if (nowMs >= killFromMs) giveUpAtMs = Math.min(giveUpAtMs, nowMs + times.killWaitMs);
    for (const entry of others) {
      if (nowMs >= killFromMs) {
        await signal(entry, "SIGKILL");
      } else if (!asked.has(nameOf(entry))) {
        asked.add(nameOf(entry));
        await signal(entry, "SIGTERM");
        // A stopped process (Ctrl-Z) gets the message only when it goes on.
        await signal(entry, "SIGCONT");
      }
    }
    // The keeper goes last and by itself: it writes down how the agent ended.
    keeperAloneSinceMs = others.length > 0 ? undefined : (keeperAloneSinceMs ?? nowMs);
    if (
      keeper !== undefined &&
      keeperAloneSinceMs !== undefined &&
      nowMs - keeperAloneSinceMs > keeperWaitMs
    ) {
      await signal(keeper, "SIGKILL");
    }
    await sleep(pollMs);
  }
  const exit = await readExit(session);
  const survivors = [...left, ...(caller === undefined ? [] : [caller])];
  return {
    stopped: survivors.length === 0,
    survivors: survivors.map(({ pid, command }) => ({ pid, command: printable(command).slice(0, 200) })),
    signalled: signalled.size,
    ...(exit?.code === undefined ? {} : { exitCode: exit.code }),
  };
}

/** The calling process, if it belongs to the agent that it stops: never signalled, but told. */
async function callerWithin(session: Session, processes: ProcessTable): Promise<ProcessEntry | undefined> {
  const own = await processes.read(process.pid);
  return own !== undefined && isMember(session, own) ? own : undefined;
}
