import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { findProgram, isExecutable, pathFolders } from "./find-program.js";

/** What a plugin for `<command>` is called; the first one wins. */
const prefixes = ["tk-", "ticket-"] as const;

/** A plugin as help lists it. */
export interface ListedPlugin {
  readonly name: string;
  readonly description: string;
}

/** The program that is to run instead of a command; undefined = there is none. */
export function findPlugin(command: string, path: string | undefined): string | undefined {
  // A command that is a path, or nothing, must not reach for another folder.
  if (command === "" || command.includes("/") || command.includes("\0")) return undefined;
  for (const prefix of prefixes) {
    const found = findProgram(`${prefix}${command}`, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All plugins on PATH, by prefix, then by name; each name once. */
export function listPlugins(path: string | undefined): readonly ListedPlugin[] {
  const listed = new Map<string, string>();
  for (const prefix of prefixes) {
    const found = new Map<string, string>();
    for (const folder of pathFolders(path)) {
      for (const file of namesIn(folder)) {
        const name = file.slice(prefix.length);
        if (!file.startsWith(prefix) || name === "" || found.has(name)) continue;
        const program = join(folder, file);
        if (isExecutable(program)) found.set(name, program);
      }
    }
    for (const [name, program] of [...found].sort(([left], [right]) => (left < right ? -1 : 1))) {
      if (!listed.has(name)) listed.set(name, program);
    }
  }
  return [...listed].map(([name, program]) => ({ name, description: describe(program) }));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // PATH may name what is not there.
    return [];
  }
}

/** A program that does not answer within this is not described, in milliseconds. */
const describeLimitMs = 1000;

function describe(program: string): string {
  const said = firstLines(program)
    .map((line) => /^#\s*tk-plugin:\s*(.*?)\s*$/.exec(line)?.[1])
    .find(Boolean);
  if (said !== undefined) return said;
  const { stdout } = spawnSync(program, ["--tk-describe"], {
    timeout: describeLimitMs,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });
  const [first = ""] = (stdout ?? "").split("\n");
  return /^tk-plugin:\s*(.*?)\s*$/.exec(first)?.[1] || "(no description)";
}

function firstLines(program: string): readonly string[] {
  let descriptor: number;
  try {
    descriptor = openSync(program, "r");
  } catch {
    // May be run but not read.
    return [];
  }
  try {
    const bytes = Buffer.alloc(8192);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return bytes.toString("utf8", 0, length).split("\n").slice(0, 10);
  } finally {
    closeSync(descriptor);
  }
}
