import type { CliCommand, FlagDescription, PositionalDescription } from "./command.js";

/** What a command line says: flags by name, and the arguments in order. */
export interface PlainLine {
  readonly values: Readonly<Record<string, unknown>>;
  readonly inputs: readonly unknown[];
}

/**
 * Reads a command line in which nothing is to be decided: known flags in full, each once, a value in the next word, all that is needed is there. Anything
 * else, and any value that is refused, is `undefined`: then the parser reads it all again, and says what is wrong. What both read, they read alike.
 */
export function readPlainly(command: CliCommand, typed: readonly string[]): PlainLine | undefined {
  const values: Record<string, unknown> = {};
  const words: string[] = [];
  const rest = [...typed];
  try {
    for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
      if (word === "") return undefined;
      if (!word.startsWith("-")) {
        words.push(word);
        continue;
      }
      const name = nameOf(word);
      const flag = Object.hasOwn(command.flags, name) ? command.flags[name] : undefined;
      if (flag === undefined || Object.hasOwn(values, name)) return undefined;
      if (isSwitch(flag)) values[name] = true;
      else if (isValued(flag)) {
        const text = rest.shift();
        if (text === undefined || text === "" || text.startsWith("-")) return undefined;
        values[name] =
          flag.variadic === ","
            ? text.split(",").map((part) => flag.parse(part === "" ? refuse() : part))
            : flag.parse(text);
      } else return undefined;
    }
    for (const [name, { optional, default: standing }] of Object.entries(command.flags))
      if (standing !== undefined || (optional !== true && !Object.hasOwn(values, name))) return undefined;
    const inputs = inputsOf(command.parameters.positional, words);
    const isAtHand = [...Object.values(values), ...(inputs ?? [])].every(
      (value) => !(value instanceof Promise),
    );
    return inputs !== undefined && isAtHand ? { values, inputs } : undefined;
  } catch {
    // A value that was refused: the parser words it.
    return undefined;
  }
}

/** `--no-hooks` is `noHooks`; nothing for words that are no flag in full. */
function nameOf(word: string): string {
  if (!/^--[a-z]+(?:-[a-z]+)*$/.test(word)) return "";
  return word.slice(2).replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

function isSwitch({ kind, withNegated }: FlagDescription): boolean {
  return kind === "boolean" && withNegated === false;
}

function isValued(flag: FlagDescription): flag is FlagDescription & { parse: (text: string) => unknown } {
  return flag.kind === "parsed" && typeof (flag.variadic ?? ",") === "string" && flag.parse !== undefined;
}

/** Leaves a line that is not plain to the parser. */
function refuse(): never {
  throw new Error("Not plain");
}

function inputsOf(
  positional: CliCommand["parameters"]["positional"],
  words: readonly string[],
): readonly unknown[] | undefined {
  if (positional === undefined) return words.length === 0 ? [] : undefined;
  if (positional.kind === "array") {
    const { parameter, minimum = 0 } = positional;
    return words.length >= minimum ? words.map((word) => read(parameter, word)) : undefined;
  }
  const { parameters } = positional;
  if (words.length > parameters.length) return undefined;
  const left = parameters.slice(words.length);
  if (left.some(({ optional, default: standing }) => optional !== true || standing !== undefined))
    return undefined;
  return parameters
    .slice(0, words.length)
    .map((parameter, position) => read(parameter, words[position] ?? ""));
}

function read({ parse }: PositionalDescription, word: string): unknown {
  return parse === undefined ? refuse() : parse(word);
}
