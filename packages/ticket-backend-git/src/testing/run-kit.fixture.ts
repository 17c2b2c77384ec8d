import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultAttachmentLimits } from "@wiggum/ticket-core";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { makeStoreIn, type StoreKind } from "../store.fixture.js";
import type { Upstream } from "../uplink/uplink.js";
import { elsewhere } from "./kit-store.js";

const testTimeoutMs = 180_000;

function emptyUpstream(folder: string): Upstream {
  const url = join(folder, "upstream.git");
  execFileSync("git", ["init", "--quiet", "--bare", url]);
  return { url, branch: "wiggum/tickets" };
}

/** The whole conformance kit, on stores of one kind; with `isUpstreams`, under the authority of an upstream beside them. */
export async function runKit(kind: StoreKind, isUpstreams = false): Promise<void> {
  await ticketBackendConformance({
    test: (name, run) => test(name, run, testTimeoutMs),
    createBackend: async ({ judge }) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-kit-")));
      // A low limit, so that the kit reaches it.
      const attachmentLimits = { ...defaultAttachmentLimits, maxCount: 8 };
      const upstream = isUpstreams ? emptyUpstream(folder) : undefined;
      const authority = upstream && { upstream: async () => upstream };
      const store = await makeStoreIn(folder, { judge, pollMs: 10, attachmentLimits, authority }, kind);
      return {
        backend: store.backend,
        open: async () => store.open(),
        elsewhere: elsewhere(store.root, upstream),
        plant: (id, text) => void store.push(store.clone(), { [`${id}.md`]: text }),
        dispose: () => rm(folder, { recursive: true, force: true }),
      };
    },
  });
}
