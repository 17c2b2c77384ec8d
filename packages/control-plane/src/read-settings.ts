import { resolve } from "node:path";
import { printable } from "@wiggum/ticket-core";
import type { WorkflowError } from "@wiggum/workflow";
import { flatDefaults, flatSettingNames, flatSettings } from "./flat-settings.js";
import { type ParsedFiles, parseAlways } from "./parsed-files.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import type {
  FlatSettings,
  Settings,
  SettingsFlags,
  SettingsWarning,
  StructuredSettings,
} from "./settings.js";
import { structuredDefaults } from "./settings.js";
import { readSettingsFile } from "./settings-file.js";
import {
  flagInvalid,
  readFlagFile,
  readTextFile,
  type SettingsProblem,
  settingsInvalid,
} from "./settings-problems.js";

/** Names another file than `config.sh`. */
const configVariable = "WIGGUM_CONFIG_PATH";
const configHint = "Name a settings file that exists, or leave it out to use the project's config.sh.";

/** Where settings come from, beside the files of the project: environment and flags. */
export interface SettingsSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags?: SettingsFlags | undefined;
  /** Default: nothing is kept. */
  readonly parsedFiles?: ParsedFiles | undefined;
}

/** Settings after precedence and defaults, with what had no effect. */
export interface ReadSettings {
  readonly settings: Settings;
  /** Keys and lines of the files that nobody reads. */
  readonly warnings: readonly SettingsWarning[];
}

/**
 * Settings of the project: flag over environment over file over default, each wrong value refused wherever it stands.
 * @throws FLAG_INVALID; SETTINGS_INVALID with all problems of files and environment, each with its path and line
 */
export async function readSettings(root: ProjectRoot, sources: SettingsSources): Promise<ReadSettings> {
  const { error, ...read } = await lookAtSettings(root, sources);
  if (error !== undefined) throw error;
  return read;
}

/** The same, with defaults for what cannot be used, and the error that tells of it. @throws FLAG_INVALID */
export async function lookAtSettings(
  root: ProjectRoot,
  sources: SettingsSources,
): Promise<ReadSettings & { readonly error?: WorkflowError<"SETTINGS_INVALID"> | undefined }> {
  const { environment, flags = {} } = sources;
  const flagged = fromFlags(flags);
  const problems: SettingsProblem[] = [];
  const shell = await readShell(root, sources, problems);
  const structured = await readStructured(root, problems, sources.parsedFiles);
  const fromEnvironment = parseAll((name) => {
    const value = environment[name];
    return value === undefined ? undefined : { value };
  }, problems);
  return {
    ...(problems.length > 0 ? { error: settingsInvalid(root, undefined, problems) } : {}),
    settings: {
      ...flatDefaults(root, environment),
      ...shell.values,
      ...fromEnvironment,
      ...flagged,
      ...structured,
    },
    warnings: shell.warnings,
  };
}

interface ShellSettings {
  readonly values: Partial<FlatSettings>;
  readonly warnings: readonly SettingsWarning[];
}

const nothing: ShellSettings = { values: {}, warnings: [] };

/** `config.sh`, or the file that stands in for it. */
async function readShell(
  root: ProjectRoot,
  { environment, flags = {} }: SettingsSources,
  problems: SettingsProblem[],
): Promise<ShellSettings> {
  const { configShell } = projectPaths(root);
  if (flags.configPath !== undefined) {
    const path = resolve(flags.configPath);
    return shellSettings(path, await readFlagFile("--config", path, configHint), environment, problems);
  }
  const named = environment[configVariable] || undefined;
  const path = named === undefined ? configShell : resolve(named);
  const read = await readTextFile(path);
  if ("problem" in read) {
    problems.push(read.problem);
    return nothing;
  }
  if (read.text !== undefined) return shellSettings(path, read.text, environment, problems);
  if (named !== undefined)
    problems.push({ at: configVariable, message: `names ${printable(path)}, which does not exist` });
  return nothing;
}

