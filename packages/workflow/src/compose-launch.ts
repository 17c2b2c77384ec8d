import type {
  AgentProfile,
  AskForm,
  JsonValue,
  LaunchForm,
  ProfileArgument,
  ProfileFile,
  SessionProfile,
} from "./agent-profile.js";
import type { AskOrder } from "./runner.js";

/** Places that a profile's texts may name. Absolute paths. */
export interface LaunchPlaces {
  readonly state: string;
  readonly worktree: string;
  readonly root: string;
  readonly report: string;
  /** Folders outside the worktree that the agent must be able to write into: the git data and the control folder. */
  readonly writableRoots: readonly string[];
}

/** What a command line is composed from. */
export interface LaunchRequest {
  /** The person's agent command: program and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly places: LaunchPlaces;
  /** The person edits with vim keys in this program. Default false. */
  readonly isVim?: boolean | undefined;
}

/** How to start an agent of a profile. */
export interface Launch {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly standardInput?: string | undefined;
  /** By name, to be placed into the state folder before the start. */
  readonly files: Readonly<Record<string, string>>;
  readonly profile: SessionProfile;
}

/**
 * A person's command as the profile starts it. A command that says itself where the prompt goes (`{prompt_line}`, `{prompt_file}`) is
 * left as it is: whoever wrote it wants it so.
 */
export function composeLaunch(
  profile: AgentProfile,
  form: "headless" | "pane",
  request: LaunchRequest,
): Launch {
  const launch = form === "pane" ? profile.pane : profile.headless;
  const session: SessionProfile = {
    name: profile.name,
    ...(form === "pane" || launch?.records === undefined ? {} : { records: launch.records }),
    ...(form === "pane" ? paneOf(profile, request.isVim === true) : {}),
  };
  const isLiteral = request.command.some((word) => /\{prompt_(file|line)\}/.test(word));
  if (isLiteral || launch === undefined) {
    const { records: _, ...rest } = session;
    return { command: request.command, environment: request.environment, files: {}, profile: rest };
  }
  const { places } = request;
  const { standardInput } = launch;
  return {
    command: commandOf(profile, launch, request),
    environment: environmentOf([profile.environment, launch.environment], request.environment, places),
    ...(standardInput === undefined ? {} : { standardInput: fill(standardInput, valuesOf(places)) }),
    files: Object.fromEntries(
      Object.entries(profile.files).map(([name, file]) => [name, fileText(file, places)]),
    ),
    profile: session,
  };
}

function paneOf({ name, screen }: AgentProfile, isVim: boolean): Pick<SessionProfile, "screen"> {
  if (screen === undefined) return {};
  const { vim, ...pane } = screen;
  const keys = isVim && vim !== undefined ? { keysBefore: vim.keysBefore, keysAfter: vim.keysAfter } : {};
  return { screen: { name, ...pane, ...keys } };
}

/** A one-shot question to the same program; absent = the profile has no form for it. */
export function composeAsk(
  profile: AgentProfile,
  request: LaunchRequest & { readonly cwd: string; readonly prompt: string; readonly timeoutMs: number },
): AskOrder | undefined {
  const { ask } = profile;
  if (ask === undefined) return undefined;
  const { cwd, prompt, timeoutMs } = request;
  return {
    command: commandOf(profile, ask, request),
    cwd,
    prompt,
    timeoutMs,
    environment: environmentOf([profile.environment, ask.environment], request.environment, request.places),
    ...(ask.answer === undefined ? {} : { answer: ask.answer }),
  };
}

/** Words that run `command` as the program's own sandbox would; absent = it has none, or the person's command switches it off. */
export function composeProbe(
  profile: AgentProfile,
  request: LaunchRequest,
  command: readonly string[],
): readonly string[] | undefined {
  const [program = "", ...own] = request.command;
  const parts = profile.probe?.arguments.map((argument) => argumentWords(argument, own, request.places));
  if (parts === undefined || parts.some((words) => words.length === 0)) return undefined;
  return [program, ...parts.flat().flatMap((word) => (word === "{command}" ? command : [word]))];
}

/** Do its commands run in a sandbox, as the person's command starts it? */
export function isSandboxed(profile: AgentProfile, request: LaunchRequest): boolean {
  return (
    profile.isSandboxed && (profile.probe === undefined || composeProbe(profile, request, []) !== undefined)
  );
}

