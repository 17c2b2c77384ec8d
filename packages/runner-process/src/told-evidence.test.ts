import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deriveState, type SessionProfile } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { createProcessRunner } from "./create-process-runner.js";
import { createWorld, until } from "./testing/world.js";

const profile: SessionProfile = {
  name: "teller",
  records: {
    facts: [
      { when: { type: "work" }, fact: "busy" },
      { when: { type: "done" }, fact: "idle" },
    ],
    show: [{ when: { type: "say" }, take: ["text"] }],
  },
};
const waits = { terminateWaitMs: 300, followPollMs: 20 };

test("what a program prints of its work is evidence of the protocol, what its hooks note is evidence of hooks", async () => {
  const world = await createWorld();
  const runner = createProcessRunner(waits);
  const order = world.order(
    ["sh", "-c", `echo '{"type":"done"}'; echo '{"type":"work"}'; echo words; echo $$ > pid; exec sleep 120`],
    { profile },
  );
  const handle = await runner.start(order);
  await world.written("pid");
  const state = async () => {
    const evidence = await runner.observe(handle);
    return deriveState(evidence, { nowMs: performance.now(), generation: 1 });
  };
  expect(await state()).toMatchObject({ state: "busy", why: { source: "protocol" } });

  // Another process reads the same from the folder alone; a report of a hook does not override the protocol.
  const reports = join(order.stateDirectory, "reports.jsonl");
  await writeFile(reports, `{"source":"hook","fact":"idle","at":${Date.now() / 1000}}\n`);
  const facts = (await createProcessRunner(waits).observe(handle)).map(
    ({ source, fact }) => `${source} ${fact.kind}`,
  );
  expect(facts).toEqual(["protocol running", "protocol busy", "hook idle", "timer silent"]);
  await runner.stop(handle);
  expect((await runner.observe(handle)).map(({ fact }) => fact.kind)).toEqual(["exited"]);
});

test("without a profile only hooks speak, and a damaged profile is none", async () => {
  const world = await createWorld();
  const runner = createProcessRunner(waits);
  const order = world.order(["sh", "-c", `echo '{"type":"work"}'; echo $$ > pid; exec sleep 120`]);
  const handle = await runner.start(order);
  await world.written("pid");
  const kinds = async () =>
    (await runner.observe(handle)).map(({ source, fact }) => `${source} ${fact.kind}`);
  expect(await kinds()).toEqual(["protocol running", "timer silent"]);
  await writeFile(join(order.stateDirectory, "program.json"), "{");
  await writeFile(
    join(order.stateDirectory, "reports.jsonl"),
    `{"source":"hook","fact":"waiting","at":1}\n{"source"`,
  );
  expect(await kinds()).toEqual(["protocol running", "hook waiting", "timer silent"]);
  await runner.stop(handle);
});

test("people read words: records by their rules, in the last lines and while they follow", async () => {
  const world = await createWorld();
  const runner = createProcessRunner(waits);
  const say = (text: string) => JSON.stringify({ type: "say", text });
  const order = world.order(
    [
      "sh",
      "-c",
      `cat; until [ -e go ]; do sleep 0.05; done; printf %s '{"type":"say",'; sleep 0.1; echo '"text":"four"}'; echo end`,
    ],
    { profile, standardInput: `${say("one\ntwo")}\n{"type":"work"}\nplain\n${say("three {prompt_line}")}\n` },
  );
  const handle = await runner.start(order);
  await until("it has printed", async () => (await runner.output(handle, 9)).includes("three"));
  expect(await runner.output(handle, 9)).toBe("one\ntwo\nplain\nthree Read the prompt.");
  expect(await runner.output(handle, 2)).toBe("plain\nthree Read the prompt.");
  expect(await runner.output(handle, 0)).toBe("");

  const followed: string[] = [];
  const following = (async () => {
    for await (const piece of runner.follow?.(handle, new AbortController().signal) ?? [])
      followed.push(piece);
  })();
  await appendFile(join(order.cwd, "go"), "");
  await following;
  expect(followed.join("")).toBe("four\nend\n");
  expect(await readFile(join(order.stateDirectory, "output.log"), "utf8")).toContain('{"type":"work"}');
});
