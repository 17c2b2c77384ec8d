// The shape of `.wiggum/ticket_types.json`, piece by piece, so that one bad piece does not hide what is wrong with the others.
import { printable } from "@wiggum/ticket-core";
import { z } from "zod";
import type { JsonPath } from "./json-document.js";

/** Milliseconds that a before-hook may take unless it says otherwise: somebody waits for it. */
export const defaultBeforeTimeoutMs = 60_000;
/** Milliseconds that an after-hook may take unless it says otherwise: it may start an agent in a new worktree. */
export const defaultAfterTimeoutMs = 600_000;

const longestHookTimeoutMs = 24 * 3_600_000;
const longestName = 100;

/** Front matter keys that every ticket has: no type may declare them again. */
const coreKeys: ReadonlySet<string> = new Set([
  "id",
  "type",
  "title",
  "priority",
  "state",
  "assigned_agent_id",
  "assigned_at",
  "lease_epoch",
  "parent",
  "depends_on",
  "blocks",
  "labels",
  "readiness",
  "needs_preflight",
  "risk_flags",
  "action_required",
  "action_required_since",
  "action_required_by",
  "references",
  "created_at",
  "created_by",
  "updated_at",
]);

/** Why this cannot name a hook, or undefined. A hook's name is a file name in the hooks folder. */
export function hookNameProblem(name: string): string | undefined {
  if (name === "") return "a hook has a name";
  if (name !== printable(name)) return `'${printable(name)}' is no hook name: it holds control characters`;
  if (/[/\\]/.test(name)) return `'${name}' is no hook name: it is a file in the hooks folder, not a path`;
  if (/\s/.test(name)) return `'${name}' is no hook name: it holds a space`;
  if (/^[.-]/.test(name)) return `'${name}' is no hook name: it begins with '${name.charAt(0)}'`;
  return name.length > longestName ? `a hook name has at most ${longestName} characters` : undefined;
}

function wordProblem(word: string, what: string): string | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word) && word.length <= longestName) return undefined;
  return `'${printable(word.slice(0, longestName))}' is no ${what}: letters, digits, '.', '_' and '-', beginning with a letter or digit`;
}

/** Why this cannot be the name of a state, or undefined. */
export const stateNameProblem = (name: string) => wordProblem(name, "state name");
/** Why this cannot be the name of a type, or undefined. */
export const typeNameProblem = (name: string) => wordProblem(name, "type name");

/** Why this cannot be the name of a declared field, or undefined. */
export function fieldNameProblem(name: string): string | undefined {
  if (coreKeys.has(name)) return `every ticket has '${name}': a type cannot declare it again`;
  return wordProblem(name, "field name");
}

function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

const word = (what: string) => checked((text) => wordProblem(text, what));

const isTimeout = `must be a whole number of milliseconds from 1 to ${longestHookTimeoutMs}`;
const timeout = z.int(isTimeout).min(1, isTimeout).max(longestHookTimeoutMs, isTimeout);

/** A hook: its name alone, or with its mode and time limit in milliseconds. */
const hookSchema = z.preprocess(
  (value) => (typeof value === "string" ? { name: value } : value),
  z.strictObject({
    name: checked(hookNameProblem),
    mode: z.enum(["retry", "once"]).optional(),
    timeoutMs: timeout.optional(),
  }),
);

export const stateSchema = z.strictObject({
  final: z.boolean().optional(),
  satisfiesDependants: z.boolean().optional(),
  claimable: z.boolean().optional(),
  roles: z.array(word("role name")).optional(),
  /** What a ticket here waits for when none of our agents works on it: `"a person"`, `"the pull request"`. */
  waitsFor: z.string().min(1).optional(),
  remove: z.boolean().optional(),
});

export const edgeSchema = z.strictObject({
  /** One state or several: the same edge from each of them. */
  from: z.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string()).min(1)),
  to: z.string(),
  name: word("verb").optional(),
  effects: z.array(z.enum(["claim", "merge", "release"])).optional(),
  guards: z.array(z.string()).optional(),
  before: z.array(hookSchema).optional(),
  after: z.array(hookSchema).optional(),
  remove: z.boolean().optional(),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const fieldSchema = z.strictObject({
  kind: z.enum(["string", "number", "boolean", "list", "ticket"]).optional(),
  required: z.boolean().optional(),
  values: z.array(scalar).min(1).optional(),
  default: z.union([scalar, z.array(scalar)]).optional(),
  description: z.string().optional(),
  remove: z.boolean().optional(),
});

export const typeSchema = z.strictObject({
  extends: z.string().optional(),
  initial: z.string().optional(),
  states: z.unknown().optional(),
  transitions: z.array(z.unknown()).optional(),
  fields: z.unknown().optional(),
});

export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(1),
  defaultType: z.string(),
  types: z.record(z.string(), z.unknown()),
});

const originalHooksSchema = z.preprocess(
  (value) => (Array.isArray(value) ? { "*": value } : value),
  z.record(z.string(), z.array(checked(hookNameProblem))),
);

/** The original's file: one machine for all types. */
export const originalSchema = z.strictObject({
  $schema: z.string().optional(),
  states: z.array(checked(stateNameProblem)).min(1),
  default_type: z.string().optional(),
  types: z.array(checked(typeNameProblem)).min(1),
  transitions: z.record(
    z.string(),
    z.strictObject({
      targets: z.array(z.string()).optional(),
      hooks: z
        .strictObject({ pre: originalHooksSchema.optional(), post: originalHooksSchema.optional() })
        .optional(),
    }),
  ),
});

export type HookInput = z.infer<typeof hookSchema>;
export type StateInput = z.infer<typeof stateSchema>;
export type EdgeInput = z.infer<typeof edgeSchema>;
export type FieldInput = z.infer<typeof fieldSchema>;
export type OriginalInput = z.infer<typeof originalSchema>;

/** Something wrong, and where. */
export interface LocatedProblem {
  readonly path: JsonPath;
  readonly message: string;
}

/** Reads one piece; what is wrong with it goes to `report`, and the answer is undefined. */
export function readPiece<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: JsonPath,
  report: (problem: LocatedProblem) => void,
): z.infer<Schema> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = [...path, ...located(issue.path, value)];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys)
        report({ path: [...at, key], message: `unknown key '${printable(key)}'` });
    } else report({ path: at, message: describe(issue, valueAt(value, issue.path)) });
  }
  return undefined;
}

/** A hook or state written as a bare string was read as an object: its problems are those of the string. */
function located(path: readonly PropertyKey[], value: unknown): JsonPath {
  const parts: (string | number)[] = [];
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null) break;
    if (Array.isArray(here) && part === "*") continue;
    parts.push(typeof part === "symbol" ? String(part) : part);
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return parts;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null) return here;
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return here;
}

/** What was expected and what was found, in words that go on after the path. */
function describe(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  const expected = issue.message.startsWith("must ") ? issue.message : expectation(issue);
  return value === undefined ? `is missing: ${expected}` : `${expected}, not ${shown(value)}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? `a value of the kind ${issue.expected}`}`;
    case "invalid_value": {
      const allowed = issue.values.map((choice) => JSON.stringify(choice));
      return allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(", ")}`;
    }
    case "invalid_union":
      return "must be a text, a number, true or false, or a list of these";
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? "must not be empty"
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return "must be something else";
  }
}

const longestShown = 60;

/** A value as it is written, on one line. */
export function shown(value: unknown): string {
  const text = [...printable(JSON.stringify(value) ?? String(value))];
  return text.length > longestShown ? `${text.slice(0, longestShown).join("")}...` : text.join("");
}
