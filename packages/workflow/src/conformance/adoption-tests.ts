import type { Kit } from "./agent-runner.js";
import { ensure, ensureSame, until } from "./assertions.js";
import { sleeper } from "./script.js";

/** More agents than a runner would think of that only ever saw two. */
const many = 8;

export function adoptionTests({ test, createRunner, createBlindRunner }: Kit): void {
  test("discover: finds what runs below the given folder, and nothing that has ended", async (stage) => {
    const runner = createRunner();
    const first = stage.play([]);
    const second = stage.play([], { agentId: "tester-1", generation: 2 });
    const ended = stage.play([{ do: "exit", code: 0 }], { agentId: "tester-2" });
    const foreign = stage.play([], { project: "other-project" });
    const handles = [await runner.start(first.order), await runner.start(second.order)];
    await stage.ended(runner, await runner.start(ended.order));
    await runner.start(foreign.order);
    for (const play of [first, second, foreign]) await play.report();
    const found = await runner.discover({ stateRoot: stage.stateRoot() });
    const byName = (one: { agentId: string }, other: { agentId: string }) =>
      one.agentId < other.agentId ? -1 : 1;
    ensureSame(found.toSorted(byName), handles.toSorted(byName), "what runs");
    ensureSame(
      await runner.discover({ stateRoot: `${stage.stateRoot()}-absent` }),
      [],
      "in an absent folder",
    );
  });

  test("discover: finds all of many agents", async (stage) => {
    const runner = createRunner();
    // Small programs: it is their number that counts.
    const plays = Array.from({ length: many }, (_, number) =>
      stage.play([], { agentId: `tester-${number}`, command: ["sh", "-c", "exec sleep 180"] }),
    );
    const handles = await Promise.all(plays.map(({ order }) => runner.start(order)));
    for (const handle of handles) {
      await until(`${handle.agentId} runs`, stage.patienceMs, async () => {
        const [life] = await runner.observe(handle);
        return life?.fact.kind === "running" || undefined;
      });
    }
    const found = await runner.discover({ stateRoot: stage.stateRoot() });
    // Whether one is told twice is for another rule to say.
    ensureSame(
      [...new Set(found.map(({ agentId }) => agentId))].toSorted(),
      plays.map(({ order }) => order.agentId),
      "the agents that run",
    );
  });

  // P23
  test("discover: a runner that cannot look does not say that nothing runs", async (stage) => {
    const play = stage.play([]);
    await createRunner().start(play.order);
    await play.report();
    const answer = await createBlindRunner()
      .discover({ stateRoot: stage.stateRoot() })
      .then(
        (found) => found.length,
        () => "refused" as const,
      );
    ensure(answer !== 0, "an empty list means that nothing runs, and something does");
  });

  // P26
  test("adoption: an agent outlives its starter's SIGKILL, and another process observes, reads and writes to it", async (stage) => {
    const play = stage.play([
      { do: "print", text: "started\n" },
      { do: "note", name: "started" },
      { do: "wait", name: "end" },
      { do: "exit", code: 3 },
    ]);
    const starter = await stage.starter(play.order);
    const { handle, error } = await starter.result;
    ensure(handle !== undefined, `the starter could not start: ${error}`);
    await play.reached("started");
    await starter.kill();

    const runner = createRunner();
    const [found, ...more] = await runner.discover({ stateRoot: stage.stateRoot() });
    ensure(found !== undefined && more.length === 0, "exactly the adopted agent is discovered");
    ensureSame(
      [found.agentId, found.generation, found.runner],
      [play.order.agentId, 1, runner.name],
      "what is discovered",
    );
    ensureSame((await runner.observe(found))[0]?.fact, { kind: "running" }, "the adopted agent");
    ensureSame(await runner.output(found, 1), "started", "its output");
    play.go("end");
    ensureSame(await stage.ended(runner, found), { kind: "exited", code: 3 }, "how it ended");
  });

  // P26, P36
  test("adoption: an agent whose starter was killed can be stopped by another process, all of it", async (stage) => {
    const play = stage.play([
      { do: "child", name: "setsid", kind: "setsid", text: sleeper },
      { do: "child", name: "orphan", kind: "double-fork", text: sleeper },
    ]);
    const starter = await stage.starter(play.order);
    ensure((await starter.result).handle !== undefined, "the starter could not start");
    await play.child("setsid");
    await play.child("orphan");
    await starter.kill();

    const runner = createRunner();
    const [found] = await runner.discover({ stateRoot: stage.stateRoot() });
    ensure(found !== undefined, "the adopted agent is not discovered");
    ensureSame((await runner.stop(found)).stopped, true, "stopped");
    ensureSame(await play.alive(), [], "processes left");
    ensureSame(await runner.discover({ stateRoot: stage.stateRoot() }), [], "what runs afterwards");
  });
}
