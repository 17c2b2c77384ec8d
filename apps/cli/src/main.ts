import { createRequire } from "node:module";
import { provideParsers } from "@wiggum/ticket-core";
import { app } from "./app.js";
import { exitCodes } from "./exit-codes.js";
import { processHost } from "./host.js";
import { indent } from "./messages.js";
import { runCommandLine } from "./run-command-line.js";
import type { TkHost } from "./tk/tk-host.js";
import type { TkStore } from "./tk/tk-store.js";

// They weigh more than a whole command: loaded when a ticket is written in a way that our own scanners leave open, and then at once, since
// reading a text is synchronous.
provideParsers(() => createRequire(import.meta.url)("./parsers.js"));

/** The tickets of a project as `tk` sees them. That program has a bundle of its own, and comes here only in a project. */
export async function openTkProject(ours: TkHost): Promise<TkStore | undefined> {
  const { openProjectTickets } = await import("./composition/tk-project.js");
  return await openProjectTickets(ours, processHost());
}

/** Runs the command line of this process and returns its exit number, when all output has been handed to the system. */
export async function main(): Promise<number> {
  const host = processHost();
  const exitCode = await runCommandLine(app, process.argv.slice(2), host);
  await host.flushed();
  const failure = host.outputFailure();
  if (failure === undefined) return exitCode;
  host.stderr.write(`[error] Standard output could not be written: ${failure.message}\n`);
  host.stderr.write(`${indent}next: What the command had to do is done; read the result again.\n`);
  return exitCode === 0 ? exitCodes.EXIT_ERROR : exitCode;
}
