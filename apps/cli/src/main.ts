import { createRequire } from "node:module";
import { provideParsers } from "@wiggum/ticket-core";
import { app } from "./app.js";
import { composition } from "./compose.js";
import { findCommand } from "./find-command.js";
import { processHost } from "./host.js";
import { runCommandLine } from "./run-command-line.js";
import type { TkHost } from "./tk/tk-host.js";
import type { TkStore } from "./tk/tk-store.js";
import { toTheEnd } from "./to-the-end.js";

// They weigh more than a whole command: loaded when a ticket is written in a way that our own scanners leave open, and then at once, since
// reading a text is synchronous.
provideParsers(() => createRequire(import.meta.url)("./parsers.js"));

/** The tickets of a project as `tk` sees them. That program has a bundle of its own, and comes here only in a project. */
export async function openTkProject(ours: TkHost): Promise<TkStore | undefined> {
  const { openProjectTickets } = await import("./composition/tk-project.js");
  return await openProjectTickets(ours, processHost(composition));
}

/** Runs the command line of this process and returns its exit number, when all output has been handed to the system. */
export async function main(): Promise<number> {
  const host = processHost(composition);
  return await toTheEnd(host, await runCommandLine(app, process.argv.slice(2), host));
}

/** How a command is typed: what stands below a complaint about one. */
export function synopsisOf(words: readonly string[]): string {
  const wanted = findCommand(app, words);
  return wanted.kind === "command" ? wanted.leaf.synopsis : "";
}

export { composition };
