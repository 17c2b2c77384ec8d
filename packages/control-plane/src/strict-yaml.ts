import { isMap, isNode, LineCounter, type Node, type ParsedNode, parseDocument } from "yaml";
import { z } from "zod";
import type { SettingsProblem } from "./read-settings.js";
import { splitWords } from "./split-words.js";

/** `[npm, test]` or `npm test`; never given to a shell. */
export const commandSchema = z
  .union([z.array(z.string()).min(1), z.string()], {
    error: "must be a command, as a text or as a list of words",
  })
  .transform((value, context) => {
    const split = typeof value === "string" ? splitWords(value) : { words: value };
    if ("words" in split && split.words[0] !== "") return split.words;
    context.addIssue({
      code: "custom",
      message: `is no command: ${"problem" in split ? split.problem : "it names no program"}`,
    });
    return z.NEVER;
  });

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
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return {
      problems: broken.map((error) => ({
        at: "YAML",
        line: lineOffset + lines.linePos(error.pos[0]).line,
        message: `is malformed: ${error.message}`,
      })),
    };
  }
  const plain = plainValue(document);
  if (plain === undefined) {
    return {
      problems: [
        { at: "YAML", line: lineOffset + 1, message: "is malformed: its aliases cannot be resolved" },
      ],
    };
  }
  const parsed = schema.safeParse(plain);
  if (parsed.success) return { value: parsed.data, lineOf };
  return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, name, lineOf)) };
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
  name: string,
  lineOf: (path: readonly (string | number)[]) => number,
): readonly SettingsProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      at: [...path, key].join("."),
      line: lineOf([...path, key]),
      message: "is no setting of this version",
    }));
  }
  return [
    {
      at: path.length === 0 ? name : path.join("."),
      line: lineOf(path),
      message: issue.code === "custom" ? issue.message : `is wrong: ${issue.message}`,
    },
  ];
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
