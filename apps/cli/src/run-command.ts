import { changeQuestion } from "./change-question.js";
import type { CliCommand } from "./command.js";
import { CommandError } from "./command-error.js";
import type { Context, GlobalOptions, Host, Outcome } from "./context.js";
import { createContext, type OwnedContext } from "./create-context.js";
import { failureEnvelope, successEnvelope } from "./envelope.js";
import { explain, type Failure, failedWith } from "./failure.js";
import { parseAndRun } from "./parse.js";
import { isColoured } from "./render/coloured.js";
import { tableText } from "./render/table.js";
import type { Group, Leaf } from "./tree.js";
import { usageLine } from "./usage-line.js";

/** A command that was found, and how it was typed. */
export interface CommandRun {
  readonly host: Host;
  readonly words: readonly string[];
  /** What follows the words, for a complaint about them. */
  readonly synopsis: () => string | Promise<string>;
  /** Global flags that stood before or within the words. */
  readonly options: Partial<GlobalOptions>;
  /** Flags and arguments, as typed. */
  readonly rest: readonly string[];
  /** All commands that there are, by their first word. */
  readonly commands: Readonly<Record<string, Leaf | Group>>;
  /** Asked first when the command throws: the exit number, where the failure was told otherwise. */
  readonly otherwise?: (error: unknown) => number | undefined;
}

/** Runs one command to its end and returns the exit number. Never throws for what a command does. */
export async function runCommand(command: CliCommand, wanted: CommandRun): Promise<number> {
  const { host, words, commands, options: leading, rest } = wanted;
  // Should parsing fail, `--json` is not known from the parser.
  const context = createContext(commands, host, words, { ...leading, ...jsonAsked(rest) });
  const execution = { exitCode: 0 };
  const execute = async (options: Partial<GlobalOptions>, run: (context: Context) => Promise<Outcome>) => {
    context.apply(options);
    execution.exitCode = await perform(context, wanted, run);
  };
  try {
    const complaint = await parseAndRun(command, rest, execute);
    if (complaint === undefined) return execution.exitCode;
    return report(context, explain(await withUsage(complaint, wanted)));
  } catch (error) {
    return report(context, explain(error));
  } finally {
    await context.close();
  }
}

/** Runs the command and prints what it answers; a failure becomes its exit number, `otherwise`'s where that has one. */
async function perform(
  context: OwnedContext,
  wanted: CommandRun,
  run: (context: Context) => Promise<Outcome>,
): Promise<number> {
  const { host } = context;
  try {
    const outcome = await withQuestion(context, run);
    if (context.options.json) {
      const source = await context.source(outcome.asOf);
      context.write(successEnvelope(context.words.join(" "), source, outcome.data));
    } else if (outcome.bytes !== undefined) {
      host.stdout.write(outcome.bytes);
    } else {
      context.write(await shownText(outcome, host));
    }
    return outcome.exitCode ?? 0;
  } catch (error) {
    return wanted.otherwise?.(error) ?? report(context, explain(await withUsage(error, wanted)));
  }
}

async function shownText({ text, table }: Outcome, { stdout, environment }: Host): Promise<string> {
  if (table === undefined) return text ?? "";
  if (!stdout.isTerminal) return tableText(table);
  const { terminalTable } = await import("./render/terminal-table.js");
  return terminalTable(table, stdout.columns || 80, isColoured(stdout, environment));
}

/** Exit 8 is for programs. A person at a terminal is shown the change and asked; "yes" is the same command once more. */
async function withQuestion(context: Context, run: (context: Context) => Promise<Outcome>): Promise<Outcome> {
  for (;;) {
    try {
      return await run(context);
    } catch (error) {
      if (!failedWith(error, "TICKET_CHANGED") || !context.host.isInteractive) throw error;
      if (!(await changeQuestion(context, explain(error)))) throw error;
    }
  }
}

/** Prints a failure and gives its exit number. */
export function report(context: OwnedContext, failure: Failure): number {
  const { messages, options } = context;
  messages.error(failure.message, [...failure.details, `next: ${failure.hint}`]);
  for (const line of failure.stack?.split("\n") ?? []) messages.debug(line);
  if (options.json) context.write(failureEnvelope(context.words.join(" "), failure));
  return failure.exitCode;
}

/** Below a complaint about flags or arguments stands how the command is typed. */
async function withUsage(error: unknown, { words, synopsis }: CommandRun): Promise<unknown> {
  if (!(error instanceof CommandError) || error.code !== "USAGE") return error;
  return new CommandError(error.code, error.message, {
    details: [...error.details, usageLine(words, await synopsis())],
    hint: error.hint ?? `'${["wiggum", ...words].join(" ")} --help' shows its flags and examples.`,
  });
}

/** What is known of `--json` before the words are parsed. */
export function jsonAsked(typed: readonly string[]): { json?: true } {
  const end = typed.indexOf("--");
  return (end === -1 ? typed : typed.slice(0, end)).includes("--json") ? { json: true } : {};
}
