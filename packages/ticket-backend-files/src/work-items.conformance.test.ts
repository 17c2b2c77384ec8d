import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { createFolderBackend } from "./create-folder-backend.js";
import { workItemsLayout } from "./work-items/work-items-layout.js";

await ticketBackendConformance({
  test: (name, run) => test(name, { timeout: 120_000 }, run),
  createBackend: async ({ judge }) => {
    const root = mkdtempSync(join(tmpdir(), "wiggum-items-"));
    const make = () => createFolderBackend({ root, judge, layout: workItemsLayout(), watchEveryMs: 100 });
    const backend = make();
    return {
      backend,
      open: async () => make(),
      plant: (id, text) => {
        mkdirSync(join(root, "open", id), { recursive: true });
        writeFileSync(join(root, "open", id, "item.md"), text);
      },
      dispose: async () => {
        await backend.close();
        rmSync(root, { recursive: true, force: true });
      },
    };
  },
});
