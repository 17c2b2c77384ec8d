import { systemCode } from "./failures.js";
import { createLinuxProcesses } from "./linux-processes.js";
import type { ToldSession } from "./process-variables.js";
import { createPsProcesses } from "./ps-processes.js";

/** One process as the kernel shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** Session (`setsid`); absent where the system does not tell. */
  readonly sessionId?: number | undefined;
  /** Opaque: together with the pid it names one process for ever; a pid alone is given again. */
  readonly startedAt: string;
  readonly command: string;
  /** `WIGGUM_SESSION_TOKEN` in its environment, as it was when its program was started. */
  readonly token?: string | undefined;
  /** With a token: what else its environment says of the session. */
  readonly told?: ToldSession | undefined;
  /** Soft limit on file locks (`sessionMark`), which children inherit whatever they do; absent = none, or the system does not tell. */
  readonly mark?: string | undefined;
  /** Its environment says that it runs post-hooks or is one: it may outlive the agent whose command started it. */
  readonly isOfHook: boolean;
}

/** What runs on this host. Ended processes that nobody has waited for (zombies) are not listed. */
export interface ProcessTable {
  /** @throws when it cannot be read: that says nothing about any process */
  list(): Promise<readonly ProcessEntry[]>;
  /** @throws when it cannot be read; absent = there is no such process */
  read(pid: number): Promise<ProcessEntry | undefined>;
}

/** A look at what runs on this host: through `/proc` on Linux, through `ps` elsewhere. */
export function createProcessTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  return platform === "linux" ? createLinuxProcesses() : createPsProcesses(platform);
}

/** `gone`: that process has ended (its pid may be another's by now). `refused`: the system did not allow it. */
export type SignalOutcome = "sent" | "gone" | "refused";

/** Signals that very process: its start time is compared just before, so that a pid which was given again is left alone. */
export async function signalProcess(
  processes: ProcessTable,
  entry: ProcessEntry,
  signal: NodeJS.Signals,
): Promise<SignalOutcome> {
  if (entry.pid <= 1 || entry.pid === process.pid) return "refused";
  const current = await processes.read(entry.pid);
  if (current?.startedAt !== entry.startedAt) return "gone";
  try {
    process.kill(entry.pid, signal);
    return "sent";
  } catch (error) {
    return systemCode(error) === "ESRCH" ? "gone" : "refused";
  }
}
