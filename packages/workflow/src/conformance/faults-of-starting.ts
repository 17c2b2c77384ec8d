import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { agentArguments } from "../agent-command.js";
import type { AgentHandle, AgentOrder } from "../runner.js";
import type { PlantedFault } from "./fault.js";

let starts = 0;
const sessionsByAgent = new Map<string, AgentHandle>();

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
