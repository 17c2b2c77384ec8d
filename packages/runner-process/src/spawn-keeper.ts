import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { agentInput } from "@wiggum/workflow";
import { describeFailure } from "./failures.js";
import { keeperCameSecond } from "./keeper.js";
import { sessionPaths } from "./session-files.js";
import type { KeeperLaunch, LaunchedKeeper } from "./start-session.js";

/** So long another keeper may take between making its file and writing its number into it. */
const otherKeeperMs = 5_000;

/** The keeper as a child process, its output in a file. */
export async function spawnKeeper({ order, keeper }: KeeperLaunch): Promise<LaunchedKeeper> {
  const paths = sessionPaths(order.stateDirectory);
  const text = agentInput(order);
  if (text !== undefined) await writeFile(paths.input, text, { mode: 0o600 });
  const input = text === undefined ? undefined : openSync(paths.input, "r");
  const output = openSync(paths.output, "a", 0o600);
  let failure: string | undefined;
  try {
    const child = spawn(keeper.shell, ["-c", keeper.script, ...keeper.parameters], {
      cwd: order.cwd,
      env: keeper.environment,
      // A session of its own: no terminal, and no signal meant for us reaches it.
      detached: true,
      stdio: [input ?? "ignore", output, output],
    });
    child.once("error", (error) => {
      failure = describeFailure(error);
    });
    child.once("exit", (code, signal) => {
      if (code !== keeperCameSecond) failure ??= `its keeper ended at once (${signal ?? code})`;
      // The other keeper's file is there; its content must follow, unless it could not be written.
      else setTimeout(() => (failure ??= "its state directory cannot be written"), otherKeeperMs).unref();
    });
    child.unref();
    return { name: `process ${child.pid ?? "none"}`, failure: async () => failure };
  } finally {
    closeSync(output);
    if (input !== undefined) closeSync(input);
  }
}
