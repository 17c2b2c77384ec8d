// Commands of the contract that no other file types as a script would: the completion scripts, and a run that writes lines.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { isTmuxThere, openTerminal } from "./tmux-terminal.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

test.each(["bash", "zsh", "fish"])("completion: the script of %s alone on standard output", async (shell) => {
  const ran = await repository.wiggum(["completion", shell]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ran.stdout).toContain("wiggum complete --");
  expect(await repository.json(["completion", shell])).toEqual({ shell, script: ran.stdout });
  // Where that shell is installed it reads the script without running it.
  const checked = spawnSync(shell, ["-n"], { input: ran.stdout, encoding: "utf8" });
  if (checked.error === undefined) expect(checked).toMatchObject({ status: 0, stderr: "" });
});

describe("run --plain", { timeout: 60_000 }, () => {
  test("in a script: the same lines as without, nothing on standard output", async () => {
    const typed = ["run", "--plain", "--once"];
    const plain = await repository.wiggum(typed);
    expect(plain).toMatchObject({ exitCode: 0, stdout: "" });
    expect(plain.stderr).toContain("[info] Supervising, at most 4 agents at a time\n");
    expect(await repository.wiggum(["run", "--once"])).toEqual(plain);
  });

  test.skipIf(!isTmuxThere)("on a terminal: lines, and no screen of its own", async () => {
    const terminal = openTerminal(repository, { columns: 120 });
    try {
      terminal.type(`clear; wiggum ${["run", "--plain"].join(" ")}; echo ended with $?`);
      terminal.press("Enter");
      await terminal.shows("[info] Supervising, at most 4 agents at a time");
      expect(terminal.modes().isAlternate).toBe(false);
      terminal.press("C-c");
      await terminal.shows("ended with 0");
    } finally {
      terminal.end();
    }
  });
});
