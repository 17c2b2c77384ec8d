import { exitCodes } from "./exit-codes.js";
import type { ProcessHost } from "./host.js";
import { indent } from "./messages.js";

/** Waits until all output has been handed to the system, and gives the exit number: that of the command, unless its output was lost. */
export async function toTheEnd(host: ProcessHost, exitCode: number): Promise<number> {
  await host.flushed();
  const failure = host.outputFailure();
  if (failure === undefined) return exitCode;
  host.stderr.write(`[error] Standard output could not be written: ${failure.message}\n`);
  host.stderr.write(`${indent}next: What the command had to do is done; read the result again.\n`);
  return exitCode === 0 ? exitCodes.EXIT_ERROR : exitCode;
}
