import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { whyNoNetworks } from "./two-networks.mjs";

const program = fileURLToPath(new URL("two-hosts.mjs", import.meta.url));
const why = whyNoNetworks();

// P1 P3 P9: the short form of the bench of two hosts.
test.skipIf(why !== undefined)(
  `two hosts in two networks with a real sshd between them race, some killed: nothing lost, doubled or illegal${why === undefined ? "" : ` (${why})`}`,
  () => {
    const run = spawnSync(process.execPath, [program, "1", "4"], { encoding: "utf8" });
    expect(run.stdout + run.stderr).toMatch(/^two hosts over ssh: .* 0 findings\n$/);
    expect(run.status).toBe(0);
  },
  240_000,
);

test.skipIf(why !== undefined)(
  `the same where the word of the upstream counts: nothing is acknowledged that has to be taken back${why === undefined ? "" : ` (${why})`}`,
  () => {
    const run = spawnSync(process.execPath, [program, "1", "4", "upstream"], { encoding: "utf8" });
    expect(run.stdout + run.stderr).toMatch(
      /^two hosts over ssh, the upstream's word counts: .* 0 findings\n$/,
    );
    expect(run.status).toBe(0);
  },
  300_000,
);
