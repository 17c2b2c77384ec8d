import { checkBackend } from "./check-backend.js";
import { checkRunner } from "./check-runner.js";
import { type ConformanceKind, kindOf, loadModule, runnerModuleOf, storesOf } from "./load-module.js";
import { badgeOf, type ConformanceReport, type RuleResult } from "./report.js";

/**
 * Loads the module and holds what it makes to the rules of its kit; `rules` absent = to all of them. Each result is told when it comes.
 * @throws MODULE_UNUSABLE
 */
export async function checkModule(
  path: string,
  {
    kind: given,
    rules,
  }: { readonly kind?: ConformanceKind | undefined; readonly rules?: readonly string[] | undefined },
  tell: (result: RuleResult) => void,
): Promise<ConformanceReport> {
  const exported = await loadModule(path);
  const kind = given ?? kindOf(exported, path);
  const { agentRunnerConformance, casesFor, kitPrograms, runCase, ticketBackendCases } = await import(
    "../composition/conformance.js"
  );
  const isWanted = (rule: string) => rules === undefined || rules.includes(rule);
  const { name, contract, results } =
    kind === "backend"
      ? await checkBackend(
          { casesFor, runCase, ticketBackendCases },
          storesOf(exported, path, kitPrograms.otherProcess),
          isWanted,
          tell,
        )
      : await checkRunner(
          { agentRunnerConformance, kitPrograms },
          runnerModuleOf(exported, path),
          path,
          isWanted,
          tell,
        );
  const holds = results.filter(({ outcome }) => outcome === "holds").length;
  const broken = results.filter(({ outcome }) => outcome === "broken").length;
  // Some rules alone prove nothing that a badge could show.
  const badge = rules === undefined ? badgeOf(kind, contract, holds, broken) : null;
  return { kind, module: path, name, contract, results, holds, broken, badge };
}