function commandOf(
  profile: AgentProfile,
  form: LaunchForm | AskForm,
  request: LaunchRequest,
): readonly string[] {
  const [program = "", ...given] = request.command;
  const { subcommands, flags } = profile.replaced;
  const isSubcommand = given[0] !== undefined && subcommands.includes(given[0]);
  const own = isSubcommand ? given.slice(1) : given;
  // What follows `--` is no flag; the profile's own words must stand before it.
  const cut = own.includes("--") ? own.indexOf("--") : own.length;
  const before = own.slice(0, cut).filter((word) => !flags.includes(word));
  const after = own.slice(cut + 1);
  const added = form.arguments.flatMap((argument) => argumentWords(argument, before, request.places));
  const last = form.prompt.map((word) => fill(word, valuesOf(request.places)));
  const tail = after.length === 0 ? last : ["--", ...after, ...(last[0] === "--" ? last.slice(1) : last)];
  return [program, ...form.subcommand, ...before, ...added, ...tail];
}

function argumentWords(
  argument: ProfileArgument,
  own: readonly string[],
  places: LaunchPlaces,
): readonly string[] {
  const [first = ""] = argument.words;
  const unless = argument.unless ?? (first.startsWith("-") && argument.forEachRoot !== true ? [first] : []);
  const isGiven = own.some((word) => unless.some((flag) => word === flag || word.startsWith(`${flag}=`)));
  if (isGiven) return [];
  const values = valuesOf(places);
  if (argument.forEachRoot !== true) return argument.words.map((word) => fill(word, values));
  return places.writableRoots.flatMap((root) =>
    argument.words.map((word) => fill(word, { ...values, roots: root })),
  );
}

function valuesOf({
  state,
  worktree,
  root,
  report,
  writableRoots,
}: LaunchPlaces): Record<string, string | readonly string[]> {
  return { state, worktree, root, report, roots: writableRoots };
}

function fileText(file: ProfileFile, places: LaunchPlaces): string {
  if ("text" in file) return fill(file.text, valuesOf(places));
  return `${JSON.stringify(fillJson(file.json, places), null, 2)}\n`;
}

/** Replaces placeholders in one pass; a name that is none of ours stays as it is. A list can only be had as JSON. */
function fill(text: string, values: Readonly<Record<string, string | readonly string[]>>): string {
  return text.replace(/\{([a-z]+)(?::(json|shell))?\}/g, (whole, name: string, form: string | undefined) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (form === "json") return JSON.stringify(value);
    if (typeof value !== "string") return whole;
    return form === "shell" ? `'${value.replaceAll("'", `'\\''`)}'` : value;
  });
}

/**
 * The same within JSON. A text that is `{roots:list}` becomes the list of the writable roots, and an entry whose key holds
 * `{roots:each}` becomes one entry for each.
 */
function fillJson(value: JsonValue, places: LaunchPlaces): JsonValue {
  if (value === "{roots:list}") return places.writableRoots;
  if (typeof value === "string") return fill(value, valuesOf(places));
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((entry) => fillJson(entry, places));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => {
      const filled = fillJson(entry, places);
      if (!key.includes("{roots:each}")) return [[key, filled]];
      return places.writableRoots.map((root) => [key.replaceAll("{roots:each}", () => root), filled]);
    }),
  );
}

function environmentOf(
  given: readonly Readonly<Record<string, JsonValue>>[],
  caller: Readonly<Record<string, string>>,
  places: LaunchPlaces,
): Record<string, string> {
  const environment: Record<string, string> = { ...caller };
  for (const variables of given) {
    for (const [name, raw] of Object.entries(variables)) {
      const value = fillJson(raw, places);
      if (typeof value === "object") {
        environment[name] = JSON.stringify(mergeJson(parsed(environment[name]), value));
      } else if (caller[name] === undefined) environment[name] = String(value);
    }
  }
  return environment;
}

function parsed(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Mappings are merged, lists joined; anything else of `base` is replaced. */
function mergeJson(base: JsonValue | undefined, added: JsonValue): JsonValue {
  if (isList(added)) return isList(base) ? [...base, ...added] : added;
  if (typeof added !== "object" || added === null) return added;
  if (typeof base !== "object" || base === null || isList(base)) return added;
  const merged: Record<string, JsonValue> = { ...base };
  for (const [key, value] of Object.entries(added)) merged[key] = mergeJson(merged[key], value);
  return merged;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
