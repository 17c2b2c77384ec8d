import { readFileSync, writeFileSync } from "node:fs";
import { WorkflowError } from "@wiggum/workflow";
import { beforeEach, expect, test } from "vitest";
import { answerAgent } from "./answer-agent.js";
import { deliverKept, keptMessages, sendKept } from "./kept-messages.js";
import type { AgentAnswer } from "./project-messages.js";
import type { ProjectParts } from "./project-parts.js";
import { readUnseen } from "./seen-changes.js";
import { createMessageWorld } from "./testing/message-world.js";
import { newUlid } from "./ulid.js";

const ticketId = "tk-aaaa";
const agentId = "worker-0";
const question = {
  kind: "waiting",
  requestId: "que_1",
  question: "Which colour?",
  asks: "question",
} as const;
const permission = {
  kind: "waiting",
  requestId: "per_1",
  question: "May it: curl?",
  asks: "permission",
} as const;

let world: ReturnType<typeof createMessageWorld>;
beforeEach(async () => {
  world = createMessageWorld({ ticketId, agentId });
  await world.put({ state: "in-progress", assignedAgentId: agentId });
  await world.start();
  world.fact = question;
});

const answer = (said: AgentAnswer, by?: string) => {
  const actor = by === undefined ? { kind: "person", id: "manual" } : { kind: "agent", id: by };
  const parts = {
    ...world.parts,
    types: world.tickets.types,
    settings: { session: "s" },
    caller: { actor, ...(by === undefined ? {} : { agent: { agentId: by } }) },
    writeContext: () => ({ actor, operationId: newUlid() }),
  };
  return answerAgent(parts as unknown as ProjectParts, agentId, said);
};
const fails = (code: "REQUEST_GONE" | "RUNNER_FAILED") => async () => {
  if (code === "REQUEST_GONE") throw new WorkflowError(code, "gone", { requestId: "que_1" });
  throw new WorkflowError(code, "its server does not answer", { runner: "test" });
};

// P21
test("an answer is the answer to what was asked, and an entry of the ticket under the same id", async () => {
  const sent = await answer({ text: "the blue one" });
  expect(sent).toMatchObject({ status: "delivered", ticketId, proof: expect.stringContaining("que_1") });
  expect(world.replies).toEqual([{ requestId: "que_1", reply: { allow: true, text: "the blue one" } }]);
  expect(world.got).toEqual([]);
  const [entry] = await world.tickets.events((await world.tickets.show(ticketId)).ticket);
  expect(entry).toMatchObject({
    id: sent.messageId,
    kind: "answer",
    source: "manual",
    text: "worker-0 asked: Which colour?\n\nthe blue one",
  });
  expect(await keptMessages(world.parts)).toEqual([]);
});

test("a server that does not answer: it is kept, shown and given later, once, and overtakes what waits for the prompt", async () => {
  const agent = await world.parts.registry.read(agentId);
  if (agent === undefined) throw new Error("there is no agent");
  world.answers = () => ({ status: "refused", reason: "it asks", isPassing: true });
  await sendKept(world.parts, agent, { from: "manual", text: "and then rebase" });
  world.onReply = fails("RUNNER_FAILED");
  const sent = await answer({ text: "blue" });
  expect(sent).toMatchObject({ status: "pending", reason: "its server does not answer" });
  expect(
    (await keptMessages(world.parts)).map(({ text, isAnswer, status }) => [text, isAnswer, status]),
  ).toEqual([
    ["and then rebase", undefined, "pending"],
    ["blue", true, "pending"],
  ]);
  expect(await deliverKept(world.parts)).toEqual([]);
  world.onReply = async () => undefined;
  world.answers = () => ({ status: "delivered", proof: "seen" });
  expect(await deliverKept(world.parts)).toEqual([`gave ${agentId} 2 messages that had to wait`]);
  expect(await deliverKept(world.parts)).toEqual([]);
  expect(new Set(world.replies.map(({ requestId }) => requestId))).toEqual(new Set(["que_1"]));
  expect(await keptMessages(world.parts)).toEqual([]);
});

