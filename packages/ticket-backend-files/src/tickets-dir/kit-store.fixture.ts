// How other processes of the conformance kit open the store of a test.
import type { TicketBackend } from "@wiggum/ticket-core";
import type { ConformanceSetup, StoreElsewhere } from "@wiggum/ticket-core/conformance";
import { createFolderBackend } from "../create-folder-backend.js";
import { elsewhere as itemsElsewhere } from "../kit-store.fixture.js";
import { ticketsDirLayout } from "./tickets-dir-layout.js";

/** This module, and which store is meant. */
export function elsewhere(root: string): StoreElsewhere {
  return { ...itemsElsewhere(root), module: import.meta.url };
}

/** Called there, and by the test itself. */
export function openBackend({ root }: { readonly root: string }, { judge }: ConformanceSetup): TicketBackend {
  return createFolderBackend({ root, layout: ticketsDirLayout(), judge, watchEveryMs: 10 });
}
