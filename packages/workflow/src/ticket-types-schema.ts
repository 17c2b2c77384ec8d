// The shape of `.wiggum/ticket_types.json`, piece by piece, so that one bad piece does not hide what is wrong with the others.
import { printable } from "@wiggum/ticket-core";
import {
  anything,
  choice,
  count,
  filledText,
  flag,
  list,
  object,
  optional,
  record,
  type Shape,
  text,
  unexpected,
} from "./json-shape.js";

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

const word = (what: string) => text((name) => wordProblem(name, what));

/** A hook with its mode and time limit in milliseconds. */
export interface HookInput {
  readonly name: string;
  readonly mode?: "retry" | "once" | undefined;
  readonly timeoutMs?: number | undefined;
}

const hookName = text(hookNameProblem);

const hookObject = object<HookInput>({
  name: hookName,
  mode: optional(choice("retry", "once")),
  timeoutMs: optional(count(longestHookTimeoutMs, "a whole number of milliseconds")),
});

/** A hook: its name alone, or an object. */
const hookShape: Shape<HookInput> = (value, path, report) => {
  if (typeof value !== "string") return hookObject(value, path, report);
  const name = hookName(value, path, report);
  return name === undefined ? undefined : { name };
};

export interface StateInput {
  readonly final?: boolean | undefined;
  readonly satisfiesDependants?: boolean | undefined;
  readonly claimable?: boolean | undefined;
  readonly roles?: readonly string[] | undefined;
  /** What a ticket here waits for when none of our agents works on it: `"a person"`, `"the pull request"`. */
  readonly waitsFor?: string | undefined;
  readonly remove?: boolean | undefined;
}

export const stateShape = object<StateInput>({
  final: optional(flag),
  satisfiesDependants: optional(flag),
  claimable: optional(flag),
  roles: optional(list(word("role name"))),
  waitsFor: optional(filledText),
  remove: optional(flag),
});

export interface EdgeInput {
  /** One state or several: the same edge from each of them. */
  readonly from: readonly string[];
  readonly to: string;
  readonly name?: string | undefined;
  readonly effects?: readonly ("claim" | "merge" | "release")[] | undefined;
  readonly guards?: readonly string[] | undefined;
  readonly before?: readonly HookInput[] | undefined;
  readonly after?: readonly HookInput[] | undefined;
  readonly remove?: boolean | undefined;
}

const manyStates = list(text(), { fewest: 1 });

export const edgeShape = object<EdgeInput>({
  from: (value, path, report) => (typeof value === "string" ? [value] : manyStates(value, path, report)),
  to: text(),
  name: optional(word("verb")),
  effects: optional(list(choice("claim", "merge", "release"))),
  guards: optional(list(text())),
  before: optional(list(hookShape)),
  after: optional(list(hookShape)),
  remove: optional(flag),
});

type ScalarInput = string | number | boolean;

export interface FieldInput {
  readonly kind?: "string" | "number" | "boolean" | "list" | "ticket" | undefined;
  readonly required?: boolean | undefined;
  readonly values?: readonly ScalarInput[] | undefined;
  readonly default?: ScalarInput | readonly ScalarInput[] | undefined;
  readonly description?: string | undefined;
  readonly remove?: boolean | undefined;
}

function isScalar(value: unknown): value is ScalarInput {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

const scalar: Shape<ScalarInput> = (value, path, report) =>
  isScalar(value) ? value : unexpected("must be a text, a number, or true or false", value, path, report);

const scalars: Shape<ScalarInput | readonly ScalarInput[]> = (value, path, report) =>
  isScalar(value) || (Array.isArray(value) && value.every(isScalar))
    ? value
    : unexpected("must be a text, a number, true or false, or a list of these", value, path, report);

export const fieldShape = object<FieldInput>({
  kind: optional(choice("string", "number", "boolean", "list", "ticket")),
  required: optional(flag),
  values: optional(list(scalar, { fewest: 1 })),
  default: optional(scalars),
  description: optional(text()),
  remove: optional(flag),
});

interface TypeInput {
  readonly extends?: string | undefined;
  readonly initial?: string | undefined;
  readonly states?: unknown;
  readonly transitions?: readonly unknown[] | undefined;
  readonly fields?: unknown;
}

export const typeShape = object<TypeInput>({
  extends: optional(text()),
  initial: optional(text()),
  states: optional(anything),
  transitions: optional(list(anything)),
  fields: optional(anything),
});

interface FileInput {
  readonly $schema?: string | undefined;
  readonly schemaVersion: 1;
  readonly defaultType: string;
  readonly types: Readonly<Record<string, unknown>>;
}

export const fileShape = object<FileInput>({
  $schema: optional(text()),
  schemaVersion: choice(1),
  defaultType: text(),
  types: record(anything),
});

type HooksByTarget = Readonly<Record<string, readonly string[]>>;

const hookNames = list(hookName);
const hooksByTarget = record(hookNames);

/** By target, or a list for every target. */
const originalHooks: Shape<HooksByTarget> = (value, path, report) => {
  if (!Array.isArray(value)) return hooksByTarget(value, path, report);
  const names = hookNames(value, path, report);
  return names === undefined ? undefined : { "*": names };
};

interface OriginalStateInput {
  readonly targets?: readonly string[] | undefined;
  readonly hooks?:
    | { readonly pre?: HooksByTarget | undefined; readonly post?: HooksByTarget | undefined }
    | undefined;
}

export interface OriginalInput {
  readonly $schema?: string | undefined;
  readonly states: readonly string[];
  readonly default_type?: string | undefined;
  readonly types: readonly string[];
  readonly transitions: Readonly<Record<string, OriginalStateInput>>;
}

/** The original's file: one machine for all types. */
export const originalShape = object<OriginalInput>({
  $schema: optional(text()),
  states: list(text(stateNameProblem), { fewest: 1 }),
  default_type: optional(text()),
  types: list(text(typeNameProblem), { fewest: 1 }),
  transitions: record(
    object<OriginalStateInput>({
      targets: optional(list(text())),
      hooks: optional(
        object<NonNullable<OriginalStateInput["hooks"]>>({
          pre: optional(originalHooks),
          post: optional(originalHooks),
        }),
      ),
    }),
  ),
});
