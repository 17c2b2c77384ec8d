import { setTimeout as sleep } from "node:timers/promises";
import type { AgentHandle, AgentRunner } from "../runner.js";
import type { Kit } from "./agent-runner.js";
import { until } from "./assertions.js";

/** Between two glances that are to be the same. */
const pauseMs = 150;

export function glanceTests({ test, createRunner }: Kit): void {
  // What it is for cannot be told without it: a runner without `glance` is looked at properly each time.
  if (createRunner().glance === undefined) return;
  test("glance: the same while nothing happens; another after it printed, and after its end", async (stage) => {
    const runner = createRunner();
    const { order, report, go, reached } = stage.play([
      { do: "wait", name: "more" },
      { do: "print", text: "more\n" },
      { do: "note", name: "printed" },
      { do: "wait", name: "end" },
      { do: "exit", code: 0 },
    ]);
    const handle = await runner.start(order);
    await report();
    const steady = (what: string) =>
      until(`${what}: two glances are the same`, stage.patienceMs, () => twice(runner, handle));
    const before = await steady("a program that waits");
    go("more");
    await reached("printed");
    await until("a glance shows that it printed", stage.patienceMs, async () => {
      const glance = await runner.glance?.(handle);
      return glance === before ? undefined : true;
    });
    const printed = await steady("a program that has printed");
    go("end");
    await until("a glance shows that it ended", stage.patienceMs, async () => {
      const glance = await runner.glance?.(handle);
      return glance === printed ? undefined : true;
    });
  });
}

async function twice(runner: AgentRunner, handle: AgentHandle): Promise<string | undefined> {
  const first = await runner.glance?.(handle);
  await sleep(pauseMs);
  return first === (await runner.glance?.(handle)) ? first : undefined;
}
