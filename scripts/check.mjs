// Every gate, one line each; the output of those that fail is shown. Gates hold no timing.
import { spawnSync } from "node:child_process";

const gates = [
  ["format and lint", "biome", ["check", "--error-on-warnings", "."]],
  ["build", "turbo", ["run", "build", "--output-logs=errors-only"]],
  ["types", "turbo", ["run", "typecheck", "--output-logs=errors-only"]],
  ["types of the benches", "tsc", ["-p", "bench", "--noEmit"]],
  ["dependency rules", "depcruise", ["--config", ".dependency-cruiser.cjs", "packages", "apps"]],
  ["dead code", "knip", []],
  ["manifests", "sherif", []],
  ["file sizes and words", "node", ["scripts/check-sources.mjs"]],
  ["promises", "node", ["scripts/check-promises.mjs"]],
  ["generated docs", "node", ["scripts/generate-docs.mjs", "--check"]],
  ["links of the docs", "node", ["scripts/check-links.mjs"]],
  ["packages", "node", ["scripts/check-packages.mjs"]],
];

const only = process.argv.slice(2);
const failed = [];
for (const [name, program, args] of gates) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  const run = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, FORCE_COLOR: "0" } });
  const passed = run.status === 0;
  console.log(`${passed ? "ok  " : "FAIL"}  ${name}`);
  if (passed) continue;
  failed.push(name);
  console.log(`${run.stdout ?? ""}${run.stderr ?? ""}${run.error?.message ?? ""}`.replace(/^/gm, "      "));
}
if (failed.length > 0) console.error(`[error] ${failed.length} gate(s) failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
