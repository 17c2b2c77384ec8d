import { readdirSync } from "node:fs";
import type { AgentHandle, AgentOrder, AgentRunner } from "../runner.js";
import { processesWith, signalIfThere } from "./kit-processes.js";
import { kitFolderVariable } from "./script.js";

/** A defect that the kit must notice, to be planted into a runner that works. */
export interface PlantedFault {
  /** What it does wrong. */
  readonly name: string;
  /** Names of exactly the tests that must fail. */
  readonly breaks: readonly string[];
  /** Gives a runner whose other methods are those of `good`, the very same functions. */
  readonly plant: (good: AgentRunner) => AgentRunner;
}

/** Orders by handle, for faults that need to know what they end; another process' starts are not known. */
const orders = new Map<string, AgentOrder>();

/** The same runner, remembering the orders of its handles: what a fault may be planted into. */
export function remembering(good: AgentRunner): AgentRunner {
  return {
    ...good,
    start: async (order) => {
      const handle = await good.start(order);
      orders.set(JSON.stringify(handle), order);
      return handle;
    },
  };
}

/** The scripted agent's folder; absent for a session that another process started. */
export function folderOf(handle: AgentHandle): string | undefined {
  return orders.get(JSON.stringify(handle))?.environment[kitFolderVariable];
}

/** The inbox file of its order; absent for a session that another process started. */
export function inboxOf(handle: AgentHandle): string | undefined {
  return orders.get(JSON.stringify(handle))?.inboxFile;
}

/** Pids of the scripted agents' own programs, not of their children. */
export function programsIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .map((name) => /^agent-(\d+)\.json$/.exec(name)?.[1])
    .filter((pid) => pid !== undefined)
    .map(Number);
}

/** Pids of the session's processes, as their variables name them. */
export function processesOf(folder: string, { generation }: AgentHandle): Promise<readonly number[]> {
  return processesWith(`${kitFolderVariable}=${folder}`, `WIGGUM_GENERATION=${generation}`);
}

/** Signals those of them that still are processes of that folder. */
export async function signalAll(
  folder: string,
  pids: readonly number[],
  signal: NodeJS.Signals,
): Promise<void> {
  const own = await processesWith(`${kitFolderVariable}=${folder}`);
  for (const pid of pids) if (own.includes(pid)) signalIfThere(pid, signal);
}
