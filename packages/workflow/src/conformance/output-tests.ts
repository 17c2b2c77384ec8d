import type { Kit } from "./agent-runner.js";
import { ensure, ensureSame, until } from "./assertions.js";

/** No caller should ever have to hold more of an agent's output. */
const mostCharacters = 8 * 1024 * 1024;

export function outputTests({ test, sample, createRunner }: Kit): void {
  test("output: can be read while the program runs, both streams", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "print", text: "one\n" },
      { do: "note", name: "one" },
      { do: "wait", name: "more" },
      { do: "print-error", text: "two\n" },
      { do: "note", name: "two" },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("one");
    ensureSame(await runner.output(handle, 10), "one", "output so far");
    play.go("more");
    await play.reached("two");
    ensureSame(await runner.output(handle, 10), "one\ntwo", "output later");
  });

  test("output: the last lines are exact", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "print", text: "first\n\n  third \n\n\nlast, ü 🦊, without a line end" },
      { do: "note", name: "printed" },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("printed");
    const expected: readonly (readonly [number, string])[] = [
      [0, ""],
      [1, "last, ü 🦊, without a line end"],
      [2, "\nlast, ü 🦊, without a line end"],
      [4, "  third \n\n\nlast, ü 🦊, without a line end"],
      [1_000, "first\n\n  third \n\n\nlast, ü 🦊, without a line end"],
    ];
    for (const [lines, text] of expected) {
      ensureSame(await runner.output(handle, lines), text, `the last ${lines} lines`);
    }
  });

  test("output: can be read after the end", async (stage) => {
    const runner = createRunner();
    const { order } = stage.play([
      { do: "print", text: "working\n" },
      { do: "print", text: "done\n" },
      { do: "exit", code: 1 },
    ]);
    const handle = await runner.start(order);
    await stage.ended(runner, handle);
    ensureSame(await runner.output(handle, 2), "working\ndone", "output after the end");
    ensureSame(await createRunner().output(handle, 1), "done", "output for another runner object");
  });

  test("output: of a program that floods it is bounded, its last lines exact", async (stage) => {
    const runner = createRunner();
    const lines = 300_000;
    const play = stage.play([
      { do: "flood", lines },
      { do: "note", name: "flooded" },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("flooded");
    const last = [lines - 1, lines].map((number) => `line ${number} `.padEnd(100, "."));
    ensureSame(await runner.output(handle, 2), last.join("\n"), "the last two lines");
    const all = await runner.output(handle, lines);
    ensure(all.length <= mostCharacters, `${all.length} characters are too much at once`);
    ensure(all.endsWith(last.join("\n")), "what is cut is the beginning");
  });

  test("output: thousands of lines are given where so many are asked for", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "flood", lines: 3_000 },
      { do: "note", name: "flooded" },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("flooded");
    const last = Array.from({ length: 2_500 }, (_, index) => `line ${501 + index} `.padEnd(100, "."));
    const found = (await runner.output(handle, last.length)).split("\n");
    ensureSame(found.length, last.length, "how many lines there are");
    ensureSame(found, last, "the lines");
  });

  test("output: binary is bounded text and breaks nothing", async (stage) => {
    const runner = createRunner();
    const play = stage.play([
      { do: "bytes", count: 3 * 1024 * 1024 },
      { do: "print", text: "\nafter\n" },
      { do: "note", name: "printed" },
    ]);
    const handle = await runner.start(play.order);
    await play.reached("printed");
    ensureSame(await runner.output(handle, 1), "after", "the last line");
    const all = await runner.output(handle, 1_000_000);
    ensure(all.length > 0 && all.length <= mostCharacters, `${all.length} characters`);
  });

  if (sample.follow !== undefined) {
    test("follow: gives what is printed from then on, and ends with the session", async (stage) => {
      const runner = createRunner();
      const play = stage.play([
        { do: "print", text: "before\n" },
        { do: "note", name: "before" },
        { do: "wait", name: "more" },
        { do: "print", text: "after ü 🦊\n" },
        { do: "exit", code: 0 },
      ]);
      const handle = await runner.start(play.order);
      await play.reached("before");
      const pieces = runner.follow?.(handle, AbortSignal.timeout(stage.patienceMs));
      ensure(pieces !== undefined, "follow is there");
      play.go("more");
      let text = "";
      for await (const piece of pieces) text += piece;
      ensureSame(text, "after ü 🦊\n", "what was followed");
    });

    test("follow: ends when it is told to, without an error", async (stage) => {
      const runner = createRunner();
      const play = stage.play([
        { do: "wait", name: "more" },
        { do: "print", text: "more\n" },
      ]);
      const handle = await runner.start(play.order);
      const abort = new AbortController();
      let text = "";
      const followed = (async () => {
        for await (const piece of runner.follow?.(handle, abort.signal) ?? []) text += piece;
      })();
      play.go("more");
      await until("the text is followed", stage.patienceMs, () => text.includes("more") || undefined);
      abort.abort();
      await followed;
      ensureSame((await runner.observe(handle))[0]?.fact, { kind: "running" }, "the agent afterwards");
    });
  }
}
