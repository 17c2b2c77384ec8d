import { spawnSync } from "node:child_process";
import { runOnTerminal } from "./run-on-terminal.js";

const env = "/usr/bin/env";

/**
 * Runs a plugin in the place of this process; where that cannot be done, as a child with our input and outputs, and gives its exit code.
 *
 * Node ignores two signals, and a program that takes our place would go on ignoring them: `plugin | head` would never end. `env` gives it back the
 * usual ones.
 */
export async function runPlugin(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const signals = ["PIPE", "XFSZ"].map((name) => `--default-signal=${name}`);
  // `env` takes a program with `=` in its path for a variable.
  const isReplaceable = typeof process.execve === "function" && !program.includes("=");
  if (isReplaceable && spawnSync(env, [...signals, "true"], { stdio: "ignore" }).status === 0) {
    process.execve?.(env, [env, ...signals, program, ...words], environment);
  }
  return await runOnTerminal([program, ...words], undefined, environment);
}
