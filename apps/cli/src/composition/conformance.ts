import { fileURLToPath } from "node:url";

export { casesFor, runCase, ticketBackendCases } from "@wiggum/ticket-core/conformance";
export { agentRunnerConformance } from "@wiggum/workflow/conformance";

/** Programs that the kits start, beside the built command; from here they are one folder up (see tsup.config.ts). */
export const kitPrograms = {
  otherProcess: program("other-process"),
  scriptedAgent: program("scripted-agent"),
  starter: program("starter"),
};

function program(name: string): string {
  return fileURLToPath(new URL(`../kit/${name}.js`, import.meta.url));
}
