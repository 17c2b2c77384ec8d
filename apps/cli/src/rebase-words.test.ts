// An agent does what `wiggum rebase` prints: it must name the commands of what is really open, and its prompt must say so.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RebaseOutcome } from "@wiggum/control-plane";
import { describe, expect, test } from "vitest";
import { runWithFakes } from "./testing/fake-host.js";

const workerPrompt = fileURLToPath(
  new URL("../../../packages/control-plane/templates/prompts/worker.md", import.meta.url),
);

const rebase = (outcome: Partial<RebaseOutcome>) =>
  runWithFakes(["rebase"], {
    project: {
      branches: {
        rebase: async () => ({ status: "conflict", target: "feature/tk-1", files: ["a.txt"], ...outcome }),
      },
    },
  });

describe.each(["rebase", "merge"])("an open %s", (what) => {
  const commands = { continue: `git ${what} --continue`, abort: `git ${what} --abort` };
  const other = what === "merge" ? "rebase" : "merge";

  test("is told with its own commands", async () => {
    const ran = await rebase({ leftOpenIn: "/p/worktrees/worker-0", commands });
    expect(ran).toMatchObject({ exitCode: 7, stdout: "" });
    expect(ran.stderr.split("\n")).toEqual([
      "[error] Rebase conflict detected!",
      "        conflict: a.txt",
      `        The ${what} is open in /p/worktrees/worker-0.`,
      `        go on: git ${what} --continue`,
      `        give up: git ${what} --abort`,
      `        next: Settle these files, 'git add' them, then go on: git ${what} --continue`,
      "",
    ]);
    expect(ran.stderr).not.toContain(`git ${other}`);
  });

  test("with every file settled: only what goes on is left to type", async () => {
    const ran = await rebase({ files: [], leftOpenIn: "/p/worktrees/worker-0", commands });
    expect(ran.stderr).toContain(`next: No file is in conflict any more. Go on: git ${what} --continue\n`);
  });

  test("is what the worker's prompt speaks of", () => {
    const prompt = readFileSync(workerPrompt, "utf8");
    const row = /^\| 7 \|.*$/m.exec(prompt)?.[0] ?? "";
    expect(row).toContain('"go on:"');
    expect(row).toContain(`\`git ${what} --continue\``);
  });
});

test("outside an agent's worktree nothing stays open", async () => {
  const ran = await rebase({});
  expect(ran.exitCode).toBe(7);
  expect(ran.stderr).toContain("It was taken back: nothing was changed.\n");
  expect(ran.stderr).not.toMatch(/--continue|--abort| open in /);
});
