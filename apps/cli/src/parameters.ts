// Arguments and flags that several commands share, in the parser's form.
import { usageError } from "./command-error.js";

const asTyped = (text: string) => text;

export const ticketArgument = {
  placeholder: "id",
  brief: "Ticket: its id, or the beginning of it (5c4 is tk-5c46)",
  parse: asTyped,
} as const;

export const agentArgument = {
  placeholder: "agent",
  brief: "Agent, for example worker-0",
  parse: oneLine("<agent>"),
} as const;

export const sourceArgument = {
  placeholder: "source",
  brief: "Whose words these are, for example your agent id",
  parse: oneLine("<source>"),
} as const;

/** A text in one argument; how `-` is read is up to the command. */
export function textArgument(placeholder: string, brief: string) {
  return { placeholder, brief, parse: asTyped } as const;
}

/**
 * Arguments of which the last is a text of several words, for example `<id> <source> <message...>`. The parser knows such a list
 * only as a whole: `leading` are checked here, `least` words of text are demanded.
 */
export function wordsWithText<Flags extends object>(
  leading: readonly InputDescription[],
  text: InputDescription,
  least: 0 | 1,
  flags: Flags,
) {
  return {
    inputs: [...leading, text],
    parameters: {
      flags,
      positional: {
        kind: "array",
        minimum: leading.length + least,
        parameter: { placeholder: text.placeholder, brief: text.brief, parse: asTyped },
      },
    },
  } as const;
}

interface InputDescription {
  readonly placeholder: string;
  readonly brief: string;
}

export const operationIdFlag = {
  kind: "parsed",
  optional: true,
  placeholder: "OP",
  brief: "Id of this write; the same id again has no second effect",
  parse: operationId,
} as const;

export const noSyncFlag = {
  kind: "boolean",
  optional: true,
  withNegated: false,
  brief: "Change only the file in your ticket folder; 'wiggum ticket sync' submits it",
} as const;

/** A switch that is off unless given, without a `--no-` form. */
export function switchFlag(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}

/** A flag with a text. */
export function textFlag(placeholder: string, brief: string) {
  return { kind: "parsed", optional: true, placeholder, brief, parse: asTyped } as const;
}

/** A flag with a text of one line. */
export function lineFlag(name: string, placeholder: string, brief: string) {
  return { kind: "parsed", optional: true, placeholder, brief, parse: oneLine(`--${name}`) } as const;
}

/** Where agents are started; `defineCommand` hands it to whoever opens the project. */
export const runnerFlag = {
  kind: "enum",
  optional: true,
  values: ["auto", "process", "tmux", "opencode"],
  brief: "Where agents run (default: WIGGUM_RUNNER)",
} as const;

/** A flag that may be given several times. */
export function repeatedFlag(placeholder: string, brief: string) {
  return { kind: "parsed", optional: true, variadic: true, placeholder, brief, parse: asTyped } as const;
}

/** A flag with several values in one word, joined by commas. */
export function commaFlag(placeholder: string, brief: string) {
  return { kind: "parsed", optional: true, variadic: ",", placeholder, brief, parse: asTyped } as const;
}

/** A flag with a whole number within bounds. */
export function numberFlag(name: string, brief: string, least: number, most: number) {
  return {
    kind: "parsed",
    optional: true,
    placeholder: "N",
    brief,
    parse: wholeNumber(`--${name}`, least, most),
  } as const;
}

export function wholeNumber(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most >= 1_000_000 ? `${least} or more` : `${least} to ${most}`;
    throw usageError(`${name}: '${text}' is not a whole number, ${range}`);
  };
}

/** Text that becomes part of a heading, a commit subject or a file name: one line, not empty. */
export function oneLine(name: string): (text: string) => string {
  return (text) => {
    if (text.trim() === "") throw usageError(`${name} is empty`);
    if (/[\r\n]/.test(text)) throw usageError(`${name} must be one line`);
    return text;
  };
}

function operationId(text: string): string {
  // Writes of a hook are numbered: <event>/<hook>/<number>.
  if (/^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/.test(text)) return text;
  throw usageError(
    `--operation-id: '${text}' is not an operation id (letters, digits, and - _ . / within, at most 200)`,
  );
}
