import { CommandError } from "./command-error.js";
import type { Host } from "./context.js";
import { createContext } from "./create-context.js";
import { successEnvelope } from "./envelope.js";
import { explain, failedWith } from "./failure.js";
import { findCommand, type Wanted } from "./find-command.js";
import { asksForHelp } from "./parse.js";
import { jsonAsked, report, runCommand } from "./run-command.js";
import { allLeaves, type CommandTree, type Group, type Leaf, rootCommands } from "./tree.js";
import { commandHelp, groupHelp, rootHelp } from "./usage.js";
import { version } from "./version.js";

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
  return await runCommand(command, {
    host,
    words: wanted.words,
    synopsis: () => wanted.leaf.synopsis,
    options: wanted.options,
    rest: wanted.rest,
    commands: rootCommands(tree),
    otherwise: (error) =>
      wanted.words.length === 0 && isNowhere(error)
        ? refuse(tree, nothingNamed, typed, host, [explain(error).message])
        : undefined,
  });
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

/** Nothing to run: the message, then the usage text, both on standard error. */
function refuse(
  tree: CommandTree,
  wanted: Extract<Wanted, { kind: "refused" }>,
  typed: readonly string[],
  host: Host,
  details: readonly string[] = [],
): number {
  const context = createContext(rootCommands(tree), host, wanted.words, jsonAsked(typed));
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
