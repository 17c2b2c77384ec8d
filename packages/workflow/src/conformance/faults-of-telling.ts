import { isWorkflowError } from "../errors.js";
import type { AgentHandle, AgentRunner, Evidence, EvidenceFact } from "../runner.js";
import { folderOf, type PlantedFault, programsIn, signalAll } from "./fault.js";

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
    name: "finds nothing when it cannot look",
    breaks: ["discover: a runner that cannot look does not say that nothing runs"],
    plant: (good) => ({ ...good, discover: (scope) => good.discover(scope).catch(() => []) }),
  },
];

export const outputFaults: readonly PlantedFault[] = [
  changedOutput(
    "gives one line too many",
    [
      "output: the last lines are exact",
      "output: can be read after the end",
      "output: of a program that floods it is bounded, its last lines exact",
      "output: binary is bounded text and breaks nothing",
    ],
    (good, handle, lastLines) => good.output(handle, lastLines + 1),
  ),
  changedOutput(
    "reads however much there is",
    ["output: of a program that floods it is bounded, its last lines exact"],
    async (good, handle, lastLines) => {
      const text = await good.output(handle, lastLines);
      return lastLines > 100_000 && text.includes("line ") ? text.repeat(10) : text;
    },
  ),
  changedOutput(
    "has no output after the end",
    ["output: can be read after the end"],
    async (good, handle, lastLines) =>
      (await good.observe(handle))[0]?.fact.kind === "running" ? good.output(handle, lastLines) : "",
  ),
  {
    name: "follows from the beginning",
    breaks: ["follow: gives what is printed from then on, and ends with the session"],
    plant: (good) => ({
      ...good,
      async *follow(handle, signal) {
        yield `${await good.output(handle, 1_000)}\n`;
        yield* good.follow?.(handle, signal) ?? [];
      },
    }),
  },
];

const allTexts = "send: what is called delivered or queued reaches the agent, in order and as it was";
const onlyOnce = "send: a message sent twice reaches the agent once";

export const messageFaults: readonly PlantedFault[] = [
  {
    name: "says delivered without delivering",
    breaks: [allTexts, onlyOnce],
    plant: (good) => ({
      ...good,
      send: async (handle, { id: messageId }) =>
        unlessEnded(good, handle, messageId, { status: "delivered", messageId, proof: "it was typed" }),
    }),
  },
  {
    name: "queues into the void",
    breaks: [allTexts, onlyOnce],
    plant: (good) => ({
      ...good,
      send: async (handle, { id: messageId }) =>
        unlessEnded(good, handle, messageId, { status: "queued", messageId, where: "nowhere" }),
    }),
  },
  {
    name: "sends a message as often as it is asked to",
    breaks: [onlyOnce],
    plant: (good) => ({
      ...good,
      send: async (handle, message) => {
        const id = `${message.id}-${Math.random()}`;
        return { ...(await good.send(handle, { ...message, id })), messageId: message.id };
      },
    }),
  },
  {
    name: "lets a shell have the message",
    breaks: [allTexts],
    plant: (good) => ({
      ...good,
      send: (handle, message) => good.send(handle, { ...message, text: message.text.replaceAll('"', "") }),
    }),
  },
  {
    name: "queues for an ended session",
    breaks: ["send: to a session that has ended it is refused"],
    plant: (good) => ({
      ...good,
      send: async (handle, message) => {
        const delivery = await good.send(handle, message);
        if (delivery.status !== "refused") return delivery;
        return { status: "queued", messageId: message.id, where: "for later" };
      },
    }),
  },
  {
    name: "interrupts nobody",
    breaks: ["interrupt: reaches the program, which may go on"],
    plant: (good) => ({
      ...good,
      // An old generation is refused as ever: it is never interrupted anyway.
      interrupt: async (handle) => void (await good.observe(handle)),
    }),
  },
  {
    name: "kills instead of interrupting",
    breaks: ["interrupt: reaches the program, which may go on"],
    plant: (good) => ({
      ...good,
      interrupt: async (handle) => {
        await good.observe(handle);
        const folder = folderOf(handle);
        if (folder !== undefined) await signalAll(folder, programsIn(folder), "SIGTERM");
      },
    }),
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

function changedOutput(
  name: string,
  breaks: readonly string[],
  output: (good: AgentRunner, handle: AgentHandle, lastLines: number) => Promise<string>,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) => ({ ...good, output: (handle, lastLines) => output(good, handle, lastLines) }),
  };
}

/** Refuses for an ended session, as it should. @throws STALE_HANDLE as it should */
async function unlessEnded<Answer extends object>(
  good: AgentRunner,
  handle: AgentHandle,
  messageId: string,
  answer: Answer,
) {
  const kind = (await good.observe(handle))[0]?.fact.kind;
  if (kind === "running") return answer;
  return { status: "refused" as const, messageId, reason: "its session has ended" };
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
