import type { SessionProfile } from "../agent-profile.js";
import type { AgentRunner } from "../runner.js";
import type { Kit } from "./agent-runner.js";
import { ensureSame, until } from "./assertions.js";

/** A program that says with each record what all of its work has used so far. */
const profile: SessionProfile = {
  name: "counting",
  records: {
    facts: [],
    show: [],
    cost: { when: { type: "result" }, take: "usd" },
    tokens: { when: { type: "result" }, take: ["tokens"] },
  },
};

/** What a runner tells of money and tokens, where it tells of them. */
const figures = ["cost", "tokens"] as const;
type Figure = (typeof figures)[number];

function read(runner: AgentRunner, figure: Figure, handle: Parameters<NonNullable<AgentRunner[Figure]>>[0]) {
  return Promise.resolve(runner[figure]?.(handle));
}

export function costTests({ test, supports, sample, createRunner }: Kit): void {
  for (const figure of figures) {
    if (sample[figure] === undefined) continue;
    test(`${figure}: of a program that says nothing of it is not known, which is not 0`, async (stage) => {
      const runner = createRunner();
      const silent = stage.play([
        { do: "print", text: "working\n" },
        { do: "note", name: "printed" },
      ]);
      const counting = stage.play(
        [
          { do: "print", text: `${JSON.stringify({ type: "progress", usd: 9, tokens: 9 })}\n` },
          { do: "note", name: "printed" },
        ],
        { agentId: "tester-1", profile },
      );
      for (const play of [silent, counting]) {
        const handle = await runner.start(play.order);
        await play.reached("printed");
        ensureSame((await read(runner, figure, handle)) ?? "not known", "not known", `the ${figure}`);
      }
    });

    // Where the runner cannot read what its programs print, it need not.
    if (!supports.cost) continue;
    test(`${figure}: is what the program said last, while it runs and after its end`, async (stage) => {
      const runner = createRunner();
      const record = (usd: number, tokens: number) => `${JSON.stringify({ type: "result", usd, tokens })}\n`;
      const play = stage.play(
        [
          { do: "print", text: record(0.25, 100) },
          { do: "note", name: "first" },
          { do: "wait", name: "more" },
          { do: "print", text: record(0.75, 350) },
          { do: "exit", code: 0 },
        ],
        { profile },
      );
      const handle = await runner.start(play.order);
      await play.reached("first");
      const [first, last] = figure === "cost" ? [0.25, 0.75] : [100, 350];
      await until(`the first ${figure}`, stage.patienceMs, async () =>
        (await read(runner, figure, handle)) === first ? true : undefined,
      );
      play.go("more");
      await stage.ended(runner, handle);
      ensureSame(await read(runner, figure, handle), last, `the ${figure} after the end`);
      ensureSame(await read(createRunner(), figure, handle), last, `the ${figure} for another runner object`);
    });
  }
}
