import type { CliCommand } from "./command.js";

/** A command as the overview shows it; the rest (flags, examples, what it does) is loaded only when it is typed. */
export interface Leaf {
  readonly kind: "command";
  /** What follows the words of the command, for example `<id> <state> [--dry-run]`. */
  readonly synopsis: string;
  readonly brief: string;
  /** Not for people: left out of help. */
  readonly isInternal: boolean;
  load(): Promise<{ readonly default: CliCommand }>;
}

export interface Group {
  readonly kind: "group";
  readonly brief: string;
  readonly examples: readonly [string, ...string[]];
  readonly commands: Readonly<Record<string, Leaf | Group>>;
}

/** The whole command line: sections of the usage text, each with its commands. */
export interface CommandTree {
  readonly sections: Readonly<Record<string, Readonly<Record<string, Leaf | Group>>>>;
  readonly examples: readonly string[];
  /** What is run where no command is named. Absent = that is refused. */
  readonly alone?: Leaf;
}

export function leaf(
  synopsis: string,
  brief: string,
  load: () => Promise<{ readonly default: CliCommand }>,
  isInternal = false,
): Leaf {
  return { kind: "command", synopsis, brief, isInternal, load };
}

export function group(
  brief: string,
  examples: readonly [string, ...string[]],
  commands: Readonly<Record<string, Leaf | Group>>,
): Group {
  return { kind: "group", brief, examples, commands };
}

/** The commands of all sections by their first word. */
export function rootCommands(tree: CommandTree): Readonly<Record<string, Leaf | Group>> {
  return Object.assign({}, ...Object.values(tree.sections));
}

/** Every command with the words that are typed for it, internal ones too. */
export function* allLeaves(
  commands: Readonly<Record<string, Leaf | Group>>,
  prefix: readonly string[] = [],
): Generator<{ readonly words: readonly string[]; readonly leaf: Leaf }> {
  for (const [word, target] of Object.entries(commands)) {
    const words = [...prefix, word];
    if (target.kind === "command") yield { words, leaf: target };
    else yield* allLeaves(target.commands, words);
  }
}
