import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { createFolderBackend } from "../create-folder-backend.js";
import { ticketsDirLayout } from "./tickets-dir-layout.js";

await ticketBackendConformance({
  test: (name, run) => test(name, run),
  createBackend: async ({ judge }) => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "tickets-kit-")));
    const open = () => createFolderBackend({ root, layout: ticketsDirLayout(), judge, watchEveryMs: 10 });
    return {
      backend: open(),
      open: async () => open(),
      plant: (id, text) => writeFileSync(join(root, `${id}.md`), text),
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  },
});
