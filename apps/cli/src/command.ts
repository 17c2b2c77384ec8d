import type { BaseArgs, CommandContext, TypedCommandParameters } from "@stricli/core";
import type { Context, GlobalOptions, Outcome } from "./context.js";
import { globalFlags } from "./global-flags.js";

/** Called with the parsed flags and arguments: the only way from a parser to the program. */
export type Execute = (
  options: Partial<GlobalOptions>,
  run: (context: Context) => Promise<Outcome>,
) => Promise<void>;

/** What stricli hands to a command function as `this`. */
export interface ParserContext extends CommandContext {
  readonly execute: Execute;
}

/** One command: its flags and arguments, examples for help, and what it does. */
export interface CliCommand {
  /** Whole command lines. */
  readonly examples: readonly [string, ...string[]];
  /** Paragraphs below the brief in help. */
  readonly details: readonly string[];
  readonly parameters: ParameterDescriptions;
  /** The arguments one by one, for help and for naming a missing one. */
  readonly inputs: readonly PositionalDescription[];
  /** Its own flags and the global ones, in stricli's form. */
  readonly flags: Readonly<Record<string, FlagDescription>>;
  /** Runs it with what a parser made of the words: flags by name, and the arguments. */
  readonly start: (
    values: Readonly<Record<string, unknown>>,
    inputs: readonly unknown[],
    execute: Execute,
  ) => Promise<void>;
}

/** The part of stricli's parameters that help needs. */
export interface ParameterDescriptions {
  readonly flags?: Readonly<Record<string, FlagDescription>>;
  readonly aliases?: Readonly<Partial<Record<string, string>>>;
  readonly positional?: PositionalDescriptions;
}

export interface FlagDescription {
  readonly kind: string;
  readonly brief: string;
  readonly optional?: boolean;
  readonly withNegated?: boolean;
  readonly parse?: (text: string) => unknown;
  readonly placeholder?: string;
  readonly default?: unknown;
  readonly values?: readonly string[];
  readonly variadic?: boolean | string;
  readonly hidden?: boolean;
}

export type PositionalDescriptions =
  | { readonly kind: "tuple"; readonly parameters: readonly PositionalDescription[] }
  | { readonly kind: "array"; readonly parameter: PositionalDescription; readonly minimum?: number };

export interface PositionalDescription {
  readonly brief: string;
  readonly default?: unknown;
  readonly parse?: (text: string) => unknown;
  readonly placeholder?: string;
  readonly optional?: boolean;
}

/** As the parser wants it: lets interfaces be flags. */
type FlagsOf<Flags> = Readonly<Partial<Record<keyof Flags, unknown>>>;

export interface CommandDefinition<Flags extends FlagsOf<Flags>, Arguments extends BaseArgs> {
  readonly examples: readonly [string, ...string[]];
  readonly details?: readonly string[];
  /** Where arguments of several kinds are parsed as one list: each of them. The last one may be repeated. */
  readonly inputs?: readonly PositionalDescription[];
  readonly parameters: NoInfer<TypedCommandParameters<Flags, Arguments, ParserContext>>;
  readonly run: (context: Context, flags: Flags, ...inputs: Arguments) => Promise<Outcome>;
}

/**
 * Makes a command of its parts. The global flags are added to its own, so that they are accepted after the command, too; where
 * a command has a flag of the same name (`status --verbose`), its own wins.
 */
export function defineCommand<const Flags extends FlagsOf<Flags>, const Arguments extends BaseArgs = []>(
  definition: CommandDefinition<Flags, Arguments>,
): CliCommand {
  const own = definition.parameters as ParameterDescriptions;
  // A flag of the command's own that says how the project is opened.
  const opening = Object.keys(own.flags ?? {}).filter((name) => name === "runner");
  const added = Object.keys(globalFlags).filter((name) => own.flags?.[name] === undefined);
  const flags = { ...globalFlags, ...own.flags };
  return {
    examples: definition.examples,
    details: definition.details ?? [],
    parameters: own,
    inputs: definition.inputs ?? describedInputs(own.positional),
    flags,
    async start(values, inputs, execute) {
      const options = Object.fromEntries([...added, ...opening].map((name) => [name, values[name]]));
      const others = Object.entries(values).filter(([name]) => !added.includes(name));
      const ownValues = Object.fromEntries(others) as unknown as Flags;
      await execute(options, (context) =>
        definition.run(context, ownValues, ...(inputs as unknown as Arguments)),
      );
    },
  };
}

function describedInputs(positional: PositionalDescriptions | undefined): readonly PositionalDescription[] {
  if (positional === undefined) return [];
  return positional.kind === "tuple" ? positional.parameters : [positional.parameter];
}
