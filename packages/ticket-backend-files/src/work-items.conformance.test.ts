import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { elsewhere, openItemsBackend } from "./kit-store.fixture.js";

await ticketBackendConformance({
  test: (name, run) => test(name, { timeout: 120_000 }, run),
  createBackend: async ({ judge }) => {
    const root = mkdtempSync(join(tmpdir(), "wiggum-items-"));
    const make = () => openItemsBackend(root, judge);
    const backend = make();
    return {
      backend,
      open: async () => make(),
      elsewhere: elsewhere(root),
      plant: (id, text) => {
        mkdirSync(join(root, "open", id), { recursive: true });
        writeFileSync(join(root, "open", id, "item.md"), text);
      },
      dispose: async () => {
        await backend.close?.();
        rmSync(root, { recursive: true, force: true });
      },
    };
  },
});
