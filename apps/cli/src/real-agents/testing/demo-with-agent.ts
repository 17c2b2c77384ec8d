// The demo with a real agent program: only the model is scripted, which tells each agent to do what the demo's own agents do.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type AgentProgram, agentHome, testWith } from "./agent-programs.js";
import { startModel } from "./scripted-project.js";

const at = (path: string) => fileURLToPath(new URL(`../../../../../${path}`, import.meta.url));

/** A whole run takes a minute or more: each program has a file of its own, so that they run side by side. */
export function testDemoWith(agent: AgentProgram): void {
  testWith(agent)(
    "brings all six changes of the demo to main",
    async () => {
      const model = await startModel();
      const base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-real-demo-")));
      try {
        for (const folder of ["home", "programs"]) mkdirSync(join(base, folder));
        const steps = [
          { text: "I work.", run: `node ${at("examples/agents/src/agent.mjs")}` },
          { text: "All is done." },
        ];
        const prompt = join(base, "prompt.md");
        writeFileSync(prompt, `<script>${JSON.stringify(steps)}</script>\n`);
        const demo = [at("examples/demo/src/run.mjs"), "--agent", agent, "--prompt", prompt];
        const ran = spawnSync(process.execPath, demo, {
          env: { ...process.env, ...agentHome(base, model.url) },
          encoding: "utf8",
        });
        expect(ran.stdout, ran.stderr).toMatch(/^All six changes are on main/m);
        expect(ran.status).toBe(0);
      } finally {
        model.stop();
        rmSync(base, { recursive: true, force: true, maxRetries: 20 });
      }
    },
    900_000,
  );
}
