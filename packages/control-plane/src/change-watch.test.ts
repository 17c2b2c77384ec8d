import type { AgentFacts } from "@wiggum/workflow";
import { beforeEach, expect, test } from "vitest";
import { createChangeWatch } from "./change-watch.js";

let nowMs: number;
let tip: string;
let glances: Record<string, string | undefined>;
let states: Record<string, string>;
let looks: number;
beforeEach(() => {
  nowMs = 0;
  tip = "c1";
  glances = { "worker-0": "x", "worker-1": "y" };
  states = { "worker-0": "running", "worker-1": "running" };
  looks = 0;
});

const factsOf = (agentId: string) =>
  ({
    agentId,
    isLive: true,
    session: { generation: 1, handle: { agentId, runner: "r", generation: 1, data: {} } },
  }) as unknown as AgentFacts;

function watch() {
  const ids = Object.keys(glances);
  return createChangeWatch({
    clock: { monotonicMs: () => nowMs },
    tickets: { list: async () => ({ tickets: [], asOf: tip, cursor: tip }) as never },
    registry: { list: async () => ids.map(factsOf) },
    runner: { glance: async ({ agentId }) => glances[agentId] },
    async agents() {
      looks += 1;
      return ids.map((agentId) => ({ facts: factsOf(agentId), state: states[agentId] ?? "" }));
    },
  });
}

async function settled() {
  const changes = watch();
  await changes.note();
  await changes.hasChanged();
  nowMs += 5_000;
  await changes.hasChanged();
  looks = 0;
  return changes;
}

test("while nothing happens nobody is looked at", async () => {
  const changes = await settled();
  for (let look = 0; look < 20; look += 1) {
    nowMs += 500;
    expect(await changes.hasChanged()).toBe(false);
  }
  expect(looks).toBe(0);
});

test("a ticket that changed, and an agent that did, are seen at once", async () => {
  const first = await settled();
  tip = "c2";
  expect(await first.hasChanged()).toBe(true);
  const second = await settled();
  states["worker-1"] = "exited";
  glances["worker-1"] = "z";
  expect(await second.hasChanged()).toBe(true);
});

test("what is seen only a while after it was printed is seen, too: a screen has to stand still", async () => {
  const changes = await settled();
  glances["worker-0"] = "printed";
  expect(await changes.hasChanged()).toBe(false);
  nowMs += 1_000;
  states["worker-0"] = "waiting_input";
  expect(await changes.hasChanged()).toBe(true);
});

test("who cannot be glanced at is looked at each time", async () => {
  const changes = await settled();
  glances["worker-0"] = undefined;
  for (let look = 0; look < 20; look += 1) {
    nowMs += 500;
    expect(await changes.hasChanged()).toBe(false);
  }
  expect(looks).toBe(20);
  states["worker-0"] = "exited";
  expect(await changes.hasChanged()).toBe(true);
});
