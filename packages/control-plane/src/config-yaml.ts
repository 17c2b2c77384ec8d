import { isAbsolute, relative, resolve, sep } from "node:path";
import { isMap, isNode, LineCounter, type Node, type ParsedNode, parseDocument } from "yaml";
import { z } from "zod";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import type { SettingsProblem } from "./read-settings.js";
import { type StructuredSettings, structuredDefaults } from "./settings.js";
import { splitWords } from "./split-words.js";

const glob = z
  .string()
  .min(1)
  .refine((text) => !isAbsolute(text) && !text.split("/").includes(".."), "must lie inside the project");

/** `[npm, test]` or `npm test`; never given to a shell. */
const command = z
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

const milliseconds = z
  .int()
  .positive()
  .max(7 * 24 * 3_600_000);

/** `config.yaml`: everything that is not one flat value. Unknown keys are refused. */
export const configYamlSchema = z.strictObject({
  /** Branch that finished work goes to. Default: the name of `origin/HEAD`, else `main`. */
  baseBranch: z
    .string()
    .regex(/^(?!-)[^\s\u0000-\u001f\u007f~^:?*[\\]+$/, "must be the name of a branch")
    .optional(),
  /** Folder of the agents' worktrees, from the main root or absolute. */
  worktreesDirectory: z.string().min(1).optional(),
  worktree: z
    .strictObject({
      /** Files that are copied into every new worktree, as globs from the main root, for example `.env`. */
      copy: z.array(glob).default([...structuredDefaults.worktree.copy]),
      /** The same, linked instead of copied. */
      link: z.array(glob).default([...structuredDefaults.worktree.link]),
      /** Runs in every new worktree; if it fails, the spawn fails and the ticket stays unclaimed. */
      setUp: command.optional(),
      /** Ignored files that can be made again: they may be deleted with the worktree. Replaces the default list. */
      regenerable: z.array(z.string().min(1)).default([...structuredDefaults.worktree.regenerable]),
    })
    .prefault({}),
  /** Must all pass on the combined tree before the base branch moves. */
  checks: z.array(command).default(structuredDefaults.checks.map((words) => [...words])),
  /** Limits, in milliseconds. */
  timeouts: z
    .strictObject({
      setUpMs: milliseconds.default(structuredDefaults.worktree.setUpTimeoutMs),
      checkMs: milliseconds.default(structuredDefaults.checkTimeoutMs),
      hookMs: milliseconds.default(structuredDefaults.hookTimeoutMs),
      startMs: milliseconds.default(structuredDefaults.startTimeoutMs),
    })
    .prefault({}),
  /** Silence after which a claim is taken for lost, in milliseconds. */
  leaseMs: milliseconds.default(structuredDefaults.leaseMs),
  /** Failed sessions of one ticket after which a person must act. */
  maxAttempts: z.int().positive().max(100).default(structuredDefaults.maxAttempts),
  /** Review or QA rounds after which a person must act. */
  maxRounds: z.int().positive().max(100).default(structuredDefaults.maxRounds),
});

/** Reads the text of `config.yaml`; all problems at once, each with its line. */
export function parseConfigYaml(
  text: string,
  root: ProjectRoot,
): { readonly settings: StructuredSettings } | { readonly problems: readonly SettingsProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return {
      problems: broken.map((error) => ({
        at: "YAML",
        line: lines.linePos(error.pos[0]).line,
        message: `is malformed: ${error.message}`,
      })),
    };
  }
  const value = plainValue(document);
  if (value === undefined)
    return { problems: [{ at: "YAML", line: 1, message: "is malformed: its aliases cannot be resolved" }] };
  const parsed = configYamlSchema.safeParse(value);
  if (!parsed.success)
    return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, document.contents, lines)) };
  const { timeouts, worktree, worktreesDirectory, ...rest } = parsed.data;
  const folder = worktreesDirectory === undefined ? undefined : resolve(root, worktreesDirectory);
  if (folder !== undefined && !mayHoldWorktrees(folder, root)) {
    const line = lineOf(document.contents, ["worktreesDirectory"], lines);
    return {
      problems: [
        {
          at: "worktreesDirectory",
          line,
          message:
            "must be a folder of its own: not the project, nor a folder above it or inside its git or control folder",
        },
      ],
    };
  }
  return {
    settings: {
      ...rest,
      ...(folder === undefined ? {} : { worktreesDirectory: folder }),
      worktree: { ...worktree, setUpTimeoutMs: timeouts.setUpMs },
      checkTimeoutMs: timeouts.checkMs,
      hookTimeoutMs: timeouts.hookMs,
      startTimeoutMs: timeouts.startMs,
    },
  };
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

function mayHoldWorktrees(folder: string, root: ProjectRoot): boolean {
  const isBelow = (path: string, above: string) => {
    const way = relative(above, path);
    return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
  };
  const own = [projectPaths(root).controlDirectory, resolve(root, ".git")];
  return !isBelow(root, folder) && !own.some((taken) => isBelow(folder, taken));
}

function problemsOf(
  issue: z.core.$ZodIssue,
  contents: ParsedNode | null,
  lines: LineCounter,
): readonly SettingsProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      at: [...path, key].join("."),
      line: lineOf(contents, [...path, key], lines),
      message: "is no setting of this version",
    }));
  }
  const at = path.length === 0 ? "config.yaml" : path.join(".");
  return [
    {
      at,
      line: lineOf(contents, path, lines),
      message: issue.code === "custom" ? issue.message : `is wrong: ${issue.message}`,
    },
  ];
}

/** Line of the key (or list entry) that `path` leads to; of its nearest parent where it is missing. */
function lineOf(contents: ParsedNode | null, path: readonly (string | number)[], lines: LineCounter): number {
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
  return lines.linePos(offset).line;
}
