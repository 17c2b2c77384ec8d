import type { CliCommand, FlagDescription } from "../command.js";
import { globalFlags } from "../global-flags.js";
import type { Group, Leaf } from "../tree.js";
import { type CandidateKind, kindOfPlaceholder } from "./candidate-kinds.js";

/** Something that may stand where the cursor is. */
export interface Proposal {
  readonly value: string;
  /** For shells that show what a value is. */
  readonly brief?: string | undefined;
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  /** The shell proposes what it knows better. */
  readonly also?: "files" | "folders" | undefined;
}

/** Gives the values of one kind. `before` = the arguments that were typed already. */
export type Candidates = (
  kind: Exclude<CandidateKind, "text" | "file" | "folder">,
  before: readonly string[],
) => Promise<readonly Proposal[]>;

const helpFlags: readonly Proposal[] = [
  { value: "--help", brief: "Show help and end" },
  { value: "-h", brief: "Show help and end" },
];
const nothing: Proposals = { proposals: [] };

/**
 * What may stand in place of the last word of a command line. The words are those behind `wiggum`; the last one is what was typed of it so far, and may be
 * empty. All of it is read off the command line's own description.
 */
export async function propose(
  root: Readonly<Record<string, Leaf | Group>>,
  words: readonly string[],
  candidates: Candidates,
  topics: Readonly<Record<string, { readonly brief: string }>>,
): Promise<Proposals> {
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  let commands = root;
  let isRoot = true;
  let isHelp = false;
  for (let index = 0; index < before.length; index += 1) {
    const word = before[index] ?? "";
    const target = Object.hasOwn(commands, word) ? commands[word] : undefined;
    // One command looks like a flag.
    if (target === undefined && word.startsWith("-")) {
      const [flag] = Object.entries(globalFlags).filter(([name]) => word === `--${name}`);
      if (flag?.[1].kind !== "parsed") continue;
      if (index === before.length - 1) return valuesOf(flag[1], partial, candidates, []);
      index += 1;
      continue;
    }
    if (word === "help" && isRoot) {
      isHelp = true;
      continue;
    }
    if (target === undefined || (isHelp && target.kind === "command")) return nothing;
    if (target.kind === "command")
      return forCommand((await target.load()).default, before.slice(index + 1), partial, candidates);
    commands = target.commands;
    isRoot = false;
  }
  if (partial.startsWith("-")) {
    const version = isRoot ? [{ value: "--version", brief: "Show the version and end" }] : [];
    return starting(partial, [
      ...commandProposals(commands),
      ...flagProposals(globalFlags),
      ...helpFlags,
      ...version,
    ]);
  }
  const help = isRoot && !isHelp ? [{ value: "help", brief: "Explain a command or a topic" }] : [];
  const explained =
    isRoot && isHelp ? Object.entries(topics).map(([value, { brief }]) => ({ value, brief })) : [];
  return starting(partial, [...commandProposals(commands), ...help, ...explained]);
}

function commandProposals(commands: Readonly<Record<string, Leaf | Group>>): readonly Proposal[] {
  return Object.entries(commands)
    .filter(([, target]) => target.kind === "group" || !target.isInternal)
    .map(([value, { brief }]) => ({ value, brief }));
}

async function forCommand(
  command: CliCommand,
  before: readonly string[],
  partial: string,
  candidates: Candidates,
): Promise<Proposals> {
  const flags: Readonly<Record<string, FlagDescription>> = { ...globalFlags, ...command.parameters.flags };
  const { aliases = {} } = command.parameters;
  const given = new Set<string>();
  const inputs: string[] = [];
  let waiting: FlagDescription | undefined;
  let isEscaped = false;
  for (const word of before) {
    if (waiting !== undefined) {
      waiting = undefined;
    } else if (isEscaped || !word.startsWith("-") || word === "-") {
      inputs.push(word);
    } else if (word === "--") {
      isEscaped = true;
    } else {
      const [typed = "", ...value] = word.split("=");
      const name = word.startsWith("--") ? nameOf(typed) : aliases[word.slice(1)];
      const flag = name === undefined ? undefined : flags[name];
      if (name !== undefined) given.add(name);
      if (flag !== undefined && flag.kind !== "boolean" && value.length === 0) waiting = flag;
    }
  }
  if (waiting !== undefined) return valuesOf(waiting, partial, candidates, inputs);
  if (!isEscaped && partial.startsWith("-")) {
    const [, typed = "", value] = /^(--[a-z-]+)=(.*)$/s.exec(partial) ?? [];
    const flag = flags[nameOf(typed)];
    if (value !== undefined) {
      if (flag === undefined || flag.kind === "boolean") return nothing;
      const found = await valuesOf(flag, value, candidates, inputs);
      const proposals = found.proposals.map((one) => ({ ...one, value: `${typed}=${one.value}` }));
      return { ...found, proposals };
    }
    const left = Object.entries(flags).filter(
      ([name, one]) => !given.has(name) || one.variadic !== undefined,
    );
    return starting(partial, [...flagProposals(Object.fromEntries(left)), ...helpFlags]);
  }
  const { positional } = command.parameters;
  const isRepeated = positional?.kind === "array";
  const place = isRepeated ? Math.min(inputs.length, command.inputs.length - 1) : inputs.length;
  const placeholder = command.inputs[place]?.placeholder;
  if (placeholder === undefined) return nothing;
  return ofKind(kindOfPlaceholder[placeholder] ?? "text", partial, candidates, inputs);
}

async function valuesOf(
  flag: FlagDescription,
  partial: string,
  candidates: Candidates,
  inputs: readonly string[],
): Promise<Proposals> {
  if (flag.values !== undefined)
    return starting(
      partial,
      flag.values.map((value) => ({ value })),
    );
  const kind = kindOfPlaceholder[flag.placeholder ?? ""] ?? "text";
  if (flag.variadic !== ",") return ofKind(kind, partial, candidates, inputs);
  // Of values joined by commas only the last one is begun.
  const joined = partial.slice(0, partial.lastIndexOf(",") + 1);
  const taken = joined.split(",");
  const found = await ofKind(kind, partial.slice(joined.length), candidates, inputs);
  const proposals = found.proposals.filter(({ value }) => !taken.includes(value));
  return { ...found, proposals: proposals.map((one) => ({ ...one, value: joined + one.value })) };
}

async function ofKind(
  kind: CandidateKind,
  partial: string,
  candidates: Candidates,
  inputs: readonly string[],
): Promise<Proposals> {
  if (kind === "text") return nothing;
  if (kind === "file") return { proposals: [], also: "files" };
  if (kind === "folder") return { proposals: [], also: "folders" };
  return starting(partial, await candidates(kind, inputs));
}

function flagProposals(flags: Readonly<Record<string, FlagDescription>>): readonly Proposal[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name, { brief }]) => ({
      value: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      brief,
    }));
}

/** `--operation-id` is the flag `operationId`. */
function nameOf(flag: string): string {
  return flag.slice(2).replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

function starting(partial: string, proposals: readonly Proposal[]): Proposals {
  return { proposals: proposals.filter(({ value }) => value.startsWith(partial)) };
}
