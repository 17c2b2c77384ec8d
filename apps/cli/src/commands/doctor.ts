import type { Project, ProjectFinding } from "@wiggum/control-plane";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import type { Context } from "../context.js";
import { explain } from "../failure.js";
import { switchFlag } from "../parameters.js";
import { printable } from "../printable.js";
import { relayoutFlag, relayoutStore } from "../relayout-store.js";
import { findingLines } from "../render/findings.js";

interface Flags {
  readonly fix?: boolean;
  readonly relayout?: "flat" | "fan-out" | "suiting";
}

export default defineCommand({
  examples: ["wiggum doctor", "wiggum doctor --fix", "wiggum doctor --relayout"],
  details: [
    "Looks at the project's folder, settings, hooks, prompts, agent commands, tickets, worktrees and agents. Only reads. Exit 1 when it finds an error, 0 when there are at most warnings; 'wiggum help recovery' lists what it finds. With --fix it prints its plan, carries it out and looks once more. With --relayout it does nothing but move the files of the tickets in the store; no ticket changes, and each keeps its history.",
  ],
  parameters: {
    flags: { fix: switchFlag("Mend what can be mended, after printing the plan"), relayout: relayoutFlag },
  },
  async run(context: Context, flags: Flags) {
    if (flags.relayout !== undefined) {
      if (flags.fix === true) throw usageError("Give --fix or --relayout: they are two repairs");
      return relayoutStore(context, await context.project(), flags.relayout);
    }
    const project = await context.project("doctor");
    const findings = await project.doctor();
    if (flags.fix !== true) return answer(context, project, findings, []);
    const fixes = findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
    if (!context.options.json) {
      context.write(fixes.map(({ plan }) => `plan: ${printable(plan)}\n`).join(""));
    }
    const results: FixResult[] = [];
    for (const fix of fixes) results.push(await carryOut(context, fix));
    return answer(context, project, await project.doctor(), results);
  },
});

interface FixResult {
  readonly plan: string;
  readonly isDone: boolean;
  readonly error?: string;
}

/** One fix that fails must not keep the others from being done. */
async function carryOut(context: Context, fix: NonNullable<ProjectFinding["fix"]>): Promise<FixResult> {
  try {
    await fix.apply();
    context.messages.ok(fix.plan);
    return { plan: fix.plan, isDone: true };
  } catch (error) {
    const { message, hint } = explain(error);
    context.messages.error(`${fix.plan}: ${message}`, [`next: ${hint}`]);
    return { plan: fix.plan, isDone: false, error: message };
  }
}

async function answer(
  context: Context,
  project: Project,
  findings: readonly ProjectFinding[],
  fixes: readonly FixResult[],
) {
  const isBroken =
    findings.some(({ severity }) => severity === "error") || fixes.some(({ isDone }) => !isDone);
  const faults = findings.filter(({ severity }) => severity !== "note");
  for (const { severity, message, code } of findings)
    if (severity === "note") context.messages.info(`${message} (${code})`);
  if (faults.length === 0) context.messages.ok("Nothing wrong found");
  return {
    data: {
      findings: findings.map(({ fix, ...finding }) => ({ ...finding, fix: fix?.plan ?? null })),
      fixes,
    },
    text: faults.map((finding) => findingLines({ ...finding, plan: finding.fix?.plan })).join(""),
    exitCode: isBroken ? 1 : 0,
    // A store that cannot be read is among the findings.
    asOf: await project.tickets.list({ ids: [] }).then(
      ({ asOf }) => asOf,
      () => null,
    ),
  };
}
