// The process in which a module is tried. Apart from the command: whatever the module does to its process, the command sees it and reports.
import { CommandError } from "../command-error.js";
import { kindOf, loadModule, runnerModuleOf, storesOf } from "./load-module.js";
import { backendTrial, runnerTrial, type Trial } from "./trial-kinds.js";
import type { TrialAnswer, TrialOrder, TrialQuestion } from "./trial-messages.js";

/** What was thrown or rejected while a rule was under way, by its place. */
const strays = new Map<number, string>();
const underWay = new Set<number>();

process.on("uncaughtException", (error, origin) => {
  const how =
    origin === "unhandledRejection"
      ? "a promise that nobody awaits was rejected"
      : "an error was thrown that nobody caught";
  const message = `${how}: ${messageOf(error)}`;
  const [index, ...others] = underWay;
  if (index !== undefined && others.length === 0) strays.set(index, strays.get(index) ?? message);
  else tell({ about: "stray", message, isOfNoRule: index === undefined }, () => process.exit(1));
});
// The command is gone.
process.on("disconnect", () => process.exit(1));

try {
  const trial = await trialOf(JSON.parse(process.argv[2] ?? "") as TrialOrder);
  process.on("message", (question: TrialQuestion) => {
    if ("end" in question) end();
    else void answer(trial, question.try);
  });
  tell({ about: "plan", plan: trial.plan });
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  tell({ about: "refusal", why: String(error.data["why"]) }, () => process.exit(0));
}

async function trialOf({ path, kind: given }: TrialOrder): Promise<Trial> {
  const exported = await loadModule(path);
  const kind = given ?? kindOf(exported, path);
  const { kitPrograms, loadRunnerKit, loadTicketKit } = await import("../composition/conformance.js");
  if (kind === "backend") {
    return backendTrial(await loadTicketKit(), storesOf(exported, path, kitPrograms.otherProcess));
  }
  return runnerTrial(await loadRunnerKit(), runnerModuleOf(exported, path), {
    starter: [process.execPath, kitPrograms.starter, path],
    scriptedAgent: [process.execPath, kitPrograms.scriptedAgent],
  });
}

async function answer(trial: Trial, index: number): Promise<void> {
  underWay.add(index);
  const found = await trial.run(index).then(() => undefined, messageOf);
  // A rejection that nobody awaits is noticed at the end of the turn.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  underWay.delete(index);
  const seen = found ?? strays.get(index);
  tell({ about: "rule", index, ...(seen === undefined ? {} : { found: seen }) });
}

/** Ends by itself once nothing is open any more; what went astray until then is still told. */
function end(): void {
  process.removeAllListeners("message");
  process.channel?.unref();
  setTimeout(() => process.exit(0), 1_000).unref();
}

function tell(message: TrialAnswer, then: () => void = () => {}): void {
  process.send?.(message, then);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
