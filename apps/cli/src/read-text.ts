import { usageError } from "./command-error.js";
import type { Context } from "./context.js";

/**
 * The text that a person or agent handed over: the words joined by spaces, or all of standard input for the single word `-`.
 * One line end at the very end of standard input is the shell's and left out; every other byte stays.
 * @throws USAGE when there is no text
 */
export async function readText(context: Context, words: readonly string[], name: string): Promise<string> {
  const text = await optionalText(context, words);
  if (text === undefined || text.trim() === "") throw usageError(`Missing argument: <${name}>`);
  return text;
}

/** The same, with `undefined` for no words. */
export async function optionalText(context: Context, words: readonly string[]): Promise<string | undefined> {
  if (words.length === 0) return undefined;
  if (words.length === 1 && words[0] === "-") return (await context.host.readStdin()).replace(/\r?\n$/, "");
  return words.join(" ");
}
