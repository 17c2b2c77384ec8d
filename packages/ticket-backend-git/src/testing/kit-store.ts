// How other processes of the conformance kit open the store of a test.
import type { TicketBackend } from "@wiggum/ticket-core";
import type { ConformanceSetup, StoreElsewhere } from "@wiggum/ticket-core/conformance";
import { createGitBackend } from "../create-git-backend.js";
import type { Upstream } from "../uplink/uplink.js";

interface KitStore {
  readonly root: string;
  /** Present where the store is under its authority. */
  readonly upstream?: Upstream;
}

/** This module, and which store is meant. */
export function elsewhere(root: string, upstream?: Upstream): StoreElsewhere {
  return {
    module: import.meta.url,
    options: { root, ...(upstream && { upstream: { ...upstream } }) },
    nodeArguments: [
      "--conditions=wiggum-source",
      "--import",
      new URL("./source-hooks.mjs", import.meta.url).href,
    ],
  };
}

/** Called there. */
export function openBackend({ root, upstream }: KitStore, { judge }: ConformanceSetup): TicketBackend {
  const authority = upstream && { upstream: async () => upstream };
  return createGitBackend({ root, judge, pollMs: 10, authority });
}
