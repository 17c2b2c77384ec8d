// The demo on a real OpenCode server: `npm run demo -- --runner opencode`. Only the model is scripted.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { testWith } from "./testing/agent-programs.js";

const demo = fileURLToPath(new URL("../../../../examples/demo/src/run.mjs", import.meta.url));

testWith("opencode")(
  "brings all six changes of the demo to main as sessions of a server, and leaves nothing",
  async () => {
    const ran = spawnSync(process.execPath, [demo, "--runner", "opencode"], { encoding: "utf8" });
    expect(ran.stdout, ran.stderr).toMatch(/^All six changes are on main/m);
    // A turn of a worker, of a reviewer and of a quality agent for each ticket, of two steps each, at the least.
    expect(Number(/The model was asked (\d+) times/.exec(ran.stdout)?.[1])).toBeGreaterThanOrEqual(36);
    expect(ran.status).toBe(0);
  },
  1_200_000,
);
