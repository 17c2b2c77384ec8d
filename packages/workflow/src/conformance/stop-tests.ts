import { drainVariable, outsideSessions } from "../session-mark.js";
import type { Kit } from "./agent-runner.js";
import { ensure, ensureSame } from "./assertions.js";
import { type ChildKind, respondent, sleeper } from "./script.js";

const escapes: readonly (readonly [ChildKind, string])[] = [
  ["plain", "a child"],
  ["setsid", "a child in a session of its own"],
  ["double-fork", "a child that belongs to init"],
  ["ignores-term", "a child that ignores SIGTERM"],
  ["own-group", "a child in a process group of its own"],
  ["bare", "a child in a session of its own without the agent's variables"],
];

export function stopTests({ test, createRunner, createBlindRunner }: Kit): void {
  test("stop: ends the program and says so", async (stage) => {
    const runner = createRunner();
    const play = stage.play([]);
    const handle = await runner.start(play.order);
    await play.report();
    const report = await runner.stop(handle);
    ensureSame([report.stopped, report.survivors], [true, []], "the report");
    ensure(report.signalled >= 1, "somebody was signalled");
    ensureSame(await play.alive(), [], "processes left");
    const [life] = await runner.observe(handle);
    ensure(life?.fact.kind === "exited" || life?.fact.kind === "lost", `observed ${life?.fact.kind}`);
  });

  // P36
  for (const [kind, what] of escapes) {
    test(`stop: ${what} is ended with the agent`, async (stage) => {
      const runner = createRunner();
      const play = stage.play([{ do: "child", name: kind, kind, text: sleeper }]);
      const handle = await runner.start(play.order);
      await play.child(kind);
      const report = await runner.stop(handle);
      ensureSame([report.stopped, report.survivors], [true, []], "the report");
      ensureSame(await play.alive(), [], "processes left");
    });
  }

  // P36
  test("stop: what a program left behind when it exited is ended, too", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "child", name: "orphan", kind: "double-fork", text: sleeper },
      { do: "wait", name: "end" },
      { do: "exit", code: 0 },
    ]);
    const handle = await runner.start(play.order);
    const orphan = await play.child("orphan");
    play.go("end");
    ensureSame(await stage.ended(runner, handle), { kind: "exited", code: 0 }, "how it ended");
    ensure((await play.alive()).includes(orphan), "the orphan outlives the program");
    ensureSame((await runner.stop(handle)).stopped, true, "stopped");
    ensureSame(await play.alive(), [], "processes left");
  });

  // P36
  test("stop: touches nothing foreign, not even of the same agent id in another project", async (stage) => {
    const runner = createRunner();
    const play = stage.play([{ do: "child", name: "setsid", kind: "setsid", text: sleeper }]);
    const other = stage.play([], { project: "other-project" });
    const handle = await runner.start(play.order);
    const foreign = await runner.start(other.order);
    const namesake = await stage.bystander(
      { WIGGUM_AGENT_ID: play.order.agentId, WIGGUM_GENERATION: "1" },
      play.order.cwd,
    );
    const stranger = await stage.bystander({}, play.order.cwd);
    await play.child("setsid");
    await other.report();
    ensureSame((await runner.stop(handle)).stopped, true, "stopped");
    ensureSame(await play.alive(), [], "own processes left");
    await stage.ensureUntouched(namesake, "a process with the same agent id that no session started");
    await stage.ensureUntouched(stranger, "a process in the same folder");
    ensureSame((await runner.observe(foreign))[0]?.fact, { kind: "running" }, "the other project's agent");
  });

  test("stop: a post-hook that the agent's command started goes on", async (stage) => {
    const runner = createRunner();
    const shell = outsideSessions(["sh"]);
    const variables = { [drainVariable]: "1" };
    const play = stage.play([
      { do: "child", name: "hook", kind: "hook", text: respondent, shell, variables },
    ]);
    const handle = await runner.start(play.order);
    const hook = await play.child("hook");
    ensureSame((await runner.stop(handle)).stopped, true, "stopped");
    ensureSame(await play.alive(), [hook], "what is left");
    await stage.ensureUntouched(play.childFile("hook"), "the post-hook");
  });

  test("stop: of a replaced generation leaves the new one alone", async (stage) => {
    const runner = createRunner();
    const old = await runner.start(stage.play([{ do: "exit", code: 0 }]).order);
    await stage.ended(runner, old);
    const next = stage.play([], { generation: 2 });
    const handle = await runner.start(next.order);
    const { pid } = await next.report();
    await runner.stop(old);
    ensure((await next.alive()).includes(pid), "the new generation's program was ended");
    ensureSame((await runner.observe(handle))[0]?.fact, { kind: "running" }, "the new generation");
  });

  test("stop: twice, and twice at once, is as once", async (stage) => {
    const runner = createRunner();
    const play = stage.play([{ do: "child", name: "setsid", kind: "setsid", text: sleeper }]);
    const handle = await runner.start(play.order);
    await play.child("setsid");
    const reports = await Promise.all([runner.stop(handle), createRunner().stop(handle)]);
    reports.push(await runner.stop(handle));
    for (const { stopped, survivors } of reports) ensureSame([stopped, survivors], [true, []], "a report");
    ensureSame(await play.alive(), [], "processes left");
  });

  test("stop: of an agent that is dead already signals nobody", async (stage) => {
    const runner = createRunner();
    const { order } = stage.play([{ do: "exit", code: 3 }]);
    const handle = await runner.start(order);
    await stage.ended(runner, handle);
    // The agent's end is known a moment before all of what surrounded it is gone.
    await runner.stop(handle);
    const { stopped, survivors, signalled } = await runner.stop(handle);
    ensureSame(
      { stopped, survivors, signalled },
      { stopped: true, survivors: [], signalled: 0 },
      "the report",
    );
  });

  // P23
  test("stop: a runner that cannot look does not say that it stopped anything", async (stage) => {
    const play = stage.play([]);
    const handle = await createRunner().start(play.order);
    await play.report();
    const claimed = await createBlindRunner()
      .stop(handle)
      .then(
        (report) => report.stopped,
        () => false,
      );
    ensureSame(claimed && (await play.alive()).length > 0, false, "claims to have stopped what lives");
  });
}
