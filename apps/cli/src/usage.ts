import type { CliCommand, FlagDescription, ParameterDescriptions } from "./command.js";
import { globalFlags } from "./global-flags.js";
import type { CommandTree, Group, Leaf } from "./tree.js";

const narrowest = 60;
const widest = 110;

/** `Usage: wiggum ticket transition <id> <state>` */
export function usageLine(words: readonly string[], synopsis: string): string {
  return `Usage: ${["wiggum", ...words, synopsis].join(" ").trimEnd()}`;
}

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
  lines.push("Examples:", ...tree.examples.map((example) => `  ${example}`), "");
  lines.push(
    ...wrap("'wiggum <command> --help' shows flags, arguments and examples of one command.", columns),
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
    ["Arguments:", argumentRows(command)],
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

type Row = readonly [left: string, right: string];

function rows(commands: Readonly<Record<string, Leaf | Group>>, prefix: readonly string[]): readonly Row[] {
  return Object.entries(commands).flatMap(([word, target]): readonly Row[] => {
    const words = [...prefix, word];
    if (target.kind === "group") return rows(target.commands, words);
    if (target.isInternal) return [];
    return [[[...words, target.synopsis].join(" ").trimEnd(), target.brief]];
  });
}

function argumentRows({ inputs, parameters }: CliCommand): readonly Row[] {
  return inputs.map(({ placeholder = "argument", brief }, index) => {
    const isRepeated = parameters.positional?.kind === "array" && index === inputs.length - 1;
    return [isRepeated ? `<${placeholder}>...` : `<${placeholder}>`, brief];
  });
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

/** Two columns; the right one is wrapped to the terminal. A left part that is too long gets a line of its own. */
function columnLines(entries: readonly Row[], columns: number | undefined, left?: number): readonly string[] {
  const longest = left ?? Math.max(0, ...entries.map(([first]) => first.length));
  const width = Math.min(longest, 34);
  return entries.flatMap(([first, second]) => {
    const [head = "", ...more] = wrap(second, columns, width + 4);
    const margin = " ".repeat(width + 4);
    const below = more.map((line) => margin + line);
    if (first.length > width) return [`  ${first}`, margin + head, ...below];
    return [`  ${first.padEnd(width)}  ${head}`, ...below];
  });
}

/** Lines of at most the terminal's width; `margin` columns are taken already. */
function wrap(text: string, columns: number | undefined, margin = 0): readonly string[] {
  const width = Math.max(20, Math.min(widest, Math.max(narrowest, columns ?? 80)) - margin);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
