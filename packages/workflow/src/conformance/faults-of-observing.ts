import { isWorkflowError } from "../errors.js";
import type { AgentHandle, Evidence, EvidenceFact } from "../runner.js";
import type { PlantedFault } from "./fault.js";

export const observationFaults: readonly PlantedFault[] = [
  changedFacts(
    "loses the exit code",
    [
      "observe: exit code 0 is kept",
      "observe: exit code 3 is kept",
      "observe: the signal that ended the program is kept",
      "observe: a program that exits at once has exited, not vanished",
      "stop: what a program left behind when it exited is ended, too",
      "interrupt: reaches the program, which may go on",
      "adoption: an agent outlives its starter's SIGKILL, and another process observes, reads and writes to it",
    ],
    (fact) => (fact.kind === "exited" ? { kind: "exited" } : fact),
  ),
  changedFacts(
    "takes a signal for an exit code",
    ["observe: the signal that ended the program is kept"],
    (fact) => (fact.kind === "exited" && fact.signal !== undefined ? { kind: "exited", code: 1 } : fact),
  ),
  {
    name: "reports dead on a failed probe",
    breaks: ["observe: a probe that fails adds nothing: no end, no idleness"],
    plant: (good) => ({
      ...good,
      observe: async (handle) => {
        const seen = await good.observe(handle);
        return seen.length > 0 ? seen : [evidence(handle, { kind: "lost" })];
      },
    }),
  },
  {
    name: "calls a quiet program idle",
    breaks: ["observe: a runner that cannot tell what the agent does claims nothing of it"],
    plant: (good) => ({
      ...good,
      observe: async (handle) => {
        const seen = await good.observe(handle);
        return seen[0]?.fact.kind === "running" ? [...seen, evidence(handle, { kind: "idle" })] : seen;
      },
    }),
  },
  {
    name: "dates evidence into another generation",
    breaks: ["observe: a running program is running, by the protocol, in its generation"],
    plant: (good) => ({
      ...good,
      observe: async (handle) => (await good.observe(handle)).map((one) => ({ ...one, generation: 1 })),
    }),
  },
  {
    name: "answers for a replaced generation",
    breaks: ["stale: observe, send and interrupt of a replaced generation are refused"],
    plant: (good) => ({
      ...good,
      observe: (handle) => unlessStale(good.observe(handle), []),
      interrupt: (handle) => unlessStale(good.interrupt(handle), undefined),
    }),
  },
  {
    name: "starts a generation that was replaced",
    breaks: ["stale: a generation older than the newest is not started any more"],
    plant: (good) => ({
      ...good,
      start: (order) =>
        good.start(order).catch((error: unknown) => {
          if (!isWorkflowError(error, "STALE_HANDLE")) throw error;
          return good.start({ ...order, stateDirectory: `${order.stateDirectory}/again/1` });
        }),
    }),
  },
  {
    name: "forgets on restart",
    breaks: [
      "adoption: an agent outlives its starter's SIGKILL, and another process observes, reads and writes to it",
      "adoption: an agent whose starter was killed can be stopped by another process, all of it",
    ],
    plant: (good) => {
      const started = new Set<string>();
      return {
        ...good,
        start: async (order) => {
          const handle = await good.start(order);
          started.add(JSON.stringify(handle));
          return handle;
        },
        discover: async (scope) =>
          (await good.discover(scope)).filter((handle) => started.has(JSON.stringify(handle))),
      };
    },
  },
  {
    name: "discovers what has ended",
    breaks: ["discover: finds what runs below the given folder, and nothing that has ended"],
    plant: (good) => {
      const handles: AgentHandle[] = [];
      return {
        ...good,
        start: async (order) => {
          const handle = await good.start(order);
          handles.push(handle);
          return handle;
        },
        discover: async (scope) => [...new Set([...(await good.discover(scope)), ...handles])],
      };
    },
  },
  {
    name: "discovers three agents at most",
    breaks: ["discover: finds all of many agents"],
    plant: (good) => ({ ...good, discover: async (scope) => (await good.discover(scope)).slice(0, 3) }),
  },
  {
    name: "finds nothing when it cannot look",
    breaks: ["discover: a runner that cannot look does not say that nothing runs"],
    plant: (good) => ({ ...good, discover: (scope) => good.discover(scope).catch(() => []) }),
  },
];

function changedFacts(
  name: string,
  breaks: readonly string[],
  change: (fact: EvidenceFact) => EvidenceFact,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) => ({
      ...good,
      observe: async (handle) =>
        (await good.observe(handle)).map((one) => ({ ...one, fact: change(one.fact) })),
    }),
  };
}

async function unlessStale<Value>(answer: Promise<Value>, instead: Value): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (isWorkflowError(error, "STALE_HANDLE")) return instead;
    throw error;
  }
}

function evidence({ generation }: AgentHandle, fact: EvidenceFact): Evidence {
  return { source: "protocol", fact, atMs: performance.now(), generation };
}
