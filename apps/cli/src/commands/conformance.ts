import { resolve } from "node:path";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import { checkModule } from "../conformance/check-module.js";
import type { ConformanceKind } from "../conformance/load-module.js";
import { type RuleResult, ruleLines, summary } from "../conformance/report.js";
import type { Context } from "../context.js";
import { repeatedFlag, textFlag } from "../parameters.js";
import { printable } from "../printable.js";

interface Flags {
  readonly module?: string;
  readonly kind?: ConformanceKind;
  readonly rule?: readonly string[];
}

export default defineCommand({
  examples: [
    "wiggum conformance --module ./my-backend.js",
    "wiggum conformance --module ./my-backend.js --rule compare-and-swap",
    "wiggum conformance --module ./my-runner.js --json",
  ],
  details: [
    "The module exports createBackend({ judge }), which answers a backend with a new, empty store or { backend, open, plant, dispose, elsewhere }; or createRunner() and createBlindRunner(). Each member that it offers is tried, too: 'elsewhere: { options }' lets other processes call the module's openBackend(options, { judge }).",
    "Prints a line for each rule and, at the end, a badge in Markdown. Exit 1 when a rule is broken. The module is code: it runs with your rights.",
  ],
  parameters: {
    flags: {
      module: textFlag("PATH", "Module with the backend or runner"),
      kind: {
        kind: "enum",
        optional: true,
        values: ["backend", "runner"],
        brief: "Which of both it is (default: by what it exports)",
      },
      rule: repeatedFlag("RULE", "Try this rule alone"),
    },
  },
  async run(context: Context, flags: Flags) {
    if (flags.module === undefined) throw usageError("Missing flag: --module PATH");
    const path = resolve(context.host.workingDirectory, flags.module);
    const tell = (result: RuleResult) => {
      // As they come: some of them take long.
      if (!context.options.json) context.host.stdout.write(ruleLines(result));
    };
    const report = await checkModule(path, { kind: flags.kind, rules: flags.rule }, tell);
    if (report.results.length === 0) {
      throw usageError(`There is no rule ${printable(flags.rule?.join(", ") ?? "")}`);
    }
    return { data: report, text: summary(report), exitCode: report.broken === 0 ? 0 : 1 };
  },
});
