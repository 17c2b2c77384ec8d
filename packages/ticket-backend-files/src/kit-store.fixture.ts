// How other processes of the conformance kit open the store of a test.
import { defaultAttachmentLimits, type Judge, type TicketBackend } from "@wiggum/ticket-core";
import type { ConformanceSetup, StoreElsewhere } from "@wiggum/ticket-core/conformance";
import { createFolderBackend } from "./create-folder-backend.js";
import { workItemsLayout } from "./work-items/work-items-layout.js";

/** This module, and which store is meant. */
export function elsewhere(root: string): StoreElsewhere {
  return {
    module: import.meta.url,
    options: { root },
    nodeArguments: [
      "--conditions=wiggum-source",
      "--import",
      new URL("./source-hooks.fixture.mjs", import.meta.url).href,
    ],
  };
}

/** A backend over work items, with a low limit, so that the kit reaches it. */
export function openItemsBackend(root: string, judge: Judge): TicketBackend {
  const attachmentLimits = { ...defaultAttachmentLimits, maxCount: 8 };
  return createFolderBackend({ root, judge, layout: workItemsLayout(), watchEveryMs: 100, attachmentLimits });
}

/** Called there. @public */
export function openBackend({ root }: { readonly root: string }, { judge }: ConformanceSetup): TicketBackend {
  return openItemsBackend(root, judge);
}
