import { changeQuestion } from "./change-question.js";
import { CommandError } from "./command-error.js";
import type { Context, GlobalOptions, Host, Outcome } from "./context.js";
import { createContext, type OwnedContext } from "./create-context.js";
import { failureEnvelope, successEnvelope } from "./envelope.js";
import { explain, type Failure, failedWith } from "./failure.js";
import { findCommand, type Wanted } from "./find-command.js";
import { asksForHelp, parseAndRun } from "./parse.js";
import { isColoured } from "./render/coloured.js";
import { tableText } from "./render/table.js";
import { allLeaves, type CommandTree, type Group, type Leaf, rootCommands } from "./tree.js";
import { commandHelp, groupHelp, rootHelp, usageLine } from "./usage.js";
import { version } from "./version.js";

type WantedCommand = Extract<Wanted, { readonly kind: "command" }>;

/** Runs one command line to its end and returns the exit number. Never throws for what a command does. */
export async function runCommandLine(
  tree: CommandTree,
  typed: readonly string[],
  host: Host,
): Promise<number> {
  const wanted = findCommand(tree, typed);
  // A page, as text for the width of the terminal, or as data.
  const show = (words: readonly string[], text: string, data: object) => {
    const isJson = jsonAsked(typed).json === true;
    host.stdout.write(isJson ? successEnvelope(words.join(" "), noSource, data) : text);
    return 0;
  };
  switch (wanted.kind) {
    case "version":
      return show([], `wiggum v${version}\n`, { version });
    case "help": {
      const { words, target } = wanted;
      const text = await helpAbout(tree, wanted, host.stdout.columns);
      return show(words, text, { text, commands: helpData(tree, words, target) });
    }
    case "topic": {
      const { topicPage } = await import("./topic-page.js");
      const text = await topicPage(wanted.name, host.stdout.columns);
      return show([], text, { topic: wanted.name, text });
    }
    case "refused":
      return refuse(tree, wanted, typed, host);
    case "command":
      break;
  }
  const command = (await wanted.leaf.load()).default;
  if (asksForHelp(wanted.rest)) {
    const { words, leaf } = wanted;
    const text = commandHelp(words, leaf, command, host.stdout.columns);
    return show(words, text, { text, commands: helpData(tree, words, leaf) });
  }
  // Should parsing fail, `--json` is not known from the parser.
  const context = createContext(tree, host, wanted.words, { ...wanted.options, ...jsonAsked(wanted.rest) });
  const execution = { exitCode: 0 };
  const execute = async (options: Partial<GlobalOptions>, run: (context: Context) => Promise<Outcome>) => {
    context.apply(options);
    execution.exitCode = await perform(context, wanted, run, (error) =>
      wanted.words.length === 0 && isNowhere(error)
        ? refuse(tree, nothingNamed, typed, host, [explain(error).message])
        : undefined,
    );
  };
  try {
    const complaint = await parseAndRun(command, wanted.rest, execute);
    if (complaint === undefined) return execution.exitCode;
    return report(context, explain(withUsage(complaint, wanted)));
  } catch (error) {
    return report(context, explain(error));
  } finally {
    await context.close();
  }
}

/** Runs the command and prints what it answers; a failure becomes its exit number, `otherwise`'s where that has one. */
async function perform(
  context: OwnedContext,
  wanted: WantedCommand,
  run: (context: Context) => Promise<Outcome>,
  otherwise: (error: unknown) => number | undefined,
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
    return otherwise(error) ?? report(context, explain(withUsage(error, wanted)));
  }
}

const nothingNamed = {
  kind: "refused",
  reason: "command-missing",
  message: "No command given",
  words: [],
  near: [],
} as const;

/** Neither a project nor one of the shell version that could become ours: there is nothing to show but the commands. */
function isNowhere(error: unknown): boolean {
  return failedWith(error, "NOT_A_PROJECT") && error.message.startsWith("Not in a wiggum project");
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

function report(context: OwnedContext, failure: Failure): number {
  const { messages, options } = context;
  messages.error(failure.message, [...failure.details, `next: ${failure.hint}`]);
  for (const line of failure.stack?.split("\n") ?? []) messages.debug(line);
  if (options.json) context.write(failureEnvelope(context.words.join(" "), failure));
  return failure.exitCode;
}

/** Below a complaint about flags or arguments stands how the command is typed. */
function withUsage(error: unknown, { words, leaf }: WantedCommand): unknown {
  if (!(error instanceof CommandError) || error.code !== "USAGE") return error;
  return new CommandError(error.code, error.message, {
    details: [...error.details, usageLine(words, leaf.synopsis)],
    hint: error.hint ?? `'${["wiggum", ...words].join(" ")} --help' shows its flags and examples.`,
  });
}

/** Nothing to run: the message, then the usage text, both on standard error. */
function refuse(
  tree: CommandTree,
  wanted: Extract<Wanted, { kind: "refused" }>,
  typed: readonly string[],
  host: Host,
  details: readonly string[] = [],
): number {
  const context = createContext(tree, host, wanted.words, jsonAsked(typed));
  const help = ["wiggum", ...wanted.words, "--help"].join(" ");
  const hint =
    wanted.near.length > 0
      ? `Did you mean: ${wanted.near.map((words) => `wiggum ${words}`).join(", ")}?`
      : `'${help}' explains more.`;
  const code = wanted.reason === "command-unknown" ? "COMMAND_UNKNOWN" : "USAGE";
  const failure = explain(new CommandError(code, wanted.message, { details, hint }));
  const { columns, isTerminal } = host.stderr;
  const usage =
    wanted.group === undefined ? rootHelp(tree, columns) : groupHelp(wanted.words, wanted.group, columns);
  // On a terminal the message would scroll away above the usage text.
  if (isTerminal) host.stderr.write(`${usage}\n`);
  const exitCode = report(context, failure);
  if (!isTerminal) host.stderr.write(usage);
  return exitCode;
}

async function helpAbout(
  tree: CommandTree,
  { words, target }: Extract<Wanted, { kind: "help" }>,
  columns: number | undefined,
): Promise<string> {
  if (target === undefined) return rootHelp(tree, columns);
  if (target.kind === "group") return groupHelp(words, target, columns);
  return commandHelp(words, target, (await target.load()).default, columns);
}

/** Pages open no store. */
const noSource = { store: null, asOf: null };

/** The commands that a help page is about, as data. */
function helpData(
  tree: CommandTree,
  words: readonly string[],
  target: Leaf | Group | undefined,
): readonly object[] {
  const shown = ({ synopsis, brief }: Leaf, own: readonly string[]) => ({
    command: own.join(" "),
    synopsis,
    brief,
  });
  if (target?.kind === "command") return [shown(target, words)];
  const leaves = [...allLeaves(target?.commands ?? rootCommands(tree), words)];
  return leaves.filter(({ leaf }) => !leaf.isInternal).map(({ words: own, leaf }) => shown(leaf, own));
}

function jsonAsked(typed: readonly string[]): { json?: true } {
  const end = typed.indexOf("--");
  return (end === -1 ? typed : typed.slice(0, end)).includes("--json") ? { json: true } : {};
}
