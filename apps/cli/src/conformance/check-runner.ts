import { within } from "./check-backend.js";
import type { RunnerModule } from "./load-module.js";
import type { RuleResult } from "./report.js";

type Kit = Pick<typeof import("../composition/conformance.js"), "agentRunnerConformance" | "kitPrograms">;

interface Registered {
  readonly result: Pick<RuleResult, "rule" | "says">;
  readonly run: () => Promise<void>;
  readonly timeoutMs: number;
}

/** How many rules are tried at a time: they are independent, and mostly wait. */
const atATime = 4;

/** What the runner calls itself, and its results in the order of the kit. Rules that do not concern it are not among them: the kit leaves them out. */
export async function checkRunner(
  { agentRunnerConformance, kitPrograms }: Kit,
  { createRunner, createBlindRunner, textOf }: RunnerModule,
  path: string,
  isWanted: (rule: string) => boolean,
  tell: (result: RuleResult) => void,
): Promise<{ readonly name: string; readonly contract: number; readonly results: readonly RuleResult[] }> {
  const { name, contract } = createRunner();
  const registered: Registered[] = [];
  agentRunnerConformance({
    test: (title, run, timeoutMs = 120_000) => {
      const [rule = title, says = ""] = parted(title);
      if (isWanted(rule)) registered.push({ result: { rule, says }, run, timeoutMs });
    },
    createRunner,
    createBlindRunner,
    ...(textOf === undefined ? {} : { textOf }),
    starter: [process.execPath, kitPrograms.starter, path],
    scriptedAgent: [process.execPath, kitPrograms.scriptedAgent],
  });
  const results = new Map<Registered, RuleResult>();
  const waiting = [...registered];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const found = await within(one.timeoutMs, one.run());
      const outcome = found === undefined ? "holds" : "broken";
      const result: RuleResult = { ...one.result, outcome, ...(found === undefined ? {} : { found }) };
      results.set(one, result);
      tell(result);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return { name, contract, results: registered.flatMap((one) => results.get(one) ?? []) };
}

/** `start: a missing command is refused` in its two parts. */
function parted(title: string): readonly [string, string] {
  const end = title.indexOf(": ");
  return end === -1 ? [title, ""] : [title.slice(0, end), title.slice(end + 2)];
}
