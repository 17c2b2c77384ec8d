import type { GlobalOptions } from "./context.js";

/** The flags that every command takes, as stricli wants them. `withNegated: false`: there is no `--no-quiet`. */
export const globalFlags = {
  json: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "Print a JSON envelope instead of text",
  },
  quiet: { kind: "boolean", optional: true, withNegated: false, brief: "Print only results and errors" },
  verbose: { kind: "boolean", optional: true, withNegated: false, brief: "Print debug lines, too" },
  session: {
    kind: "parsed",
    optional: true,
    parse: (text: string) => text,
    placeholder: "NAME",
    brief: "Name of the session, for this call",
  },
  config: {
    kind: "parsed",
    optional: true,
    parse: (text: string) => text,
    placeholder: "PATH",
    brief: "Settings file instead of the project's config.sh",
  },
} as const;

const switches = ["json", "quiet", "verbose"] as const;
const valued = ["session", "config"] as const;

/** All of them, as they are typed. */
export const globalFlagNames: readonly string[] = Object.keys(globalFlags).map((name) => `--${name}`);

export type LeadingFlag =
  | { readonly kind: "option"; readonly options: Partial<GlobalOptions>; readonly consumed: 1 | 2 }
  | { readonly kind: "help" | "version" | "none" }
  | { readonly kind: "refused"; readonly message: string };

/** The global flag at the beginning of `rest`, where only global flags may stand: before the command. */
export function leadingFlag(rest: readonly string[]): LeadingFlag {
  const [word = "", next] = rest;
  if (word === "--help" || word === "-h") return { kind: "help" };
  if (word === "--version" || word === "-v") return { kind: "version" };
  if (!word.startsWith("-") || word === "-") return { kind: "none" };
  for (const name of switches) {
    if (word === `--${name}`) return { kind: "option", options: { [name]: true }, consumed: 1 };
    // As after the command, where the parser reads them.
    if (word === `--${name}=true` || word === `--${name}=false`)
      return { kind: "option", options: { [name]: word.endsWith("=true") }, consumed: 1 };
  }
  for (const name of valued) {
    if (word.startsWith(`--${name}=`)) {
      return { kind: "option", options: { [name]: word.slice(name.length + 3) }, consumed: 1 };
    }
    if (word !== `--${name}`) continue;
    if (next === undefined) return { kind: "refused", message: `--${name} needs a value` };
    return { kind: "option", options: { [name]: next }, consumed: 2 };
  }
  return { kind: "refused", message: `Unknown flag: ${word}` };
}
