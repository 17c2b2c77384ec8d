import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
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

export interface SettingsSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags?: SettingsFlags | undefined;
  /** Default: nothing is kept. */
  readonly parsedFiles?: ParsedFiles | undefined;
}

export interface ReadSettings {
  readonly settings: Settings;
  /** Keys and lines of the files that nobody reads. */
  readonly warnings: readonly SettingsWarning[];
}

/** One thing that is wrong, for `SETTINGS_INVALID`. `at` is the name of the setting. */
export interface SettingsProblem {
  readonly at: string;
  readonly line?: number | undefined;
  readonly message: string;
}

/**
 * Settings of the project: flag over environment over file over default, each wrong value refused wherever it stands.
 * @throws SETTINGS_INVALID all problems of the first source that has any, with path and line
 */
export async function readSettings(root: ProjectRoot, sources: SettingsSources): Promise<ReadSettings> {
  const { environment, flags = {} } = sources;
  const paths = projectPaths(root);
  const asked = flags.configPath ?? (environment["WIGGUM_CONFIG_PATH"] || undefined);
  const shell = await readShell(
    root,
    asked === undefined ? paths.configShell : resolve(asked),
    asked !== undefined,
    environment,
  );
  const structured = await readStructured(root, paths.configYaml, sources.parsedFiles);
  return {
    settings: {
      ...flatDefaults(root, environment),
      ...shell.values,
      ...fromEnvironment(environment),
      ...fromFlags(flags),
      ...structured,
    },
    warnings: shell.warnings,
  };
}

async function readShell(
  root: ProjectRoot,
  path: string,
  isAskedFor: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly values: Partial<FlatSettings>; readonly warnings: readonly SettingsWarning[] }> {
  const text = await readSettingsText(path);
  if (text === undefined) {
    if (!isAskedFor) return { values: {}, warnings: [] };
    throw settingsInvalid(root, path, [{ at: "--config", message: "there is no such file" }]);
  }
  const file = readSettingsFile(text, environment);
  const isOurs = (name: string | undefined) => name?.startsWith("WIGGUM_") === true;
  const problems: SettingsProblem[] = file.problems
    .filter(({ name }) => isOurs(name))
    .map(({ name = "", line, message }) => ({ at: name, line, message: `cannot be read: ${message}` }));
  const known = new Map<string, { value: string; line: number }>();
  for (const { name, value, line } of file.settings) known.set(name, { value, line });
  const values = parseAll((name) => known.get(name), problems);
  if (problems.length > 0) throw settingsInvalid(root, path, inFileOrder(problems));
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

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Partial<FlatSettings> {
  const problems: SettingsProblem[] = [];
  const values = parseAll((name) => {
    const value = environment[name];
    return value === undefined ? undefined : { value };
  }, problems);
  if (problems.length > 0) throw settingsInvalid(undefined, undefined, problems);
  return values;
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

function fromFlags(flags: SettingsFlags): Partial<FlatSettings> {
  const { configPath: _, session, ...rest } = flags;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (session === undefined) return given;
  const parsed = session === "" ? { problem: "must not be empty" } : flatSettings.session.parse(session);
  if ("value" in parsed) return { ...given, session: parsed.value };
  throw settingsInvalid(undefined, undefined, [{ at: "--session", message: parsed.problem }]);
}

async function readStructured(
  root: ProjectRoot,
  path: string,
  parsedFiles: ParsedFiles = parseAlways,
): Promise<StructuredSettings> {
  const text = await readSettingsText(path);
  // The file as shipped is all comments: then neither the YAML parser nor the schema is loaded.
  if (text === undefined || /^(\s*(#.*|---\s*)?(\r?\n|$))*$/.test(text)) return structuredDefaults;
  const parse = async () => (await import("./config-yaml.js")).parseConfigYaml(text, root);
  const parsed = await parsedFiles.parsed("config", `${root}\n${text}`, parse, (read) => "settings" in read);
  if ("settings" in parsed) return parsed.settings;
  throw settingsInvalid(root, path, parsed.problems);
}

/** @throws SETTINGS_INVALID the file is there and cannot be read */
export async function readSettingsText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new WorkflowError(
      "SETTINGS_INVALID",
      `${printable(path)} cannot be read: ${code ?? String(cause)}`,
      { path, problems: [{ at: path, message: String(code) }] },
      { hint: "Make it a readable file, or remove it to use the defaults.", cause },
    );
  }
}

/** All problems of one source in one error. `root` shortens the path that people see. */
export function settingsInvalid(
  root: string | undefined,
  path: string | undefined,
  problems: readonly SettingsProblem[],
): WorkflowError<"SETTINGS_INVALID"> {
  const shown = path === undefined ? undefined : printable(shorten(root, path));
  const sentences = problems.map(({ at, line, message }) => {
    const place = shown === undefined ? "" : `${shown}${line === undefined ? "" : `:${line}`}: `;
    return `${place}${printable(at)} ${message}`;
  });
  return new WorkflowError(
    "SETTINGS_INVALID",
    sentences.join("\n"),
    { path, line: problems.find(({ line }) => line !== undefined)?.line, problems },
    {
      hint:
        shown === undefined
          ? `Correct ${printable(problems[0]?.at ?? "it")} in the environment or on the command line.`
          : `Correct ${shown}, then run the command again.`,
    },
  );
}

function shorten(root: string | undefined, path: string): string {
  if (root === undefined) return path;
  const short = relative(root, path);
  return short.startsWith(`..${sep}`) || short === ".." ? path : short;
}

function inFileOrder(problems: readonly SettingsProblem[]): readonly SettingsProblem[] {
  return [...problems].sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}
