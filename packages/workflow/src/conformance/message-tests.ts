import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentRunner, Delivery, Message } from "../runner.js";
import type { Kit } from "./agent-runner.js";
import { ensure, ensureSame, until } from "./assertions.js";
import type { Play, Stage } from "./stage.js";

const mostClockMs = 3_600_000;

export function messageTests({ test, createRunner, textOf }: Kit): void {
  const listening = (runner: AgentRunner, stage: Stage) => startListening(runner, stage, textOf);
  // P21, P22
  test("send: what is called delivered or queued reaches the agent, in order and as it was", async (stage) => {
    const runner = createRunner();
    const { play, handle } = await listening(runner, stage);
    const texts = ["Please stop; $(touch pwned) 'now'", 'ü 日本 🦊 \\n "quoted"', "-last `one`"];
    for (const [index, text] of texts.entries()) {
      const delivery = await runner.send(handle, message(index, text));
      ensureHonest(delivery, message(index, text));
      ensure(
        delivery.status === "delivered" || delivery.status === "queued",
        `a listening agent got "${delivery.status}"`,
      );
      if (delivery.status === "delivered") {
        // The program notes what it got a moment after it got it.
        await until("what was called delivered is there", stage.patienceMs, () =>
          play.received().includes(text) ? true : undefined,
        );
      }
    }
    await until("all messages have arrived", stage.patienceMs, () =>
      play.received().length >= texts.length ? true : undefined,
    );
    ensureSame(play.received(), texts, "what the agent got");
  });

  // P21, P22
  test("send: a text of many lines, some of them long or empty, arrives whole and as one", async (stage) => {
    const runner = createRunner();
    const { play, handle } = await listening(runner, stage);
    const texts = [
      "First line.\n\n  Third: $(touch pwned)\n\tlast one",
      "1. one\r\n2. two\n",
      `${"long ".repeat(3_000)}end\n${Array.from({ length: 400 }, (_, line) => `line ${line}`).join("\n")}`,
    ];
    for (const [index, text] of texts.entries()) {
      ensureHonest(await runner.send(handle, message(index, text)), message(index, text));
      // One after the other: what is missing is not waited for in vain behind what came.
      await until(`message ${index + 1} has arrived`, stage.patienceMs, () =>
        play.received().length > index ? true : undefined,
      );
    }
    ensureSame(play.received(), texts, "what the agent got");
  });

  test("send: a line of the inbox file says which message it is, who wrote it, when, and what", async (stage) => {
    const runner = createRunner();
    const { play, handle } = await listening(runner, stage);
    const messages: readonly Message[] = [
      { id: "message-1", from: "worker-3", text: "From a worker." },
      { id: "message-2", from: "person", text: "From a person." },
    ];
    const beforeMs = Date.now();
    for (const [index, one] of messages.entries()) {
      ensureHonest(await runner.send(handle, one), one);
      await until(`message ${index + 1} has arrived`, stage.patienceMs, () =>
        play.received().length > index ? true : undefined,
      );
    }
    // A runner that has other ways to its agents writes none.
    if (!existsSync(play.inboxFile)) return;
    const lines = readFileSync(play.inboxFile, "utf8").trimEnd().split("\n");
    const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    ensureSame(
      found.map(({ id, from, text }) => ({ id, from, text })),
      messages,
      "what stands in the inbox file",
    );
    for (const { id, at } of found) {
      const isTime = typeof at === "string" && /^\d{4}-\d{2}-\d{2}T.*Z$/.test(at);
      const atMs = isTime ? Date.parse(at) : Number.NaN;
      // The clock may be set meanwhile: it is about the day, not about the second.
      const isNow = atMs > beforeMs - mostClockMs && atMs < Date.now() + mostClockMs;
      ensure(isNow, `${String(id)} is said to be written at ${String(at)}`);
    }
  });

  // P21
  test("send: a message sent twice reaches the agent once", async (stage) => {
    const runner = createRunner();
    const { play, handle } = await listening(runner, stage);
    await runner.send(handle, message(1, "the same"));
    ensureHonest(await createRunner().send(handle, message(1, "the same")), message(1, "the same"));
    await runner.send(handle, message(2, "another"));
    await until("the last message has arrived", stage.patienceMs, () =>
      play.received().includes("another") ? true : undefined,
    );
    ensureSame(play.received(), ["the same", "another"], "what the agent got");
  });

  test("send: to a session that has ended it is refused", async (stage) => {
    const runner = createRunner();
    const { order } = stage.play([{ do: "exit", code: 0 }]);
    const handle = await runner.start(order);
    await stage.ended(runner, handle);
    const delivery = await runner.send(handle, message(1, "too late"));
    ensureHonest(delivery, message(1, "too late"));
    ensureSame(delivery.status, "refused", "the answer for an ended session");
  });

  test("interrupt: reaches the program, which may go on", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "catch-interrupt" },
      { do: "note", name: "ready" },
      { do: "wait", name: "end" },
      { do: "exit", code: 6 },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("ready");
    await runner.interrupt(handle);
    await until("the program was interrupted", stage.patienceMs, () => play.has("interrupted") || undefined);
    ensureSame((await runner.observe(handle))[0]?.fact, { kind: "running" }, "the agent afterwards");
    play.go("end");
    ensureSame(await stage.ended(runner, handle), { kind: "exited", code: 6 }, "its own end");
    await runner.interrupt(handle);
  });
}

async function startListening(runner: AgentRunner, stage: Stage, textOf: Kit["textOf"]) {
  const play: Play = stage.play([]);
  const listener = stage.play(
    [
      { do: "listen", inboxFile: play.order.inboxFile },
      { do: "note", name: "ready" },
    ],
    {},
  );
  const handle = await runner.start({ ...listener.order, inboxFile: play.order.inboxFile });
  await listener.reached("ready");
  const inboxFolder = dirname(play.order.inboxFile);
  const received = () => listener.received().map((text) => textOf(text, inboxFolder));
  return { play: { received, inboxFile: play.order.inboxFile }, handle };
}

function message(number: number, text: string): Message {
  return { id: `message-${number}`, from: "person", text };
}

function ensureHonest(delivery: Delivery, { id }: Message): void {
  ensureSame(delivery.messageId, id, "the message that is answered for");
  const said = Object.entries(delivery).find(([name]) =>
    ["proof", "where", "reason", "detail"].includes(name),
  );
  ensure(typeof said?.[1] === "string" && said[1] !== "", `"${delivery.status}" says why`);
}
