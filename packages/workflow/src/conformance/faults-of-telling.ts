import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AgentHandle, AgentRunner } from "../runner.js";
import { folderOf, inboxOf, type PlantedFault, programsIn, signalAll } from "./fault.js";

export const outputFaults: readonly PlantedFault[] = [
  changedOutput(
    "gives one line too many",
    [
      "output: the last lines are exact",
      "output: can be read after the end",
      "output: of a program that floods it is bounded, its last lines exact",
      "output: binary is bounded text and breaks nothing",
      "output: thousands of lines are given where so many are asked for",
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
    "keeps no more than 200 lines",
    ["output: thousands of lines are given where so many are asked for"],
    (good, handle, lastLines) => good.output(handle, Math.min(lastLines, 200)),
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
      follow(handle, signal) {
        // Begun at once: what is printed while the beginning is read is not to be missed, that would be another fault.
        const rest = good.follow?.(handle, signal) ?? [];
        return (async function* () {
          yield `${await good.output(handle, 1_000)}\n`;
          yield* rest;
        })();
      },
    }),
  },
];

const allTexts = "send: what is called delivered or queued reaches the agent, in order and as it was";
const wholeTexts = "send: a text of many lines, some of them long or empty, arrives whole and as one";
const onlyOnce = "send: a message sent twice reaches the agent once";
const sayingWho = "send: a line of the inbox file says which message it is, who wrote it, when, and what";

export const messageFaults: readonly PlantedFault[] = [
  {
    name: "says delivered without delivering",
    breaks: [allTexts, wholeTexts, sayingWho, onlyOnce],
    plant: (good) => ({
      ...good,
      send: async (handle, { id: messageId }) =>
        unlessEnded(good, handle, messageId, { status: "delivered", messageId, proof: "it was typed" }),
    }),
  },
  {
    name: "queues into the void",
    breaks: [allTexts, wholeTexts, sayingWho, onlyOnce],
    plant: (good) => ({
      ...good,
      send: async (handle, { id: messageId }) =>
        unlessEnded(good, handle, messageId, { status: "queued", messageId, where: "nowhere" }),
    }),
  },
  {
    name: "sends a message as often as it is asked to",
    breaks: [onlyOnce, sayingWho],
    plant: (good) => ({
      ...good,
      send: async (handle, message) => {
        const id = `${message.id}-${Math.random()}`;
        return { ...(await good.send(handle, { ...message, id })), messageId: message.id };
      },
    }),
  },
  {
    name: "says of every message that the same one wrote it",
    breaks: [sayingWho],
    plant: (good) => ({
      ...good,
      send: (handle, message) => good.send(handle, { ...message, from: "somebody" }),
    }),
  },
  {
    name: "says of every message that it is old",
    breaks: [sayingWho],
    plant: (good) => ({
      ...good,
      send: async (handle, message) => {
        const delivery = await good.send(handle, message);
        const inboxFile = inboxOf(handle);
        if (delivery.status !== "queued" || inboxFile === undefined) return delivery;
        const lines = readFileSync(inboxFile, "utf8").replace(
          /"at":"[^"]*"/g,
          '"at":"1970-01-01T00:00:00.000Z"',
        );
        // At once: whoever reads it meanwhile misses no line.
        writeFileSync(`${inboxFile}.draft`, lines);
        renameSync(`${inboxFile}.draft`, inboxFile);
        return delivery;
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
  changedText("sends the first line only", (text) => text.split("\n", 1)[0] ?? ""),
  changedText("sends no more than a line of a terminal holds", (text) => text.slice(0, 4_095)),
  changedText("leaves out empty lines", (text) => text.replace(/\n+/g, "\n")),
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

/** A runner whose messages arrive, and are answered for, but not with all of their text. */
function changedText(name: string, change: (text: string) => string): PlantedFault {
  return {
    name,
    breaks: [wholeTexts],
    plant: (good) => ({
      ...good,
      send: (handle, message) => good.send(handle, { ...message, text: change(message.text) }),
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
