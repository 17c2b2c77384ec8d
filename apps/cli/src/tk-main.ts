import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { provideParsers } from "@wiggum/ticket-core";
import { runTk, type TkProgram } from "./tk/run-tk.js";
import { TkFailure } from "./tk/tk-failure.js";
import { processTkHost } from "./tk/tk-host.js";

// As in main.ts: only what cannot be read otherwise loads them.
provideParsers(() => createRequire(import.meta.url)("./parsers.js"));

/** What the script that starts this from a checkout says it was called as. */
const calledAs = "WIGGUM_TK_PROGRAM";

/** Runs the command line of this process and gives its exit code, when all output has been handed to the system. */
export async function main(): Promise<number> {
  const program = thisProgram(process.env[calledAs] || process.argv[1] || "tk");
  // What is started from here is called as something else.
  delete process.env[calledAs];
  const host = processTkHost();
  const exitCode = await runTk(process.argv.slice(2), program, host, async (ours) => {
    // All of `wiggum`, so only where there may be a project.
    const { openTkProject } = await import("./main.js");
    return await openTkProject(ours);
  });
  return endOutput(host, exitCode);
}

/** Output that cannot be written makes the command a failed one. */
function endOutput(host: ReturnType<typeof processTkHost>, exitCode: number): number {
  try {
    host.flush();
    return exitCode;
  } catch (error) {
    if (!(error instanceof TkFailure)) throw error;
    for (const line of error.lines) host.say(line);
    return 1;
  }
}

/** The folder is resolved; the last part stays: it says what the program was called as. */
function thisProgram(called: string): TkProgram {
  const path = resolve(called);
  const name = basename(path).replace(/\.js$/, "");
  return { name, path: join(realpathSync(dirname(path)), basename(path)) };
}
