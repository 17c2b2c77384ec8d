import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { elsewhere, openBackend } from "./kit-store.fixture.js";

await ticketBackendConformance({
  test: (name, run) => test(name, { timeout: 120_000 }, run),
  createBackend: async ({ judge }) => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "tickets-kit-")));
    const open = () => openBackend({ root }, { judge });
    return {
      backend: open(),
      open: async () => open(),
      elsewhere: elsewhere(root),
      plant: (id, text) => writeFileSync(join(root, `${id}.md`), text),
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  },
});
