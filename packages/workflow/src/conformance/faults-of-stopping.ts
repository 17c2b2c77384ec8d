import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentHandle, AgentRunner, StopReport } from "../runner.js";
import { folderOf, type PlantedFault, processesOf, programsIn, signalAll } from "./fault.js";
import { processesWith, signalIfThere } from "./kit-processes.js";
import { kitFolderVariable } from "./script.js";

const stopped = new Set<string>();
const done: StopReport = { stopped: true, survivors: [], signalled: 1 };

export const stopFaults: readonly PlantedFault[] = [
  brokenStop(
    "kills only the leader",
    [
      "stop: a child is ended with the agent",
      "stop: a child in a session of its own is ended with the agent",
      "stop: a child that belongs to init is ended with the agent",
      "stop: a child that ignores SIGTERM is ended with the agent",
      "stop: a child in a process group of its own is ended with the agent",
      "stop: a child in a session of its own without the agent's variables is ended with the agent",
      "stop: what a program left behind when it exited is ended, too",
      "stop: touches nothing foreign, not even of the same agent id in another project",
      "stop: twice, and twice at once, is as once",
    ],
    async (folder) => signalAll(folder, programsIn(folder), "SIGKILL"),
  ),
  brokenStop(
    "kills only the process group",
    [
      "stop: a child in a session of its own is ended with the agent",
      "stop: a child that belongs to init is ended with the agent",
      "stop: a child in a process group of its own is ended with the agent",
      "stop: a child in a session of its own without the agent's variables is ended with the agent",
      "stop: what a program left behind when it exited is ended, too",
      "stop: touches nothing foreign, not even of the same agent id in another project",
      "stop: twice, and twice at once, is as once",
    ],
    async (folder, handle) => {
      const own = await processesOf(folder, handle);
      const groups = new Set(programsIn(folder).map(groupOf));
      const members = own.filter((pid) => groups.has(groupOf(pid)));
      await signalAll(folder, members, "SIGKILL");
    },
  ),
  brokenStop(
    "never goes beyond SIGTERM",
    [
      "stop: a child that ignores SIGTERM is ended with the agent",
      "stop: a child in a session of its own without the agent's variables is ended with the agent",
    ],
    async (folder, handle) => signalAll(folder, await processesOf(folder, handle), "SIGTERM"),
  ),
  brokenStop(
    "knows its processes by their variables alone",
    ["stop: a child in a session of its own without the agent's variables is ended with the agent"],
    async (folder, handle) => signalAll(folder, await processesOf(folder, handle), "SIGKILL"),
  ),
  {
    name: "stops whatever has the same agent id",
    breaks: ["stop: touches nothing foreign, not even of the same agent id in another project"],
    plant: (good) => ({
      ...good,
      stop: async (handle) => {
        const report = await good.stop(handle);
        const folder = folderOf(handle);
        if (folder !== undefined) await stopNamesakes(dirname(folder), handle);
        return report;
      },
    }),
  },
  {
    name: "stops post-hooks, too",
    breaks: ["stop: a post-hook that the agent's command started goes on"],
    plant: (good) => ({
      ...good,
      stop: async (handle) => {
        const report = await good.stop(handle);
        const folder = folderOf(handle);
        if (folder === undefined) return report;
        const left = await processesWith(`${kitFolderVariable}=${folder}`);
        await signalAll(folder, left, "SIGKILL");
        return report;
      },
    }),
  },
  {
    name: "fails when it is to stop again",
    breaks: [
      "stop: twice, and twice at once, is as once",
      "stop: of an agent that is dead already signals nobody",
    ],
    plant: (good) => ({
      ...good,
      stop: async (handle) => {
        const key = JSON.stringify(handle);
        if (stopped.has(key)) throw new Error("no such session");
        stopped.add(key);
        return good.stop(handle);
      },
    }),
  },
  {
    name: "says stopped without having looked",
    breaks: ["stop: a runner that cannot look does not say that it stopped anything"],
    plant: (good) => ({ ...good, stop: async (handle) => good.stop(handle).catch(() => done) }),
  },
  {
    name: "counts processes that it never signalled",
    breaks: ["stop: of an agent that is dead already signals nobody"],
    plant: (good) => ({
      ...good,
      stop: async (handle) => {
        const report = await good.stop(handle);
        return { ...report, signalled: report.signalled + 1 };
      },
    }),
  },
];

/** Ends something and says that all is gone. Sessions that it knows nothing of are stopped as they should be. */
function brokenStop(
  name: string,
  breaks: readonly string[],
  end: (folder: string, handle: AgentHandle) => Promise<void>,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) => ({
      ...good,
      stop: async (handle) => {
        const folder = folderOf(handle);
        if (folder === undefined || (await isOver(good, handle, folder))) return good.stop(handle);
        await end(folder, handle);
        await settle(folder, handle);
        return done;
      },
    }),
  };
}

/** A stop of what has ended, or was replaced, is another test's matter. */
async function isOver(good: AgentRunner, handle: AgentHandle, folder: string): Promise<boolean> {
  const kind = (await good.observe(handle).catch(() => []))[0]?.fact.kind;
  return kind !== "running" && (await processesOf(folder, handle)).length === 0;
}

/** Gives what was signalled time to end; what was not is still there then. */
async function settle(folder: string, handle: AgentHandle): Promise<void> {
  const giveUpAtMs = performance.now() + 2_000;
  while ((await processesOf(folder, handle)).length > 0 && performance.now() < giveUpAtMs) await sleep(5);
}

async function stopNamesakes(root: string, { agentId, generation }: AgentHandle): Promise<void> {
  const namesakes = await processesWith(`WIGGUM_AGENT_ID=${agentId}`, `WIGGUM_GENERATION=${generation}`);
  for (const pid of namesakes) {
    // Never outside of the test's own folder, broken or not.
    if (readEnvironment(pid).some((variable) => variable.startsWith(`${kitFolderVariable}=${root}/`))) {
      signalIfThere(pid, "SIGKILL");
    }
  }
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function groupOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
  } catch {
    return undefined;
  }
}
