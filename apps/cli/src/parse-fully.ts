// Everything about the parser's ways: what it is handed, what it complains about, the words that people read instead. Loaded for command lines that are
// not plain (see parse.ts).
import {
  AliasNotFoundError,
  ArgumentParseError,
  type BaseArgs,
  buildApplication,
  buildCommand,
  EnumValidationError,
  FlagNotFoundError,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import type { CliCommand, Execute, ParserContext } from "./command.js";
import { type CommandError, usageError } from "./command-error.js";

/**
 * Parses the flags and arguments of a command and runs it through `execute`. Returns the first complaint about them, if any; then nothing ran.
 * The parser's own printing and exit numbers are left unused: how a failure looks and what it exits with is decided in one place.
 */
export async function parseFully(
  command: CliCommand,
  typed: readonly string[],
  execute: Execute,
): Promise<CommandError | undefined> {
  const complaints: unknown[] = [];
  const note = (complaint: unknown) => {
    complaints.push(complaint);
    return "";
  };
  const application = buildApplication(
    buildCommand({
      docs: { brief: "" },
      parameters: { ...command.parameters, flags: command.flags } as never,
      func: async function (this: ParserContext, values: Record<string, unknown>, ...inputs: BaseArgs) {
        await command.start(values, inputs, this.execute);
      },
    }),
    {
      name: "wiggum",
      scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
      documentation: { disableAnsiColor: true },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments: note,
          exceptionWhileLoadingCommandFunction: note,
          exceptionWhileRunningCommand: note,
        },
      },
    },
    // No flags of the parser's own: --help was looked for before.
    {},
  );
  const nowhere = { write: () => {} };
  const process = { stdout: nowhere, stderr: nowhere, exitCode: 0 };
  await run(application, splitValues(typed), { process, execute });
  const [complaint] = complaints;
  if (complaint === undefined) return undefined;
  const told = toUsageError(complaint, command);
  if (told === undefined) throw complaint;
  return told;
}

/** The parser takes `--flag=value` only for values of one non-empty line: hand it the others as two words. */
function splitValues(typed: readonly string[]): readonly string[] {
  const end = typed.indexOf("--");
  return typed.flatMap((word, index) => {
    if (end !== -1 && index >= end) return [word];
    const parts = /^(--[a-z][a-z-]*)=([\s\S]*)$/i.exec(word);
    const [, flag, value] = parts ?? [];
    if (flag === undefined || value === undefined) return [word];
    return value === "" || value.includes("\n") || value.includes("\r") ? [flag, value] : [word];
  });
}

/** The parser's complaint in our words; undefined for what is no complaint about arguments. */
function toUsageError(complaint: unknown, command: CliCommand): CommandError | undefined {
  if (complaint instanceof FlagNotFoundError) {
    const [near] = complaint.corrections;
    return usageError(
      `Unknown flag: --${complaint.input}`,
      near === undefined ? undefined : didYouMean(near),
    );
  }
  if (complaint instanceof AliasNotFoundError) return usageError(`Unknown flag: -${complaint.input}`);
  if (complaint instanceof ArgumentParseError) {
    const { exception } = complaint;
    return usageError(exception instanceof Error ? exception.message : String(exception));
  }
  if (complaint instanceof EnumValidationError) {
    return usageError(
      `--${complaint.externalFlagName}: '${complaint.input}' is none of ${complaint.values.join(", ")}`,
    );
  }
  if (complaint instanceof UnsatisfiedFlagError)
    return usageError(`--${complaint.externalFlagName} needs a value`);
  if (complaint instanceof UnexpectedFlagError) {
    return usageError(`--${complaint.externalFlagName} is given twice`);
  }
  if (complaint instanceof UnexpectedPositionalError)
    return usageError(`Unexpected argument: ${complaint.input}`);
  if (complaint instanceof UnsatisfiedPositionalError) {
    const missing = command.inputs[complaint.limit?.[1] ?? -1]?.placeholder ?? complaint.placeholder;
    return usageError(`Missing argument: <${missing}>`);
  }
  return undefined;
}

function didYouMean(flag: string): string {
  return `Did you mean --${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}?`;
}
