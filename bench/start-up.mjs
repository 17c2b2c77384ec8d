// What a command costs, as a ratio to starting bare Node, in one interleaved run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../apps/cli/dist/bin.js", import.meta.url));
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_/.test(name)),
);

function run(cwd, ...args) {
  const start = performance.now();
  const result = spawnSync(process.execPath, args, { cwd, encoding: "utf8", env: environment });
  if (result.status !== 0) throw new Error(`${args.join(" ")} ended with ${result.status}: ${result.stderr}`);
  return { ms: performance.now() - start, out: result.stdout.trim() };
}

function median(values) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

export function printStartUp(rounds = 21) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-start-up-"));
  try {
    spawnSync("git", ["init", "-q", "-b", "main", folder], { env: environment });
    run(folder, bin, "init", "--agent", "true");
    for (let index = 0; index < 20; index += 1) run(folder, bin, "ticket", "create", `ticket ${index}`);
    const id = run(folder, bin, "ticket", "create", "the one that is changed").out;
    const measured = {
      "bare node": () => run(folder, "-e", "0").ms,
      "wiggum --version": () => run(folder, bin, "--version").ms,
      "wiggum ticket ready": () => run(folder, bin, "ticket", "ready").ms,
      "wiggum ticket show": () => run(folder, bin, "ticket", "show", id).ms,
      "wiggum ticket comment": () => run(folder, bin, "ticket", "comment", id, "bench", "text").ms,
    };
    const times = Object.fromEntries(Object.keys(measured).map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, measure] of Object.entries(measured)) times[name].push(measure());
    }
    const base = median(times["bare node"]);
    console.log(`COMMAND                  STARTS OF BARE NODE (median of ${rounds}, interleaved)`);
    for (const [name, values] of Object.entries(times))
      console.log(`${name.padEnd(23)}  ${(median(values) / base).toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
