import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { makeStoreIn } from "./store.fixture.js";

await ticketBackendConformance({
  test: (name, run) => test(name, run),
  createBackend: async ({ judge }) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-kit-")));
    const store = await makeStoreIn(folder, { judge, pollMs: 10 });
    return {
      backend: store.backend,
      open: async () => store.open(),
      plant: (id, text) => void store.push(store.clone(), { [`${id}.md`]: text }),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});
