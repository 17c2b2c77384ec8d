import { spawnSync } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judge, runDemo } from "./run.mjs";

const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).status === 0;

test("with one agent at a time it still finishes, and nothing conflicts, whatever an agent says", async () => {
  const alone = { seed: 0, agents: 1, keep: true, crash: false };
  const { project, folder, filed, run, problems } = await runDemo(alone);
  try {
    expect(problems).toEqual([]);
    appendFileSync(join(project, ".wiggum", "state", "worker-0", "1", "output.log"), "rebase: exit 7\n");
    expect(judge(project, { ...alone, agents: 3 }, filed, run)).toEqual(["no merge conflict happened"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// P23 P26 P35: the same in panes, a killed worker included.
test.skipIf(!isTmuxThere)(
  "in panes of tmux (needs tmux) it ends as well, without a server or a socket left",
  async () => {
    const { problems } = await runDemo({ seed: 3, agents: 3, crash: true, keep: false, runner: "tmux" });
    expect(problems).toEqual([]);
  },
);
