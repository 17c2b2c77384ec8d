import type { CliCommand, FlagDescription, ParameterDescriptions } from "./command.js";
import { globalFlags } from "./global-flags.js";
import { columnLines, type Row, wrap } from "./render/columns.js";
import { topics } from "./topics.js";
import type { CommandTree, Group, Leaf } from "./tree.js";
import { usageLine } from "./usage-line.js";

/** The overview: one line for every command, below the headings of the original. */
export function rootHelp(tree: CommandTree, columns: number | undefined): string {
  const sections = Object.entries(tree.sections).map(
    ([heading, commands]) => [heading, rows(commands, [])] as const,
  );
  const options = globalRows();
  const left = Math.max(
    ...[...sections.flatMap(([, lines]) => lines), ...options].map(([first]) => first.length),
  );
  const lines = ["Usage: wiggum <command> [options]", ""];
  for (const [heading, entries] of sections) lines.push(heading, ...columnLines(entries, columns, left), "");
  lines.push("Global Options:", ...columnLines(options, columns, left), "");
  const explained = Object.entries(topics).map(([name, { brief }]): Row => [`help ${name}`, brief]);
  lines.push("Topics:", ...columnLines(explained, columns, left), "");
  lines.push("Examples:", ...tree.examples.map((example) => `  ${example}`), "");
  lines.push(
    ...wrap("'wiggum <command> --help' shows flags, arguments and examples of one command.", columns),
    ...wrap("'wiggum help <topic>' explains one of the topics above.", columns),
  );
  return `${lines.join("\n")}\n`;
}

export function groupHelp(words: readonly string[], target: Group, columns: number | undefined): string {
  const lines = [
    usageLine(words, "<command> [options]"),
    "",
    ...wrap(target.brief, columns),
    "",
    "Commands:",
  ];
  lines.push(...columnLines(rows(target.commands, []), columns), "");
  lines.push("Examples:", ...target.examples.map((example) => `  ${example}`));
  return `${lines.join("\n")}\n`;
}

export function commandHelp(
  words: readonly string[],
  target: Leaf,
  command: CliCommand,
  columns: number | undefined,
): string {
  const lines = [usageLine(words, target.synopsis), "", ...wrap(`${target.brief}.`, columns)];
  for (const paragraph of command.details) lines.push("", ...wrap(paragraph, columns));
  const sections: readonly (readonly [string, readonly Row[]])[] = [
    ["Arguments:", argumentRows(command, target.synopsis)],
    ["Options:", flagRows(command.parameters)],
    ["Global Options:", globalRows()],
  ];
  const left = Math.max(...sections.flatMap(([, entries]) => entries.map(([first]) => first.length)));
  for (const [heading, entries] of sections) {
    if (entries.length > 0) lines.push("", heading, ...columnLines(entries, columns, left));
  }
  lines.push("", "Examples:", ...command.examples.map((example) => `  ${example}`));
  return `${lines.join("\n")}\n`;
}

function rows(commands: Readonly<Record<string, Leaf | Group>>, prefix: readonly string[]): readonly Row[] {
  return Object.entries(commands).flatMap(([word, target]): readonly Row[] => {
    const words = [...prefix, word];
    if (target.kind === "group") return rows(target.commands, words);
    if (target.isInternal) return [];
    return [[[...words, target.synopsis].join(" ").trimEnd(), target.brief]];
  });
}

/** Arguments as the usage line writes them: `[ticket]` may be left out, `<message...>` may be several words. */
function argumentRows({ inputs }: CliCommand, synopsis: string): readonly Row[] {
  const named =
    synopsis.replaceAll(/\[(?:-|options)[^\]]*\]/g, "").match(/[<[][a-z]+(?:\.\.\.)?[>\]]/g) ?? [];
  return inputs.map(({ placeholder = "argument", brief }, index) => [
    named[index] ?? `<${placeholder}>`,
    brief,
  ]);
}

function flagRows({ flags = {}, aliases = {} }: ParameterDescriptions): readonly Row[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name, flag]) => {
      const letters = Object.keys(aliases).filter((letter) => aliases[letter] === name);
      return flagRow(name, flag, letters);
    });
}

function globalRows(): readonly Row[] {
  return [
    ...Object.entries(globalFlags).map(([name, flag]) => flagRow(name, flag, [])),
    ["-h, --help", "Show help and end"],
    ["-v, --version", "Show the version and end (before a command)"],
  ];
}

function flagRow(name: string, flag: FlagDescription, letters: readonly string[]): Row {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const value = flag.kind === "boolean" ? "" : ` ${flag.placeholder ?? flag.values?.join("|") ?? "VALUE"}`;
  const repeated = flag.variadic ? " (may be repeated)" : "";
  const preset = flag.default === undefined ? "" : ` (default: ${String(flag.default)})`;
  return [
    [...letters.map((letter) => `-${letter}`), long].join(", ") + value,
    `${flag.brief}${repeated}${preset}`,
  ];
}
