import type { AgentHandle, AgentRunner, EvidenceFact } from "../runner.js";
import type { Kit } from "./agent-runner.js";
import { ensure, ensureRefused, ensureSame } from "./assertions.js";
import type { Script } from "./script.js";
import type { Stage } from "./stage.js";

export function observationTests({ test, supports, createRunner, createBlindRunner }: Kit): void {
  test("observe: a running program is running, by the protocol, in its generation", async (stage) => {
    const runner = createRunner();
    const { order, report } = stage.play([], { generation: 3 });
    const handle = await runner.start(order);
    await report();
    const [life] = await runner.observe(handle);
    ensureSame(
      { source: life?.source, fact: life?.fact, generation: life?.generation },
      { source: "protocol", fact: { kind: "running" }, generation: 3 },
      "the first evidence",
    );
    ensure(Number.isFinite(life?.atMs), "evidence has a time");
  });

  if (!supports.structuredState) {
    test("observe: a runner that cannot tell what the agent does claims nothing of it", async (stage) => {
      const runner = createRunner();
      const { order, report } = stage.play([{ do: "print", text: "Shall I? [y/n] " }]);
      const handle = await runner.start(order);
      await report();
      const claimed = (await factsOf(runner, handle)).filter(
        (fact) => fact.kind !== "running" && fact.kind !== "silent",
      );
      ensureSame(claimed, [], "claims about a program that only runs");
    });
  }

  // P23
  test("observe: a probe that fails adds nothing: no end, no idleness", async (stage) => {
    const { order, report } = stage.play([]);
    const handle = await createRunner().start(order);
    await report();
    const facts = await factsOf(createBlindRunner(), handle);
    ensureSame(
      facts.filter((fact) => fact.kind !== "running" && fact.kind !== "silent"),
      [],
      "facts from a failed probe",
    );
    ensureSame((await createRunner().observe(handle))[0]?.fact, { kind: "running" }, "the next probe");
  });

  for (const code of [0, 3]) {
    test(`observe: exit code ${code} is kept`, async (stage) => {
      const script: Script = [
        { do: "wait", name: "end" },
        { do: "exit", code },
      ];
      const fact = await endOf(createRunner(), stage, script, "end");
      ensureSame(fact, { kind: "exited", code }, "how it ended");
    });
  }

  test("observe: the signal that ended the program is kept", async (stage) => {
    const fact = await endOf(createRunner(), stage, [{ do: "kill", signal: "SIGKILL" }]);
    ensureSame([fact.kind, "signal" in fact && fact.signal], ["exited", "SIGKILL"], "how it ended");
  });

  test("observe: a program that exits at once has exited, not vanished", async (stage) => {
    const runner = createRunner();
    for (const command of [
      ["sh", "-c", "exit 5"],
      ["true", "x"],
    ]) {
      const { order } = stage.play([], { command, agentId: `tester-${command.length}` });
      const fact = await stage.ended(runner, await runner.start(order));
      ensureSame(fact, { kind: "exited", code: command[0] === "sh" ? 5 : 0 }, "how it ended");
    }
  });

  test("stale: observe, send and interrupt of a replaced generation are refused", async (stage) => {
    const runner = createRunner();
    const old = await runner.start(stage.play([{ do: "exit", code: 0 }]).order);
    await stage.ended(runner, old);
    const next = stage.play([], { generation: 2 });
    const handle = await runner.start(next.order);
    await next.report();
    const expected = { agentId: "tester-0", generation: 1, current: 2 };
    const message = { id: "m-1", from: "person", text: "too late" };
    // Also for a runner object that saw neither start.
    for (const one of [runner, createRunner()]) {
      ensureSame(await ensureRefused("STALE_HANDLE", () => one.observe(old), "observe"), expected, "observe");
      ensureSame(await ensureRefused("STALE_HANDLE", () => one.send(old, message), "send"), expected, "send");
      ensureSame(
        await ensureRefused("STALE_HANDLE", () => one.interrupt(old), "interrupt"),
        expected,
        "interrupt",
      );
    }
    ensureSame((await runner.observe(handle))[0]?.fact, { kind: "running" }, "the new generation");
  });

  // P28
  test("stale: a generation older than the newest is not started any more", async (stage) => {
    const runner = createRunner();
    const next = stage.play([], { generation: 2 });
    await runner.start(next.order);
    const old = stage.play([]);
    await ensureRefused("STALE_HANDLE", () => runner.start(old.order), "start of generation 1");
    ensureSame(old.reports(), [], "programs started by the old generation");
  });
}

async function endOf(runner: AgentRunner, stage: Stage, script: Script, go?: string): Promise<EvidenceFact> {
  const play = stage.play(script);
  const handle = await runner.start(play.order);
  if (go !== undefined) play.go(go);
  return stage.ended(runner, handle);
}

async function factsOf(runner: AgentRunner, handle: AgentHandle): Promise<readonly EvidenceFact[]> {
  return (await runner.observe(handle)).map((evidence) => evidence.fact);
}