// P22
test("what nobody waits for any more is refused; after a kill in the middle nobody knows; the next session gets nothing of it", async () => {
  world.onReply = fails("REQUEST_GONE");
  expect(await answer({ text: "too late" })).toMatchObject({ status: "refused" });
  expect(await keptMessages(world.parts)).toEqual([]);

  let asItWas = "";
  world.onReply = async () => {
    asItWas = readFileSync(world.file(), "utf8");
  };
  const { messageId } = await answer({ text: "cut off" });
  writeFileSync(world.file(messageId), asItWas);
  world.onReply = fails("REQUEST_GONE");
  await deliverKept(world.parts);
  expect(await keptMessages(world.parts)).toMatchObject([
    { id: messageId, status: "unknown", isAnswer: true },
  ]);

  writeFileSync(world.file(messageId), asItWas);
  const tries = world.replies.length;
  await world.start();
  await deliverKept(world.parts);
  expect(world.replies).toHaveLength(tries);
  expect(world.got).toEqual([]);
  expect(await keptMessages(world.parts)).toMatchObject([{ id: messageId, status: "refused" }]);
});

test.each([
  ["words do not give a permission", permission, { text: "yes" }, undefined],
  ["nor where nobody knows what it is", { ...permission, asks: undefined }, { text: "yes" }, undefined],
  ["an agent gives no permission", permission, { allow: true }, "reviewer-0"],
  ["a question wants words", question, { allow: true }, undefined],
  ["a dialog of its own", { kind: "waiting" }, { allow: true }, undefined],
  ["nothing is said", question, {}, undefined],
] as const)("%s: refused, and nothing is written or given", async (_, fact, said, by) => {
  world.fact = fact;
  const before = await world.text();
  await expect(answer(said, by)).rejects.toMatchObject({ code: "ANSWER_UNSUITABLE" });
  expect([world.replies, world.got]).toEqual([[], []]);
  expect(await world.text()).toBe(before);
});

test("yes and no to a permission; what is asked no more", async () => {
  world.fact = permission;
  await answer({ allow: false, text: "Use fetch." });
  await answer({ allow: true });
  expect(world.replies.map(({ reply }) => reply)).toEqual([
    { allow: false, text: "Use fetch." },
    { allow: true },
  ]);
  expect(await world.text()).toContain("worker-0 asked: May it: curl?\n\nDenied. Use fetch.");
  world.fact = { kind: "busy" };
  await expect(answer({ text: "late" })).rejects.toMatchObject({ code: "NOTHING_ASKED" });
});

test("an agent that stopped, and one that asks without an id, gets the words as a message, which is kept while its prompt is not free", async () => {
  world.fact = { kind: "idle" };
  expect(await answer({ text: "go on" })).toMatchObject({ status: "delivered" });
  world.fact = { kind: "waiting" };
  world.answers = () => ({ status: "refused", reason: "it asks", isPassing: true });
  expect(await answer({ text: "8080" })).toMatchObject({ status: "pending", reason: "it asks" });
  expect(world.replies).toEqual([]);
  expect(world.texts).toEqual(["go on", "8080"]);
});

test("an agent is not held up by its own answer; others' words are news as ever", async () => {
  const backend = world.tickets.backend;
  const seen = (await backend.list({ ids: [] })).cursor;
  const views = { seen: async () => seen, markSeen: async () => undefined };
  const tickets = { ...world.tickets, backend: { ...backend, views } } as unknown as typeof world.tickets;
  const look = async (kind: "agent" | "person") =>
    (await readUnseen(tickets, { viewFolder: "", actor: { kind, id: "somebody" } })).tickets.length;
  await answer({ text: "blue" });
  expect([await look("agent"), await look("person")]).toEqual([0, 1]);
  const write = { actor: { kind: "person", id: "ann" } as const, operationId: newUlid() };
  await world.tickets.addEvent(ticketId, { kind: "comment", source: "ann", text: "Look." }, write);
  expect(await look("agent")).toBe(1);
});
