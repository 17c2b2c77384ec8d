import type { AskOrder } from "../runner.js";
import type { Kit } from "./agent-runner.js";
import { ensure, ensureRefused, ensureSame, until } from "./assertions.js";
import { processesWith } from "./kit-processes.js";
import { kitFolderVariable } from "./script.js";
import type { Stage } from "./stage.js";

/** Text that a shell, a terminal or a parser would change. */
const awkward = 'What is "$(it)"?\n\n-- {prompt} `x` \\ häß 日本 🦊';

/** What a runner promises that can put one question to a program; registered where it says that it can. */
export function askTests({ test, sample, createRunner }: Kit): void {
  if (sample.ask === undefined) return;
  const ask = (order: AskOrder) => {
    const runner = createRunner();
    ensure(runner.ask !== undefined, "every runner object of this kind has ask");
    return runner.ask(order);
  };

  test("ask: the prompt reaches the program as it is, on its standard input or as an argument", async (stage) => {
    const onInput = question(stage, ["cat"], awkward);
    ensureSame(await ask(onInput), { text: awkward }, "the answer of a program that repeats its input");
    const asArgument = question(stage, ["printf", "<%s>", "{prompt}"], awkward);
    ensureSame(
      await ask(asArgument),
      { text: `<${awkward}>` },
      "the answer of a program that prints its argument",
    );
  });

  test("ask: the program gets the order's folder and environment", async (stage) => {
    const order = question(stage, ["sh", "-c", 'pwd; echo "$GREETING"']);
    const answer = await ask({ ...order, environment: { ...order.environment, GREETING: "hello" } });
    ensureSame(answer, { text: `${order.cwd}\nhello` }, "what it sees");
  });

  test("ask: an answer is found among the records that the program prints", async (stage) => {
    const records = [
      { type: "word", text: "first" },
      { type: "answer", text: "second" },
      { type: "end" },
    ].map((record) => JSON.stringify(record));
    const order = question(stage, ["printf", "%s\\n", "noise", ...records]);
    const answer = await ask({ ...order, answer: { when: { type: "answer" }, take: "text" } });
    ensureSame(answer, { text: "second" }, "the answer");
  });

  test("ask: no answer is a failure, with what the program said of it", async (stage) => {
    for (const [what, command] of [
      ["fails", ["sh", "-c", "echo half an answer; echo because >&2; exit 3"]],
      ["says nothing", ["true"]],
      ["is killed", ["sh", "-c", "kill -9 $$"]],
    ] as const) {
      await ensureRefused("RUNNER_FAILED", () => ask(question(stage, command)), `a program that ${what}`);
    }
    await ensureRefused(
      "AGENT_COMMAND_MISSING",
      () => ask(question(stage, ["no-such-program"])),
      "no program",
    );
    const late = { ...question(stage, ["sleep", "1000"]), timeoutMs: 300 };
    await ensureRefused("RUNNER_FAILED", () => ask(late), "a program that takes too long");
    await ensureGone(stage, late);
  });

  test("ask: nothing that the program started is left", async (stage) => {
    const order = question(stage, ["sh", "-c", "setsid sleep 1000 & sleep 1000 & echo done"]);
    ensureSame(await ask(order), { text: "done" }, "the answer");
    await ensureGone(stage, order);
  });
}

function question(stage: Stage, command: readonly string[], prompt = "What is it?"): AskOrder {
  const { cwd, environment } = stage.play([]).order;
  return { command, cwd, prompt, environment, timeoutMs: stage.patienceMs };
}

/** At once, or as soon as the system has taken the killed ones away. */
async function ensureGone(stage: Stage, { environment }: AskOrder): Promise<void> {
  const mark = `${kitFolderVariable}=${environment[kitFolderVariable]}`;
  await until("nothing of the question is left", Math.min(stage.patienceMs, 5_000), async () =>
    (await processesWith(mark)).length === 0 ? true : undefined,
  );
}
