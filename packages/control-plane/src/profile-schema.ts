import type { AgentProfile, JsonValue } from "@wiggum/workflow";
import { z } from "zod";
import { type ParsedYaml, parseStrictYaml } from "./strict-yaml.js";

const words = z.array(z.string());
const json: z.ZodType<JsonValue> = z.json();
const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), json).default({});
const pattern = z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]));
const fact = z.enum(["busy", "idle", "waiting", "blocked", "retrying"]);
/** A name in the session's own folder: nothing else may be written. */
const fileName = z.string().regex(/^(?!\.)[A-Za-z0-9._-]+$/, "must be a plain file name");

const expression = z.string().refine((text) => {
  try {
    return new RegExp(text, "mu") instanceof RegExp;
  } catch {
    return false;
  }
}, "must be a regular expression");

const argument = z.strictObject({
  words: words.min(1),
  unless: words.optional(),
  forEachRoot: z.boolean().optional(),
});

const form = {
  subcommand: words.default([]),
  arguments: z.array(argument).default([]),
  prompt: words.default([]),
  environment: variables,
};

const records = z.strictObject({
  facts: z.array(z.strictObject({ when: pattern, fact, take: z.string().optional() })).default([]),
  show: z.array(z.strictObject({ when: pattern, take: words, prefix: z.string().optional() })).default([]),
  cost: z.strictObject({ when: pattern, take: z.string(), isAdded: z.boolean().optional() }).optional(),
  tokens: z
    .strictObject({ when: pattern, take: z.array(z.string()).min(1), isAdded: z.boolean().optional() })
    .optional(),
});

const launch = z.strictObject({
  ...form,
  standardInput: z.string().optional(),
  records: records.optional(),
});

const taken = z.strictObject({ when: pattern, take: z.string() });

const ask = z.strictObject({
  ...form,
  answer: taken.extend({ failure: taken.optional() }).optional(),
});

/** The empty text begins every text and is no key: the runner of panes would refuse the profile when an agent starts. */
const filledWords = z.array(z.string().min(1, "must be a text that is not empty"));

const screen = z.strictObject({
  messages: z.enum(["inbox", "typed"]),
  idle: expression.optional(),
  ready: expression.optional(),
  busy: expression.optional(),
  waiting: expression.optional(),
  blocked: expression.optional(),
  composer: z.union([z.literal("cursor"), z.strictObject({ rows: expression })]).optional(),
  multiline: z.enum(["paste", "file"]).optional(),
  takesMessagesWhileBusy: z.boolean().optional(),
  maxTypedBytes: z.int().nonnegative().optional(),
  commandStarts: filledWords.optional(),
  commandTexts: filledWords.optional(),
  keysToClear: filledWords.optional(),
  vim: z
    .strictObject({
      keysBefore: filledWords,
      keysAfter: filledWords,
      setting: z.strictObject({ folder: z.string(), file: z.string(), key: z.string() }).optional(),
    })
    .optional(),
});

/** A name that is also a file's name. */
export const profileName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "must be a name in small letters, digits and '-'");

/** `profiles/<name>.yaml`. Unknown keys are refused. */
export const profileSchema = z.strictObject({
  name: profileName,
  description: z.string().optional(),
  programs: words.default([]),
  verified: words.default([]),
  versionArguments: words.default(["--version"]),
  replaced: z.strictObject({ subcommands: words.default([]), flags: words.default([]) }).prefault({}),
  environment: variables,
  files: z
    .record(
      fileName,
      z.union([z.strictObject({ text: z.string() }), z.strictObject({ json })], {
        error: "must have either `text` or `json`",
      }),
    )
    .default({}),
  isSandboxed: z.boolean().default(false),
  headless: launch,
  pane: launch.optional(),
  ask: ask.optional(),
  probe: z.strictObject({ arguments: z.array(argument) }).optional(),
  screen: screen.optional(),
  notes: words.default([]),
}) satisfies z.ZodType<AgentProfile>;

/** Reads the text of a profile; all problems at once, each with its line. */
export function parseProfile(text: string, name: string): ParsedYaml<AgentProfile> {
  return parseStrictYaml(text, profileSchema, name);
}
