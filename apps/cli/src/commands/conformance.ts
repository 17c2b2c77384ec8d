import { resolve } from "node:path";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import { checkModule } from "../conformance/check-module.js";
import type { ConformanceKind } from "../conformance/load-module.js";
import { type RuleResult, ruleLines, summary } from "../conformance/report.js";
import type { Context } from "../context.js";
import { numberFlag, repeatedFlag, textFlag } from "../parameters.js";
import { printable } from "../printable.js";

interface Flags {
  readonly module?: string;
  readonly kind?: ConformanceKind;
  readonly rule?: readonly string[];
  readonly limit?: number;
}

export default defineCommand({
  examples: [
    "wiggum conformance --module ./my-backend.js",
    "wiggum conformance --module ./my-backend.js --rule compare-and-swap",
    "wiggum conformance --module ./my-runner.js --json",
  ],
  details: [
    "The module exports createBackend({ judge }), which answers a backend with a new, empty store or { backend, open, plant, dispose, elsewhere }; or createRunner() and createBlindRunner(). Each member that it offers is tried, too: 'elsewhere: { options }' lets other processes call the module's openBackend(options, { judge }).",
    "Prints a line for each rule and, at the end, a badge in Markdown. Exit 1 when a rule is broken or none was tried. A backend that says to be shared breaks the rules that cannot be tried for want of 'open', 'plant' or 'elsewhere'.",
    "The module is code: it runs with your rights, in a process of its own. What it prints goes to standard error; a rule under which that process ends, or that takes too long, is broken.",
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
      limit: numberFlag("limit", "Seconds that a rule may take (default: 30; with processes 180)", 1, 3_600),
    },
  },
  async run(context: Context, flags: Flags) {
    if (flags.module === undefined) throw usageError("Missing flag: --module PATH");
    const path = resolve(context.host.workingDirectory, flags.module);
    const tell = (result: RuleResult) => {
      // As they come: some of them take long.
      if (!context.options.json) context.host.stdout.write(ruleLines(result));
    };
    const report = await checkModule(path, {
      kind: flags.kind,
      rules: flags.rule,
      limitMs: flags.limit === undefined ? undefined : 1_000 * flags.limit,
      tell,
      print: (text) => context.host.stderr.write(printable(text, "lines")),
    });
    return { data: report, text: summary(report), exitCode: report.broken === 0 && report.holds > 0 ? 0 : 1 };
  },
});
