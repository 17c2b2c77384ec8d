import { lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProgram } from "./bounded-program.js";
import { structuredDefaults } from "./settings.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";
import { processesIn } from "./worktree-processes.js";
import { placeDeclaredFiles, setUpWorktree } from "./worktree-setup.js";

// P33
describe("declared files", () => {
  test("are copied and linked to the same place; what is there stays; folders come as a whole", async () => {
    const fixture = worktreeFixture();
    fixture.write(".env", "main\n");
    fixture.write("config/deep/a.local", "a\n");
    fixture.write("cache/x/1", "1\n");
    fixture.write("README.md", "changed in main\n");
    symlinkSync("README.md", join(fixture.root, "link.local"));
    const worktree = fixture.addWorktree("worker-0");
    const declared = { copy: [".env", "**/*.local", "README.md", "missing"], link: ["cache"] };
    const made = await placeDeclaredFiles(fixture.root, worktree, declared, [
      fixture.paths.worktreesDirectory,
    ]);
    expect(made).toEqual([
      { path: "cache", isLink: true },
      { path: ".env", isLink: false },
      { path: "config/deep/a.local", isLink: false },
      { path: "link.local", isLink: false },
    ]);
    expect(readFileSync(join(worktree, "cache/x/1"), "utf8")).toBe("1\n");
    expect(lstatSync(join(worktree, "cache")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(worktree, "link.local")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(worktree, "README.md"), "utf8")).toBe("# A project\n");
    expect(
      await placeDeclaredFiles(fixture.root, worktree, declared, [fixture.paths.worktreesDirectory]),
    ).toEqual([]);
  });

  test.each(["../secret", "/etc/passwd", "a/../../b"])(
    "%s leads out of the project and is refused",
    async (glob) => {
      const fixture = worktreeFixture();
      const worktree = fixture.addWorktree("worker-0");
      const placing = placeDeclaredFiles(fixture.root, worktree, { copy: [glob], link: [] }, []);
      await expect(placing).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    },
  );

  test("neither other worktrees nor the repository itself are copied by a wide glob", async () => {
    const fixture = worktreeFixture();
    fixture.addWorktree("worker-1");
    fixture.writeIn(join(fixture.root, "worktrees/worker-1"), "b.txt", "b\n");
    fixture.write("a.txt", "a\n");
    const worktree = fixture.addWorktree("worker-0");
    const without = [fixture.paths.worktreesDirectory, fixture.paths.controlDirectory];
    const made = await placeDeclaredFiles(fixture.root, worktree, { copy: ["**"], link: [] }, without);
    expect(made.map(({ path }) => path)).toEqual(["a.txt"]);
  });
});

describe("set-up program", () => {
  const settings = { ...structuredDefaults.worktree, setUpTimeoutMs: 300 };

  test("one that hangs is stopped with all that it started, and its output is told", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    const setUp = ["sh", "-c", "echo waiting; sleep 600 & sleep 600"];
    const running = setUpWorktree(
      { git: fixture.repository, paths: fixture.paths, settings: { ...settings, setUp } },
      worktree,
      fixture.environment,
    );
    await expect(running).rejects.toMatchObject({ code: "SETUP_FAILED", data: { output: "waiting" } });
    expect(await processesIn(worktree)).toEqual([]);
  });

  test("one that is not there", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    const running = setUpWorktree(
      {
        git: fixture.repository,
        paths: fixture.paths,
        settings: { ...settings, setUp: ["no-such-program"] },
      },
      worktree,
      fixture.environment,
    );
    await expect(running).rejects.toMatchObject({
      code: "SETUP_FAILED",
      message: expect.stringContaining("there is no program no-such-program"),
    });
  });

  test("its folder with a view and the link to the agent's settings", async () => {
    const fixture = worktreeFixture();
    fixture.write(".claude/settings.json", "{}\n");
    const worktree = fixture.addWorktree("worker-0");
    const views: string[] = [];
    const setUp = {
      git: fixture.repository,
      paths: fixture.paths,
      settings,
      views: {
        create: async (folder: string, kind: string) => void views.push(`${kind} ${folder}`),
        refresh: async () => ({ at: "", written: [], edited: [] }),
      },
    };
    await setUpWorktree(setUp, worktree, fixture.environment);
    await setUpWorktree(setUp, worktree, fixture.environment);
    expect(new Set(views)).toEqual(new Set([`shared ${join(worktree, ".wiggum/tickets")}`]));
    expect(readFileSync(join(worktree, ".claude/settings.json"), "utf8")).toBe("{}\n");
    expect(fixture.inside("worker-0", "status", "--porcelain")).toBe("");
    // The people's own folder is not hidden from them.
    expect(fixture.git("status", "--porcelain", "--", ".claude").trim()).toBe("?? .claude/");
  });

  test("a folder of the agent's settings that the project has committed stays as it is", async () => {
    const fixture = worktreeFixture();
    fixture.write(".claude/settings.json", "{}\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Settings");
    const worktree = fixture.addWorktree("worker-0");
    await setUpWorktree(
      { git: fixture.repository, paths: fixture.paths, settings },
      worktree,
      fixture.environment,
    );
    expect(lstatSync(join(worktree, ".claude")).isDirectory()).toBe(true);
  });
});

describe("runProgram", () => {
  test("keeps the last of the output, shows control characters, and does not wait for what was left behind", async () => {
    const fixture = worktreeFixture();
    mkdirSync(join(fixture.base, "x"));
    const script =
      "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done; printf '\\033[31mred'; sleep 600 & exit 3";
    const end = await runProgram({
      command: ["sh", "-c", script],
      cwd: join(fixture.base, "x"),
      environment: fixture.environment,
      timeoutMs: 60_000,
    });
    expect(end).toMatchObject({ exitCode: 3, isTimeout: false });
    expect(end.output).toMatch(/line 29999\n\\u001b\[31mred$/);
    expect(end.output.length).toBeLessThan(80_000);
    for (const { pid } of await processesIn(join(fixture.base, "x"), 0)) process.kill(pid, "SIGKILL");
  });
});
