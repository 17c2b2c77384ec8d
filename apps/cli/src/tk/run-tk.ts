import { builtinCommands } from "./builtin-commands.js";
import { findPlace, type TkPlace } from "./find-place.js";
import { helpText } from "./help.js";
import { missingFolder, type OpenProjectTickets, openStore } from "./open-store.js";
import { findPlugin } from "./plugins.js";
import { runPlugin } from "./run-plugin.js";
import { TkFailure, tkUsage } from "./tk-failure.js";
import type { TkHost } from "./tk-host.js";

/** How this program was called. */
export interface TkProgram {
  /** `tk` or `ticket`. */
  readonly name: string;
  /** Absolute path; one file that can be run. */
  readonly path: string;
}

const helpWords = new Set(["help", "--help", "-h"]);

/** Runs one command line of `tk` and gives its exit code. */
export async function runTk(
  words: readonly string[],
  program: TkProgram,
  host: TkHost,
  openProject: OpenProjectTickets,
): Promise<number> {
  try {
    return await run(words, program, host, openProject);
  } catch (error) {
    for (const line of linesOf(error)) host.say(line);
    return 1;
  }
}

async function run(
  typed: readonly string[],
  program: TkProgram,
  host: TkHost,
  openProject: OpenProjectTickets,
): Promise<number> {
  const isSuper = typed[0] === "super";
  const [command, ...words] = isSuper ? typed.slice(1) : typed;
  if (isSuper && command === undefined) throw tkUsage(`Usage: ${program.name} super <cmd> [args]`);
  const path = host.environment["PATH"];
  if (command === undefined || helpWords.has(command)) {
    host.print(helpText(program.name, path));
    return 0;
  }
  const place = findPlace(host.environment, host.workingDirectory);
  const plugin = isSuper ? undefined : findPlugin(command, path);
  if (plugin !== undefined) {
    if (place.kind === "missing") throw missingFolder(place.path);
    return await runPlugin(plugin, words, pluginEnvironment(place, program, host.environment));
  }
  const builtin = builtinCommands.get(command);
  if (builtin === undefined) {
    throw new TkFailure([`Unknown command: ${command}`, ...helpText(program.name, path).split("\n")]);
  }
  const store = await openStore(place, command, host, openProject);
  try {
    return await builtin({ program: program.name, words, host, store });
  } finally {
    await store.close?.();
  }
}

function pluginEnvironment(
  place: TkPlace,
  program: TkProgram,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { TICKETS_DIR: _given, ...others } = environment;
  const folder = place.kind === "folder" ? { TICKETS_DIR: place.path } : {};
  return { ...others, ...folder, TK_SCRIPT: program.path };
}

/** What is said of a failure. One that nobody foresaw is said, too. */
function linesOf(error: unknown): readonly string[] {
  const { lines, message, hint } = error as Partial<TkFailure> & { readonly hint?: string };
  // Not by its class: the tickets of a project come from another bundle.
  if (Array.isArray(lines)) return lines;
  return [`Error: ${message ?? String(error)}`, ...(hint === undefined ? [] : [hint])];
}
