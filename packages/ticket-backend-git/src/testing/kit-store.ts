// How other processes of the conformance kit open the store of a test.
import type { TicketBackend } from "@wiggum/ticket-core";
import type { ConformanceSetup, StoreElsewhere } from "@wiggum/ticket-core/conformance";
import { createGitBackend } from "../create-git-backend.js";

/** This module, and which store is meant. */
export function elsewhere(root: string): StoreElsewhere {
  return {
    module: import.meta.url,
    options: { root },
    nodeArguments: [
      "--conditions=wiggum-source",
      "--import",
      new URL("./source-hooks.mjs", import.meta.url).href,
    ],
  };
}

/** Called there. */
export function openBackend({ root }: { readonly root: string }, { judge }: ConformanceSetup): TicketBackend {
  return createGitBackend({ root, judge, pollMs: 10 });
}
