import type { CliCommand, Execute } from "./command.js";
import type { CommandError } from "./command-error.js";
import { readPlainly } from "./parse-plainly.js";

/**
 * Parses the flags and arguments of a command and runs it through `execute`. Returns the first complaint about them, if any; then nothing ran.
 * Plain command lines, which agents and hooks type all day, are read at once; whatever else there is goes to the parser, which takes longer to load
 * than some commands to run.
 */
export async function parseAndRun(
  command: CliCommand,
  typed: readonly string[],
  execute: Execute,
): Promise<CommandError | undefined> {
  const plain = readPlainly(command, typed);
  if (plain === undefined) {
    const { parseFully } = await import("./parse-fully.js");
    return await parseFully(command, typed, execute);
  }
  await command.start(plain.values, plain.inputs, execute);
  return undefined;
}

/** Does this command line ask for help? Only before `--`: after it every word is an argument. */
export function asksForHelp(typed: readonly string[]): boolean {
  const end = typed.indexOf("--");
  return (end === -1 ? typed : typed.slice(0, end)).some((word) => word === "--help" || word === "-h");
}
