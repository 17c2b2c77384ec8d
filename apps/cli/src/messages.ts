import { printable } from "./printable.js";

/** What is said beside the result. All of it goes to standard error, one line at a time, with control characters escaped. */
export interface Messages {
  info(text: string): void;
  ok(text: string): void;
  warn(text: string): void;
  /** Is printed with `--quiet`, too. `details` stand below it, indented. */
  error(text: string, details?: readonly string[]): void;
  debug(text: string): void;
  /** A line without a prefix, silent with `--quiet`. */
  plain(text: string): void;
}

export interface MessageOptions {
  readonly write: (text: string) => void;
  readonly isColoured: boolean;
  /** Asked at every message: settings are known only after the project was opened. */
  readonly isQuiet: () => boolean;
  readonly isVerbose: () => boolean;
}

const colours = { info: 34, ok: 32, warn: 33, error: 31, debug: 2 } as const;

/** Width of `[error] `: details and hints stand below the sentence. */
export const indent = " ".repeat(8);

export function createMessages(options: MessageOptions): Messages {
  const say = (kind: keyof typeof colours, text: string) => {
    const prefix = options.isColoured ? `\u001b[${colours[kind]}m[${kind}]\u001b[0m` : `[${kind}]`;
    options.write(`${prefix} ${printable(text)}\n`);
  };
  const unlessQuiet = (kind: "info" | "ok" | "warn") => (text: string) => {
    if (!options.isQuiet()) say(kind, text);
  };
  return {
    info: unlessQuiet("info"),
    ok: unlessQuiet("ok"),
    warn: unlessQuiet("warn"),
    error(text, details = []) {
      say("error", text);
      for (const line of details) options.write(`${indent}${printable(line)}\n`);
    },
    debug(text) {
      if (options.isVerbose() && !options.isQuiet()) say("debug", text);
    },
    plain(text) {
      if (!options.isQuiet()) options.write(`${printable(text)}\n`);
    },
  };
}
