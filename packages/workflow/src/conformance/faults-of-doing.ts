import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { agentArguments } from "../agent-command.js";
import type { AgentHandle, AgentOrder, AgentRunner, StopReport } from "../runner.js";
import { folderOf, type PlantedFault, processesOf, programsIn, signalAll } from "./fault.js";
import { processesWith } from "./kit-processes.js";
import { kitFolderVariable } from "./script.js";

let starts = 0;

export const startFaults: readonly PlantedFault[] = [
  changedOrder(
    "leaks the starter's environment",
    ["start: the program gets the order's folder and environment and nothing else"],
    (order) => ({
      ...order,
      environment: { LEAKED: "secret", ...order.environment },
    }),
  ),
  {
    name: "uses a shell",
    breaks: ["start: no shell changes arguments: spaces, quotes, line ends, ; and $() arrive as they are"],
    plant: (good) => ({
      ...good,
      start: async (order) => {
        await good.checkCommand?.(order);
        const words = [order.command[0], ...agentArguments(order)].map((word) => `"${word}"`);
        // Variables that this shell adds are another fault.
        const command = ["/bin/sh", "-c", `exec env -u PWD -u OLDPWD -u SHLVL -u _ ${words.join(" ")}`];
        return good.start({ ...order, command });
      },
    }),
  },
  changedOrder(
    "appends the prompt line to arguments that name it",
    ["start: {prompt_file} and {prompt_line} are replaced inside arguments, and nothing is added"],
    (order) => {
      const [program = "", ...given] = order.command;
      if (!given.some((word) => word.includes("{prompt_"))) return order;
      return { ...order, command: [program, ...agentArguments(order), order.promptLine, "{prompt_line}"] };
    },
  ),
  changedOrder(
    "starts twice",
    [
      "start: an agent and generation started twice is one session",
      "start: an agent and generation started several times at once is one session",
      "start: an agent and generation started from two processes at once is one session",
    ],
    (order) => {
      starts += 1;
      return { ...order, stateDirectory: `${order.stateDirectory}-${process.pid}-${starts}` };
    },
  ),
  {
    name: "leaves a folder behind when the command is missing",
    breaks: ["start: a missing command is refused and leaves nothing behind"],
    plant: (good) => ({
      ...good,
      start: async (order) => {
        if (order.resume === undefined) mkdirSync(order.stateDirectory, { recursive: true });
        return good.start(order);
      },
    }),
  },
  changedOrder(
    "ignores that an old session was to go on",
    ["start: going on with an old session is refused where the runner cannot"],
    ({ resume: _, ...order }) => order,
  ),
  {
    name: "takes a new generation for the old session",
    breaks: [
      "start: a new generation after the end is a session of its own",
      "stale: observe, send and interrupt of a replaced generation are refused",
      "stop: of a replaced generation leaves the new one alone",
    ],
    plant: (good) => ({
      ...good,
      start: async (order) => {
        const key = `${dirname(order.stateDirectory)} ${order.agentId}`;
        const known = sessionsByAgent.get(key) ?? (await good.start(order));
        // An older generation than the known one is refused as ever.
        if (known.generation > order.generation) return good.start(order);
        sessionsByAgent.set(key, known);
        return known;
      },
    }),
  },
  {
    name: "hides half of its handle from JSON",
    breaks: [
      "start: an agent and generation started from two processes at once is one session",
      "handle: is plain JSON, and a stored copy of it works",
      "discover: finds what runs below the given folder, and nothing that has ended",
    ],
    plant: (good) => ({
      ...good,
      start: async (order) => {
        const { data, ...rest } = await good.start(order);
        return Object.defineProperty({ ...rest, data: {} } as AgentHandle, "data", {
          value: data,
          enumerable: false,
        });
      },
    }),
  },
  {
    name: "pretends to be watchable",
    breaks: ["abilities: a method is there exactly where the runner says so"],
    plant: (good) => ({ ...good, attach: async () => [] }),
  },
];

const sessionsByAgent = new Map<string, AgentHandle>();
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
    ["stop: a child that ignores SIGTERM is ended with the agent"],
    async (folder, handle) => signalAll(folder, await processesOf(folder, handle), "SIGTERM"),
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

function changedOrder(
  name: string,
  breaks: readonly string[],
  change: (order: AgentOrder) => AgentOrder,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) => ({ ...good, start: (order) => good.start(change(order)) }),
  };
}

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
      process.kill(pid, "SIGKILL");
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
