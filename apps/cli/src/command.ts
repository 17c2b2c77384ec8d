import {
  type BaseArgs,
  buildCommand,
  type Command,
  type CommandContext,
  type TypedCommandParameters,
} from "@stricli/core";
import type { Context, GlobalOptions, Outcome } from "./context.js";
import { globalFlags } from "./global-flags.js";

/** What stricli hands to a command function as `this`; the only way from the parser to the program. */
export interface ParserContext extends CommandContext {
  /** Called with the parsed flags and arguments. */
  readonly execute: (options: Partial<GlobalOptions>, run: (context: Context) => Promise<Outcome>) => Promise<void>;
}

/** One command: its flags and arguments, examples for help, and what it does. */
export interface CliCommand {
  /** Whole command lines. */
  readonly examples: readonly [string, ...string[]];
  /** Paragraphs below the brief in help. */
  readonly details: readonly string[];
  readonly parameters: ParameterDescriptions;
  /** As stricli sees it, the global flags included. */
  readonly parsed: Command<ParserContext>;
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
  readonly placeholder?: string;
  readonly optional?: boolean;
}

export interface CommandDefinition<Flags extends object, Arguments extends BaseArgs> {
  readonly examples: readonly [string, ...string[]];
  readonly details?: readonly string[];
  readonly parameters: NoInfer<TypedCommandParameters<Flags & Readonly<Record<string, unknown>>, Arguments, ParserContext>>;
  readonly run: (context: Context, flags: Flags, ...inputs: Arguments) => Promise<Outcome>;
}

/**
 * Makes a command of its parts. The global flags are added to its own, so that they are accepted after the command, too; where
 * a command has a flag of the same name (`status --verbose`), its own wins.
 */
export function defineCommand<Flags extends object, const Arguments extends BaseArgs = []>(
  definition: CommandDefinition<Flags, Arguments>,
): CliCommand {
  const own = definition.parameters as ParameterDescriptions;
  const added = Object.keys(globalFlags).filter((name) => own.flags?.[name] === undefined);
  const flags = { ...globalFlags, ...own.flags };
  return {
    examples: definition.examples,
    details: definition.details ?? [],
    parameters: own,
    parsed: buildCommand({
      docs: { brief: "" },
      parameters: { ...own, flags } as never,
      func: async function (this: ParserContext, values: Record<string, unknown>, ...inputs: BaseArgs) {
        const options = Object.fromEntries(added.map((name) => [name, values[name]]));
        const others = Object.entries(values).filter(([name]) => !added.includes(name));
        const ownValues = Object.fromEntries(others) as unknown as Flags;
        await this.execute(options, (context) =>
          definition.run(context, ownValues, ...(inputs as unknown as Arguments)),
        );
      },
    }),
  };
}
