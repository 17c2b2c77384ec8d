import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { createJsonFileBackend } from "./json-file-backend.ts";

await ticketBackendConformance({
  test,
  createBackend: async ({ judge }) => {
    const folder = mkdtempSync(join(tmpdir(), "json-file-"));
    const path = join(folder, "tickets.json");
    const open = async () => createJsonFileBackend({ path, judge });
    return {
      backend: await open(),
      open,
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
});
