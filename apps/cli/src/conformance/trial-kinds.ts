// What the two kits try, in one form.
import type { CreateStore } from "@wiggum/ticket-core/conformance";
import type { RunnerModule } from "./load-module.js";
import type { TrialPlan, TrialRule } from "./trial-messages.js";

type TicketKit = Pick<
  typeof import("@wiggum/ticket-core/conformance"),
  "planOf" | "runCase" | "unprovedMessage"
>;
type RunnerKit = Pick<typeof import("@wiggum/workflow/conformance"), "agentRunnerConformance">;

/** A module under trial. */
export interface Trial {
  readonly plan: TrialPlan;
  /** Tries the rule at this place. @throws Error that says what was seen instead */
  run(index: number): Promise<void>;
}

export async function backendTrial(
  { planOf, runCase, unprovedMessage }: TicketKit,
  createStore: CreateStore,
): Promise<Trial> {
  const { name, contract, cases } = await planOf(createStore);
  const rules = cases.map((planned): TrialRule => {
    const { rule, says, limitMs } = planned.rule;
    return {
      rule,
      says,
      standing: planned.standing,
      ...(planned.standing === "unproved" ? { lacks: unprovedMessage(planned) } : {}),
      ...(limitMs === undefined ? {} : { limitMs }),
    };
  });
  return {
    plan: { kind: "backend", name, contract, rules, atATime: 1 },
    async run(index) {
      const one = cases[index]?.rule;
      if (one !== undefined) await runCase(one, createStore);
    },
  };
}

/** Rules that do not concern a runner are not among its rules: its kit leaves them out. */
export function runnerTrial(
  { agentRunnerConformance }: RunnerKit,
  { createRunner, createBlindRunner, textOf }: RunnerModule,
  programs: { readonly starter: readonly string[]; readonly scriptedAgent: readonly string[] },
): Trial {
  const { name, contract } = createRunner();
  const registered: { readonly rule: TrialRule; readonly run: () => Promise<void> }[] = [];
  agentRunnerConformance({
    test: (title, run, limitMs = 120_000) => {
      registered.push({ rule: { ...parted(title), standing: "concerned", limitMs }, run });
    },
    createRunner,
    createBlindRunner,
    ...(textOf === undefined ? {} : { textOf }),
    ...programs,
  });
  // They are independent, and mostly wait.
  const plan: TrialPlan = {
    kind: "runner",
    name,
    contract,
    rules: registered.map(({ rule }) => rule),
    atATime: 4,
  };
  return {
    plan,
    async run(index) {
      await registered[index]?.run();
    },
  };
}

/** `start: a missing command is refused` in its two parts. */
function parted(title: string): Pick<TrialRule, "rule" | "says"> {
  const end = title.indexOf(": ");
  return end === -1 ? { rule: title, says: "" } : { rule: title.slice(0, end), says: title.slice(end + 2) };
}
