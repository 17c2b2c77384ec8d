import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sessionVariables, terminalVariables } from "../agent-command.js";
import type { Kit } from "./agent-runner.js";
import { ensure, ensureRefused, ensureSame } from "./assertions.js";

/** Text that a shell, a terminal or a careless join would change. */
const awkward = [
  "two words",
  "  edges  ",
  `single ' and double " quotes`,
  "line\nend\r\nand\ttab",
  "a;b && c | d > e < f & g",
  "$(touch pwned) `touch pwned` $HOME ${PATH}",
  "back\\slash \\n",
  "*?[a]~!#%",
  "",
  "-n",
  "--",
  "häß 日本 🦊",
];

export function startTests({ test, supports, sample, createRunner }: Kit): void {
  test("abilities: a method is there exactly where the runner says so", async () => {
    ensureSame(sample.contract, 1, "contract");
    ensure(sample.name !== "", "a runner has a name");
    ensureSame(sample.attach !== undefined, supports.attach, "attach is there");
    ensureSame(sample.ask !== undefined, supports.ask, "ask is there");
    ensureSame(sample.answer !== undefined, supports.permissions, "answer is there");
  });

  test("start: the program gets the order's folder and environment and nothing else", async (stage) => {
    const { order, report } = stage.play([], {
      environment: { EMPTY: "", LINES: "a\nb", AWKWARD: `$(id) ' " ; \\`, UMLAUT: "ü" },
    });
    await createRunner().start(order);
    const { cwd, environment } = await report();
    ensureSame(cwd, order.cwd, "folder");
    const added: readonly string[] =
      (supports.terminal ?? supports.attach) ? [...sessionVariables, ...terminalVariables] : sessionVariables;
    const others = Object.entries(environment).filter(([name]) => !added.includes(name));
    ensureSame(Object.fromEntries(others), order.environment, "environment without the session's variables");
    ensureSame(environment["WIGGUM_AGENT_ID"], order.agentId, "WIGGUM_AGENT_ID");
    ensureSame(environment["WIGGUM_GENERATION"], String(order.generation), "WIGGUM_GENERATION");
  });

  test("start: the prompt line is the last argument where none names a placeholder", async (stage) => {
    const { order, report } = stage.play([], { words: ["--model", "fast"] });
    await createRunner().start(order);
    ensureSame((await report()).arguments, ["--model", "fast", order.promptLine], "arguments");
  });

  test("start: {prompt_file} and {prompt_line} are replaced inside arguments, and nothing is added", async (stage) => {
    const { order, report } = stage.play([], { words: ["--read={prompt_file}", "{prompt_line}", "end"] });
    await createRunner().start(order);
    ensureSame(
      (await report()).arguments,
      [`--read=${order.promptFile}`, order.promptLine, "end"],
      "arguments",
    );
  });

  test("start: no shell changes arguments: spaces, quotes, line ends, ; and $() arrive as they are", async (stage) => {
    const { order, report } = stage.play([], { words: awkward, promptLine: `Read "it"; $(touch pwned)` });
    await createRunner().start(order);
    ensureSame((await report()).arguments, [...awkward, order.promptLine], "arguments");
    ensureSame(readdirSync(order.cwd), [], "files in the agent's folder");
  });

  test("start: an agent and generation started twice is one session", async (stage) => {
    const runner = createRunner();
    const { order, report, reports } = stage.play([]);
    const first = await runner.start(order);
    await report();
    ensureSame(await runner.start(order), first, "the second handle");
    await runner.stop(first);
    ensureSame(await runner.start(order), first, "the handle after the end");
    ensureSame(reports().length, 1, "programs started");
  });

  // P29
  test("start: an agent and generation started several times at once is one session", async (stage) => {
    const { order, report, reports } = stage.play([]);
    const handles = await Promise.all(Array.from({ length: 6 }, () => createRunner().start(order)));
    for (const handle of handles) ensureSame(handle, handles[0], "a handle");
    await report();
    for (const handle of handles.slice(0, 1)) await createRunner().stop(handle);
    ensureSame(reports().length, 1, "programs started");
  });

  // P29
  test("start: an agent and generation started from two processes at once is one session", async (stage) => {
    const { order, report, reports } = stage.play([]);
    const barrier = join(stage.root, "barrier");
    const starters = await Promise.all([stage.starter(order, barrier), stage.starter(order, barrier)]);
    writeFileSync(barrier, "");
    const [first, second] = await Promise.all(starters.map((starter) => starter.result));
    ensure(first?.handle !== undefined, `the first process could not start: ${first?.error}`);
    ensureSame(second, first, "the second process' answer");
    await report();
    await createRunner().stop(first.handle);
    ensureSame(reports().length, 1, "programs started");
  });

  test("start: a missing command is refused and leaves nothing behind", async (stage) => {
    const runner = createRunner();
    const absent = join(stage.root, "no-such-program");
    for (const command of [[absent], ["wiggum-no-such-program", "--x"], []]) {
      const { order } = stage.play([], { command });
      const data = await ensureRefused("AGENT_COMMAND_MISSING", () => runner.start(order), "start");
      ensureSame(data.command, command[0] ?? "", "the command that is named");
      ensure(!existsSync(order.stateDirectory), "a refused start made the state directory");
      ensureSame(readdirSync(order.cwd), [], "files in the agent's folder");
    }
    ensureSame(await runner.discover({ stateRoot: stage.stateRoot() }), [], "what runs");
  });

  if (sample.checkCommand !== undefined) {
    test("checkCommand: says whether start would find the program, and starts nothing", async (stage) => {
      const runner = createRunner();
      const { order, reports } = stage.play([]);
      await runner.checkCommand?.(order);
      ensureSame(reports(), [], "programs started");
      const missing = { ...order, command: [join(stage.root, "no-such-program")] };
      await ensureRefused(
        "AGENT_COMMAND_MISSING",
        async () => runner.checkCommand?.(missing),
        "checkCommand",
      );
    });
  }

  if (!supports.resume) {
    test("start: going on with an old session is refused where the runner cannot", async (stage) => {
      const runner = createRunner();
      const { order } = stage.play([], { resume: "an-old-session" });
      await ensureRefused("RUNNER_UNSUPPORTED", () => runner.start(order), "start with resume");
      ensureSame(await runner.discover({ stateRoot: stage.stateRoot() }), [], "what runs");
    });
  }

  test("start: a new generation after the end is a session of its own", async (stage) => {
    const runner = createRunner();
    const first = stage.play([
      { do: "print", text: "first\n" },
      { do: "exit", code: 4 },
    ]);
    const old = await runner.start(first.order);
    await stage.ended(runner, old);
    const second = stage.play(
      [
        { do: "print", text: "second\n" },
        { do: "note", name: "printed" },
      ],
      {
        generation: 2,
      },
    );
    const handle = await runner.start(second.order);
    await second.reached("printed");
    ensureSame(handle.generation, 2, "generation");
    ensureSame((await runner.observe(handle))[0]?.fact, { kind: "running" }, "the new session");
    ensureSame(await runner.output(handle, 10), "second", "what the new session printed");
  });

  test("handle: is plain JSON, and a stored copy of it works", async (stage) => {
    const { order, reached } = stage.play([
      { do: "print", text: "hello\n" },
      { do: "note", name: "printed" },
    ]);
    const runner = createRunner();
    const handle = await runner.start(order);
    const copy = JSON.parse(JSON.stringify(handle)) as typeof handle;
    ensureSame(copy, handle, "the copy");
    const { runner: name, agentId, generation } = copy;
    ensureSame(
      { name, agentId, generation },
      { name: runner.name, agentId: order.agentId, generation: order.generation },
      "what a handle names",
    );
    await reached("printed");
    ensureSame((await runner.observe(copy))[0]?.fact, { kind: "running" }, "observed by the copy");
    ensureSame(await runner.output(copy, 1), "hello", "output by the copy");
    ensure((await runner.stop(copy)).stopped, "stopped by the copy");
  });
}
