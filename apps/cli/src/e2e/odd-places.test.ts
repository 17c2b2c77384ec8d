// Places and circumstances that tools of this kind trip over: each works, or is refused with a sentence and a next step.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  createRepository,
  program,
  type Ran,
  type Repository,
  type RepositoryOptions,
} from "./built-wiggum.js";
import { eventually } from "./eventually.js";
import { isTmuxThere, openTerminal } from "./tmux-terminal.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function project(options: RepositoryOptions = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

/** From a ticket to merged code, every command typed from the places where people and agents type it. Gives what was said. */
async function wholeWay(repository: Repository): Promise<readonly Ran[]> {
  const said: Ran[] = [];
  const run = async (typed: readonly string[], cwd = repository.root) => {
    const ran = await repository.wiggum(typed, { cwd });
    if (ran.exitCode !== 0) throw new Error(`wiggum ${typed.join(" ")}: ${ran.exitCode}\n${ran.stderr}`);
    said.push(ran);
    return ran.stdout.trimEnd();
  };
  const id = await run(["ticket", "create", "The whole way"]);
  const agent = await run(["spawn", "worker", id]);
  const worktree = join(repository.root, "worktrees", agent);
  await eventually("the agent says hello", async () => (await run(["logs", agent])).includes("hello from"));
  expect(await run(["ticket", "list"], worktree)).toContain("in-progress");
  repository.write(`worktrees/${agent}/made.txt`, "made\n");
  repository.git("-C", worktree, "add", "made.txt");
  repository.git("-C", worktree, "commit", "-qm", "Made");
  for (const state of ["review", "qa", "done"])
    await run(["ticket", "transition", id, state, "--no-hooks"], worktree);
  await run(["kill", agent]);
  await run(["branch", "merge", id]);
  expect(existsSync(worktree)).toBe(false);
  expect(await run(["doctor"])).not.toContain("error");
  return said;
}

describe("where the project lies", { timeout: 120_000 }, () => {
  test.each([
    { name: "spaces, quotes, dollars", folder: `it's a "project" $(touch pwned) $HOME; and more` },
    { name: "letters that are not ASCII", folder: "проект 日本語 🎉 é" },
    { name: "a folder called worktrees", folder: "worktrees/worker-0/shop" },
    { name: "a dash at the beginning", folder: "-rf" },
  ])("$name: the whole way works, with a child process and in a pane", async ({ folder }) => {
    const repository = await project({ folder });
    await wholeWay(repository);
    expect(repository.read("made.txt")).toBe("made\n");
    expect(existsSync(join(repository.root, "pwned"))).toBe(false);
    const hook = '#!/bin/sh\nprintf "%s" "$PROJECT_ROOT" > "$MAIN_PROJECT_ROOT/told"\n';
    repository.write(".wiggum/hooks/tell", hook, 0o755);
    await repository.succeed(["hook", "run", "tell", await repository.succeed(["ticket", "create", "X"])]);
    expect(repository.read("told")).toBe(repository.root);
    if (!isTmuxThere) return;
    const sockets = join(repository.programs, "sockets");
    mkdirSync(sockets);
    const environment = { WIGGUM_RUNNER: "tmux", TMUX_TMPDIR: sockets, TERM: "xterm" };
    const id = await repository.succeed(["ticket", "create", "In a pane"], { environment });
    const agent = await repository.succeed(["spawn", "worker", id], { environment });
    await eventually("it says hello in its pane", async () =>
      (await repository.succeed(["logs", agent], { environment })).includes(`hello from ${agent}`),
    );
    await repository.succeed(["teardown", "--force"], { environment });
  });
});

