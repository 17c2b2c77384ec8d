import { spawn } from "node:child_process";
import { tkError } from "./tk-failure.js";

/** Lends this terminal to a program and gives its exit code. `input` goes to its standard input. @throws TkFailure when it cannot be started */
export async function runOnTerminal(
  [program = "", ...words]: readonly string[],
  input?: string | Uint8Array,
  environment?: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, words, {
    stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
    env: environment,
  });
  // Ctrl-C belongs to the program; what ends us ends it.
  const leaveAlone = () => {};
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, leaveAlone);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
      // A pager that is left early reads no more.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  } catch (error) {
    throw tkError(`${program} could not be started: ${(error as Error).message}`);
  } finally {
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.off(signal, leaveAlone);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, passOn);
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  const { constants } = process.getBuiltinModule("node:os");
  return signal === null ? 0 : constants.signals[signal];
}
