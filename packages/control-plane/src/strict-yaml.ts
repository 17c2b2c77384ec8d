import { printable, yamlFault } from "@wiggum/ticket-core";
import { isMap, isNode, LineCounter, type Node, type ParsedNode, parseDocument } from "yaml";
import { z } from "zod";
import { schemaWords } from "./schema-words.js";
import type { SettingsProblem } from "./settings-problems.js";
import { splitWords } from "./split-words.js";

const isCommand = "must be a command, as a text or as a list of words";

/**
 * `[npm, test]` or `npm test`; never given to a shell. As everywhere in these schemas, what is expected is said in our own words, which go on
 * after the name of the setting; what was found is added to those that begin with "must".
 */
export const commandSchema = z
  .union([z.array(z.string(isCommand)).min(1, isCommand), z.string(isCommand)], isCommand)
  .transform((value, context) => {
    const split = typeof value === "string" ? splitWords(value) : { words: value };
    if ("words" in split && split.words[0] !== "") return split.words;
    context.addIssue({
      code: "custom",
      message: `is no command: ${"problem" in split ? split.problem : "it names no program"}`,
    });
    return z.NEVER;
  });

/** A group of settings of which no other is known. */
export function strictGroup<Shape extends z.ZodRawShape>(shape: Shape, what = "settings") {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? `is not known here (${what} are: ${known})`
        : `must be a group of ${what} (${known})`,
  });
}

/** A text that is not empty. */
export function filledText(expected: string) {
  return z.string(expected).min(1, expected);
}

/** A whole number from 1 up. */
export function countUpTo(most: number, unit = "") {
  const expected = `must be a whole number${unit} from 1 to ${most}`;
  return z.int(expected).min(1, expected).max(most, expected);
}

export type ParsedYaml<Value> =
  | { readonly value: Value; lineOf(path: readonly (string | number)[]): number }
  | { readonly problems: readonly SettingsProblem[] };

/**
 * Reads YAML of ours against its schema: every problem at once, each with its line. `name` stands for the whole text in messages,
 * `lineOffset` is how many lines of the file stand before it.
 */
export function parseStrictYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  name: string,
  lineOffset = 0,
): ParsedYaml<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineOf = (path: readonly (string | number)[]) =>
    lineOffset + lines.linePos(offsetOf(document.contents, path)).line;
  const faults = [...document.errors, ...document.warnings].map(
    (error): SettingsProblem & { code: string } => {
      const { code, pos } = error;
      const { line: row, col } = lines.linePos(pos[0]);
      const line = lineOffset + row;
      if (code === "DUPLICATE_KEY")
        return { code, at: keyAt(text, pos[0]), line, message: "stands here twice: keep one of them" };
      return { code, at: "YAML", line, message: `is malformed at column ${col}: ${yamlFault(error)}` };
    },
  );
  const problems: SettingsProblem[] = faults.map(({ code: _, ...problem }) => problem);
  // What is wrong otherwise can be told as well, unless nobody knows where one value ends and the next begins.
  if (faults.some(({ code }) => code !== "DUPLICATE_KEY")) return { problems };
  const plain = plainValue(document);
  if (plain === undefined) {
    const message = "is malformed: its aliases cannot be resolved";
    return { problems: [...problems, { at: "YAML", line: lineOffset + 1, message }] };
  }
  const parsed = schema.safeParse(plain, { error: schemaWords });
  if (parsed.success && problems.length === 0) return { value: parsed.data, lineOf };
  for (const issue of parsed.error?.issues ?? []) {
    for (const problem of problemsOf(issue, plain, name, lineOf)) {
      const isTold = problems.some(({ at, message }) => at === problem.at && message === problem.message);
      if (!isTold) problems.push(problem);
    }
  }
  return { problems };
}

/** The key that begins there, as it is written. */
function keyAt(text: string, offset: number): string {
  return /^[^:\r\n]*/.exec(text.slice(offset))?.[0].trim() || "a key";
}

/** undefined where aliases lead nowhere or multiply without end. */
function plainValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function problemsOf(
  issue: z.core.$ZodIssue,
  whole: unknown,
  name: string,
  lineOf: (path: readonly (string | number)[]) => number,
): readonly SettingsProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      at: [...path, key].join("."),
      line: lineOf([...path, key]),
      message: issue.message,
    }));
  }
  const found = issue.message.startsWith("must ") ? `, not ${shown(valueAt(whole, path))}` : "";
  return [
    {
      at: path.length === 0 ? name : path.join("."),
      line: lineOf(path),
      message: `${issue.message}${found}`,
    },
  ];
}

function valueAt(whole: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    whole,
  );
}

const longestShown = 60;

/** A value as it may have been written, on one line. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = [...printable(JSON.stringify(value) ?? String(value))];
  return text.length > longestShown ? `${text.slice(0, longestShown).join("")}...` : text.join("");
}

/** Where the key (or list entry) stands that `path` leads to; its nearest parent where it is missing. */
function offsetOf(contents: ParsedNode | null, path: readonly (string | number)[]): number {
  let node: Node | null = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isNode(key) ? key.toJSON() : key) === String(part));
      if (pair === undefined) break;
      if (isNode(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = isNode(pair.value) ? pair.value : null;
    } else {
      const item: unknown =
        node !== null && "items" in node ? (node.items as unknown[])[Number(part)] : undefined;
      if (!isNode(item)) break;
      node = item;
      if (node.range) offset = node.range[0];
    }
  }
  return offset;
}