describe("what the repository is like", { timeout: 120_000 }, () => {
  test("without a commit: agents work on an unborn branch, and the merge makes it", async () => {
    const repository = await project({ kind: "unborn" });
    await wholeWay(repository);
    expect(repository.git("log", "--format=%s", "main")).toContain("Made");
    expect(repository.read("made.txt")).toBe("made\n");
  });

  test.each(["trunk", "master", "release/2.0"])(
    "the default branch is called %s: work is merged there",
    async (branch) => {
      const repository = await project({ branch });
      await wholeWay(repository);
      expect(repository.git("log", "--format=%s", branch)).toContain("Made");
      expect(repository.git("branch", "--list", "main")).toBe("");
      expect(repository.read("made.txt")).toBe("made\n");
    },
  );

  test("HEAD is detached: the base branch moves, the checkout stays where the person put it", async () => {
    const repository = await project();
    repository.git("checkout", "-q", "--detach");
    const before = repository.git("rev-parse", "HEAD");
    await wholeWay(repository);
    expect(repository.git("log", "--format=%s", "main")).toContain("Made");
    expect(repository.git("rev-parse", "HEAD")).toBe(before);
    expect(existsSync(join(repository.root, "made.txt"))).toBe(false);
  });

  test("HEAD is detached and no branch is the base: refused, with what to configure", async () => {
    const repository = await project({ branch: "odd" });
    const id = await repository.succeed(["ticket", "create", "Lost"]);
    repository.git("checkout", "-q", "--detach");
    repository.git("branch", "-m", "odd", "odder");
    const ran = await repository.wiggum(["branch", "merge", id]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/next: /);
  });

  test("the base branch is renamed under it: status shows all the rest, and says what it cannot know", async () => {
    const repository = await project({ branch: "odd" });
    repository.git("branch", "-m", "odd", "odder");
    const ran = await repository.wiggum(["status"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain("[warn] What is to be merged is not known: Branch not found: odd\n");
    expect(ran.stdout).toContain("TICKETS:\n  ready: 0\n");
    for (const typed of [["inbox"], []])
      expect((await repository.wiggum(typed)).stderr).toContain("[warn] What is to be merged is not known: ");
    const doctor = await repository.wiggum(["doctor"]);
    expect(doctor.stdout).toContain("The base branch 'odd' does not exist");
  });

  test("with submodules: the whole way works, and their folders do not stop the end of a worktree", async () => {
    const repository = await project();
    const library = join(repository.programs, "library");
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "protocol.file.allow=always", ...words], {
        env: repository.environment,
        stdio: "pipe",
      });
    git("init", "-q", "-b", "main", library);
    git(
      "-C",
      library,
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@example.org",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "L",
    );
    git("-C", repository.root, "submodule", "--quiet", "add", library, "lib");
    repository.git("commit", "-qm", "Add a submodule");
    await wholeWay(repository);
    const id = await repository.succeed(["ticket", "create", "With it checked out"]);
    const spawned = await repository.wiggum(["spawn", "worker", id]);
    expect(spawned.stderr).toContain("The submodules of its worktree are empty");
    const agent = spawned.stdout.trim();
    const worktree = join(repository.root, "worktrees", agent);
    git("-C", worktree, "submodule", "--quiet", "update", "--init");
    expect(existsSync(join(worktree, "lib/.git"))).toBe(true);
    await repository.succeed(["kill", agent]);
    expect(existsSync(worktree)).toBe(false);
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  test("a worktree deleted by hand: said by status, doctor, recover, run and inbox, ended by kill, its number is not given again", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Deleted"]);
    const agent = await repository.succeed(["spawn", "worker", id]);
    const worktree = join(repository.root, "worktrees", agent);
    rmSync(worktree, { recursive: true });
    const gone = `${worktree} is gone, and its session still runs: what it writes now is lost`;
    const next = `next: wiggum kill ${agent}, then wiggum spawn worker ${id}`;
    for (const typed of [["status"], ["status", "--verbose"], []]) {
      const ran = await repository.wiggum(typed);
      expect({ typed, exitCode: ran.exitCode }).toEqual({ typed, exitCode: 0 });
      expect(ran.stdout).toContain(`A PERSON MUST ACT:\n  ${agent}: Its worktree ${gone}\n`);
    }
    expect(await repository.succeed(["status", "--verbose"])).toMatch(
      /\n {4}running .*; its worktree is gone, and/,
    );
    expect(await repository.json<{ kind: string; commands: string[] }[]>(["inbox"])).toMatchObject([
      {
        kind: "worktree-gone",
        about: agent,
        commands: [`wiggum kill ${agent}`, `wiggum spawn worker ${id}`],
      },
    ]);
    for (const typed of [["recover"], ["run", "--once"]]) {
      const ran = await repository.wiggum(typed);
      expect(ran.stderr).toContain(`[warn] ${agent}: Its worktree ${gone}; ${next}\n`);
    }
    expect(await repository.succeed(["recover"])).toMatch(
      new RegExp(`^${agent} +adopted .*its worktree is gone.*next: wiggum kill ${agent}$`),
    );
    const found = await repository.wiggum(["doctor"]);
    expect(found.stdout).toContain(`The worktree of ${agent}, worktrees/${agent}, is gone`);
    await repository.succeed(["kill", agent, "--force"]);
    expect(await repository.json<unknown[]>(["list"])).toEqual([]);
    expect(await repository.succeed(["inbox"])).not.toContain("worktree");
    expect(await repository.succeed(["spawn", "reviewer", id])).toBe("reviewer-0");
    await repository.succeed(["ticket", "release", id]);
    expect(await repository.succeed(["spawn", "worker", id])).toBe("worker-1");
  });
});

describe("what the terminal is like", { timeout: 120_000 }, () => {
  test("none at all, and standard streams that are closed: commands work, nothing waits for a key", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Without a terminal"]);
    for (const typed of [["status"], ["ticket", "comment", id, "me", "text"], ["run", "--once", "--quiet"]]) {
      const line = 'node=$1; program=$2; shift 2; exec "$node" "$program" "$@" <&- >&- 2>&-';
      // Detached: a session of its own, which has no terminal.
      const child = spawn("sh", ["-c", line, "sh", process.execPath, program, ...typed], {
        cwd: repository.root,
        env: repository.environment,
        detached: true,
        stdio: "ignore",
      });
      const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
      expect({ typed, status }).toEqual({ typed, status: 0 });
    }
    expect(await repository.succeed(["ticket", "show", id])).toContain("text");
    const attach = await repository.wiggum(["attach"]);
    expect(attach.exitCode).toBe(1);
    const list = await repository.succeed(["ticket", "list"]);
    expect(list.split("\n")[1]).toBe(
      "ID         STATE      TYPE       PRI TITLE                                   ",
    );
  });

  test.skipIf(!isTmuxThere)(
    "20 columns: ids, states and commands are whole, NO_COLOR is obeyed (needs tmux)",
    async () => {
      const repository = await project();
      const id = await repository.succeed(["ticket", "create", "日本語のタイトル and a lot more than fits"]);
      await repository.succeed(["spawn", "worker", id]);
      const terminal = openTerminal(repository, { columns: 20, rows: 40 });
      ends.push(() => terminal.end());
      let typed = 0;
      const run = async (line: string) => {
        typed += 1;
        terminal.type(`clear; ${line}; echo o''ver ${typed}`);
        terminal.press("Enter");
        await terminal.shows(new RegExp(`^over ${typed}$`, "m"));
        return terminal.screen();
      };
      for (const [line, named] of [
        ["wiggum ticket list", id],
        ["wiggum list", "worker-0"],
        ["wiggum branch list", "worker-0"],
      ] as const) {
        const screen = await run(line);
        expect(screen).toContain(named);
        expect(screen.join("\n")).not.toContain("----------");
      }
      expect((await run("wiggum status")).join("\n")).toContain("SESSION: wiggum-proj");
      terminal.resize(100, 40);
      await run("NO_COLOR=1 wiggum ticket list");
      expect(terminal.screen().join("\n")).not.toContain("^[");
    },
  );

  test("several runs at once: one goes on, every other says which process on which machine, exit 9", async () => {
    const repository = await project();
    const first = spawn(process.execPath, [program, "run"], {
      cwd: repository.root,
      env: repository.environment,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => first.once("close", resolve));
    const lock = join(repository.root, ".wiggum/state/supervisor.json");
    await eventually("it schedules", async () => existsSync(lock));
    const others = await Promise.all([1, 2, 3].map(() => repository.wiggum(["run"])));
    for (const ran of others) {
      expect(ran).toMatchObject({ exitCode: 9, stdout: "" });
      expect(ran.stderr).toMatch(new RegExp(`\\[error\\] .*${first.pid}`));
      expect(ran.stderr).toMatch(/next: /);
    }
    expect(first.exitCode).toBeNull();
    first.kill("SIGINT");
    await ended;
    const dead = spawn(process.execPath, [program, "run"], {
      cwd: repository.root,
      env: repository.environment,
      stdio: "ignore",
    });
    const killed = new Promise((resolve) => dead.once("close", resolve));
    await eventually(
      "it schedules",
      async () =>
        existsSync(lock) && repository.read(".wiggum/state/supervisor.json").includes(String(dead.pid)),
    );
    dead.kill("SIGKILL");
    await killed;
    expect((await repository.wiggum(["run", "--once"])).exitCode).toBe(0);
  });
});
