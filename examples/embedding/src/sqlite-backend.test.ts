import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TicketBackend } from "@wiggum/ticket-core";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { createSqliteBackend } from "./sqlite-backend.ts";

// A rule with processes starts some, again and again.
const timeout = 120_000;

await ticketBackendConformance({
  test: (name, run) => test(name, { timeout }, run),
  createBackend: async ({ judge }) => {
    const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
    const path = join(folder, "tickets.db");
    const opened: TicketBackend[] = [];
    const open = async () => {
      const backend = createSqliteBackend({ path, judge });
      opened.push(backend);
      return backend;
    };
    return {
      backend: await open(),
      open,
      elsewhere: { module: new URL("sqlite-backend.ts", import.meta.url).href, options: { path } },
      plant(id, text) {
        const database = new DatabaseSync(path);
        database.prepare("INSERT OR REPLACE INTO ticket VALUES (?, ?, 'planted', '{}')").run(id, text);
        database.close();
      },
      dispose: async () => {
        for (const backend of opened) await backend.close?.();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});
