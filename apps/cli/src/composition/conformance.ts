import { fileURLToPath, pathToFileURL } from "node:url";

type TicketKit = typeof import("@wiggum/ticket-core/conformance");
type RunnerKit = typeof import("@wiggum/workflow/conformance");

/** Programs that the kits start, beside the built command; from here they are one folder up (see tsup.config.ts). */
export const kitPrograms = {
  otherProcess: builtFile("other-process"),
  scriptedAgent: builtFile("scripted-agent"),
  starter: builtFile("starter"),
  trial: builtFile("trial"),
};

// The kits are bundled apart from the command: in its bundle all that they share with commands would be a file of its own.

export function loadTicketKit(): Promise<TicketKit> {
  return import(pathToFileURL(builtFile("tickets")).href) as Promise<TicketKit>;
}

export function loadRunnerKit(): Promise<RunnerKit> {
  return import(pathToFileURL(builtFile("runners")).href) as Promise<RunnerKit>;
}

function builtFile(name: string): string {
  return fileURLToPath(new URL(`../kit/${name}.js`, import.meta.url));
}