function shellSettings(
  path: string,
  text: string,
  environment: SettingsSources["environment"],
  problems: SettingsProblem[],
): ShellSettings {
  const file = readSettingsFile(text, environment);
  const isOurs = (name: string | undefined) => name?.startsWith("WIGGUM_") === true;
  const wrong: SettingsProblem[] = file.problems
    .filter(({ name }) => isOurs(name))
    .map(({ name = "", line, message }) => ({ at: name, line, message: `cannot be read: ${message}` }));
  const known = new Map<string, { value: string; line: number }>();
  for (const { name, value, line } of file.settings) known.set(name, { value, line });
  const values = parseAll((name) => known.get(name), wrong);
  problems.push(...inFileOrder(wrong).map((problem) => ({ ...problem, path })));
  const unknown = file.settings
    .filter(({ name }) => isOurs(name) && !flatSettingNames.includes(name))
    .map(({ name, line }) => ({
      path,
      line,
      message: `${name} is no setting of this version and has no effect`,
    }));
  const unread = file.unread.map(({ line, message }) => ({
    path,
    line,
    message: `this line has no effect: ${message}`,
  }));
  return { values, warnings: [...unknown, ...unread].sort((one, other) => one.line - other.line) };
}

/** An empty value counts as not set, as with `: "${NAME:=value}"`. */
function parseAll(
  lookUp: (name: string) => { readonly value: string; readonly line?: number } | undefined,
  problems: SettingsProblem[],
): Partial<FlatSettings> {
  const values: Record<string, unknown> = {};
  for (const [key, { name, parse }] of Object.entries(flatSettings)) {
    const given = lookUp(name);
    if (given === undefined || given.value === "") continue;
    const parsed = parse(given.value);
    if ("value" in parsed) values[key] = parsed.value;
    else {
      const message = `${parsed.problem}, not "${printable(given.value)}"`;
      problems.push({ at: name, ...(given.line === undefined ? {} : { line: given.line }), message });
    }
  }
  return values as Partial<FlatSettings>;
}

/** @throws FLAG_INVALID */
function fromFlags(flags: SettingsFlags): Partial<FlatSettings> {
  const { configPath, session, ...rest } = flags;
  if (configPath === "") throw flagInvalid("--config", configPath, "must not be empty", configHint);
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (session === undefined) return given;
  const parsed = session === "" ? { problem: "must not be empty" } : flatSettings.session.parse(session);
  if ("value" in parsed) return { ...given, session: parsed.value };
  const hint = "Leave it out to use the session that the settings name.";
  throw flagInvalid("--session", session, parsed.problem, hint);
}

async function readStructured(
  root: ProjectRoot,
  problems: SettingsProblem[],
  parsedFiles: ParsedFiles = parseAlways,
): Promise<StructuredSettings> {
  const path = projectPaths(root).configYaml;
  const read = await readTextFile(path);
  if ("problem" in read) {
    problems.push(read.problem);
    return structuredDefaults;
  }
  const { text } = read;
  // The file as shipped is all comments: then neither the YAML parser nor the schema is loaded.
  if (text === undefined || text.split("\n").every(saysNothing)) return structuredDefaults;
  const parse = async () => (await import("./config-yaml.js")).parseConfigYaml(text, root);
  const parsed = await parsedFiles.parsed("config", `${root}\n${text}`, parse, (read) => "settings" in read);
  if ("settings" in parsed) return parsed.settings;
  problems.push(...inFileOrder(parsed.problems).map((problem) => ({ ...problem, path })));
  return structuredDefaults;
}

/** A line of YAML that is empty, a comment, or the mark before a document. */
function saysNothing(line: string): boolean {
  return /^\uFEFF?\s*(?:#.*|---\s*)?$/.test(line);
}

function inFileOrder(problems: readonly SettingsProblem[]): readonly SettingsProblem[] {
  return [...problems].sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}
