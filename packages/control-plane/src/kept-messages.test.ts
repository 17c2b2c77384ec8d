import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Delivery } from "@wiggum/workflow";
import { beforeEach, expect, test } from "vitest";
import { deliverKept, dropKept, keptMessages } from "./kept-messages.js";
import { createMessageWorld } from "./testing/message-world.js";

const ticketId = "tk-aaaa";
const agentId = "worker-0";
let world: ReturnType<typeof createMessageWorld>;
beforeEach(async () => {
  world = createMessageWorld({ ticketId, agentId });
  await world.put({ state: "in-progress", assignedAgentId: agentId });
  await world.start();
});

const busy = (): Partial<Delivery> => ({ status: "refused", reason: "it is busy", isPassing: true });
const taken = (): Partial<Delivery> => ({ status: "delivered", proof: "seen" });

test("what cannot be given now is kept and shown, and given later under the same id, once", async () => {
  world.answers = busy;
  const sent = await world.send("first");
  expect(sent).toEqual({ status: "pending", messageId: sent.messageId, reason: "it is busy" });
  expect(await keptMessages(world.parts)).toEqual([
    {
      id: sent.messageId,
      agentId,
      ticketId,
      from: "person",
      text: "first",
      at: expect.stringMatching(/^\d{4}-/),
      status: "pending",
      reason: "it is busy",
    },
  ]);
  expect(await deliverKept(world.parts)).toEqual([]);
  world.answers = taken;
  // Whoever looks at the same time does not give it a second time.
  const told = await Promise.all([
    deliverKept(world.parts),
    deliverKept(world.parts),
    deliverKept(world.parts),
  ]);
  expect(told.flat()).toEqual([`gave ${agentId} a message that had to wait`]);
  expect(world.got).toEqual([sent.messageId, sent.messageId, sent.messageId]);
  expect(await keptMessages(world.parts)).toEqual([]);
});

test("none overtakes another", async () => {
  world.answers = busy;
  const first = await world.send("first");
  expect(await world.send("second")).toMatchObject({ status: "pending", reason: "it is busy" });
  expect(new Set(world.got)).toEqual(new Set([first.messageId]));
  world.answers = taken;
  expect(await world.send("third")).toMatchObject({ status: "delivered" });
  expect(world.texts.slice(-3)).toEqual(["first", "second", "third"]);
});

test("what will never be taken is refused, and not kept", async () => {
  world.answers = () => ({ status: "refused", reason: "its session has ended" });
  expect(await world.send("late")).toMatchObject({ status: "refused" });
  expect(await keptMessages(world.parts)).toEqual([]);
});

test.each([
  ["its session has ended, and nobody has noted that", () => deliverKept(world.parts)],
  ["the same, and somebody sends another", () => world.send("second")],
])(
  "what is kept stays when it is refused because %s: the agent's next session gets it, once",
  async (_, look) => {
    world.answers = busy;
    const { messageId } = await world.send("first");
    world.answers = () => ({ status: "refused", reason: "its session has ended (exited)", hasEnded: true });
    await look();
    expect((await keptMessages(world.parts))[0]).toMatchObject({
      id: messageId,
      status: "pending",
      reason: "its session has ended (exited)",
    });
    await world.start();
    world.answers = taken;
    expect((await deliverKept(world.parts))[0]).toMatch(
      /^gave worker-0 (a message|2 messages) that had to wait$/,
    );
    expect(world.texts.filter((text) => text === "first")).toHaveLength(3);
    expect(await keptMessages(world.parts)).toEqual([]);
  },
);

test("what is kept and then refused for good is shown as that, and does not stand in the way of others", async () => {
  world.answers = busy;
  await world.send("first");
  await world.send("second");
  world.answers = () =>
    world.texts.at(-1) === "first" ? { status: "refused", reason: "it has no text" } : taken();
  expect(await deliverKept(world.parts)).toEqual([`gave ${agentId} a message that had to wait`]);
  expect(await keptMessages(world.parts)).toMatchObject([{ status: "refused", reason: "it has no text" }]);
  const tries = world.got.length;
  expect(await deliverKept(world.parts)).toEqual([]);
  expect(world.got).toHaveLength(tries);
});

test("an unknown outcome is shown and not tried again; a person may forget it", async () => {
  world.answers = () => ({ status: "unknown", detail: "Enter did nothing" });
  await world.send("perhaps");
  expect(await keptMessages(world.parts)).toMatchObject([{ status: "unknown", reason: "Enter did nothing" }]);
  await deliverKept(world.parts);
  expect(world.got).toHaveLength(1);
  expect(await dropKept(world.parts, agentId)).toBe(1);
  expect(await keptMessages(world.parts)).toEqual([]);
});

test("whoever gave it was killed in the middle: the same session is asked under the same id, another gets nothing", async () => {
  let asItWas = "";
  world.answers = () => {
    asItWas = readFileSync(world.file(), "utf8");
    return taken();
  };
  const { messageId } = await world.send("cut off");
  writeFileSync(world.file(messageId), asItWas);
  await deliverKept(world.parts);
  expect(world.got).toEqual([messageId, messageId]);

  writeFileSync(world.file(messageId), asItWas);
  await world.start();
  await deliverKept(world.parts);
  expect(world.got).toHaveLength(2);
});

test.each([
  ["the ticket is somebody else's", () => world.put({ state: "in-progress", assignedAgentId: "worker-1" })],
  ["the ticket is done", () => world.put({ state: "done", assignedAgentId: agentId })],
  ["the agent was ended for good", () => world.retire()],
])("%s: what waits is forgotten, which is said", async (_, change) => {
  world.answers = busy;
  await world.send("too late");
  const tries = world.got.length;
  await change();
  expect(await keptMessages(world.parts)).toEqual([]);
  world.answers = taken;
  expect(await deliverKept(world.parts)).toEqual([
    `forgot a message for ${agentId}, whose ticket is another now, or done`,
  ]);
  expect(await deliverKept(world.parts)).toEqual([]);
  expect(world.got).toHaveLength(tries);
  expect(
    readdirSync(join(world.parts.paths.messages, agentId)).filter((name) => name.endsWith(".json")),
  ).toEqual([]);
});

test("what lies in an inbox may be unread until the ticket moves on", async () => {
  world.answers = () => ({ status: "queued", where: "/inbox.jsonl", isUnread: true });
  await world.send("read me");
  expect(await keptMessages(world.parts)).toMatchObject([
    { status: "unread", reason: "it lies in /inbox.jsonl, and nobody knows whether it was read" },
  ]);
  await deliverKept(world.parts);
  expect(world.got).toHaveLength(1);
  await world.put({ state: "review", assignedAgentId: agentId });
  expect(await keptMessages(world.parts)).toEqual([]);
});

test("a message without a session that could take it waits for the next one", async () => {
  world.answers = busy;
  await world.send("for whoever goes on");
  await world.end();
  world.answers = taken;
  expect(await deliverKept(world.parts)).toEqual([]);
  expect(await keptMessages(world.parts)).toMatchObject([{ status: "pending" }]);
});
