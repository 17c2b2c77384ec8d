// A project whose repository lies apart, one that was moved with its agents' worktrees, and one that was copied: nothing is lost or doubled.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function project(options: Parameters<typeof createRepository>[0] = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

/** Ends at once, so that nothing of it runs when the folder is moved; its ticket stays its own. */
const briefAgent =
  'if [ "$1" = --print ]; then echo "an answer"; exit; fi; echo "session $WIGGUM_GENERATION of $WIGGUM_AGENT_ID in $PWD"; touch "started-$WIGGUM_GENERATION"; exit 0';

const inFolder = (repository: Repository, folder: string, ...words: string[]) =>
  execFileSync("git", ["-c", "protocol.file.allow=always", ...words], {
    cwd: folder,
    env: repository.environment,
    encoding: "utf8",
    stdio: "pipe",
  }).trimEnd();

describe("the repository lies apart from the project", { timeout: 120_000 }, () => {
  test.each([
    {
      name: "git init --separate-git-dir",
      make(repository: Repository): string {
        const folder = join(repository.programs, "apart");
        inFolder(
          repository,
          repository.programs,
          "init",
          "-q",
          "-b",
          "main",
          "--separate-git-dir=apart.git",
          folder,
        );
        return folder;
      },
    },
    {
      name: "a submodule of another repository",
      make(repository: Repository): string {
        const library = join(repository.programs, "library");
        inFolder(repository, repository.programs, "init", "-q", "-b", "main", library);
        const who = ["-c", "user.name=T", "-c", "user.email=t@example.org"];
        inFolder(repository, library, ...who, "commit", "-q", "--allow-empty", "-m", "L");
        inFolder(repository, repository.root, "submodule", "--quiet", "add", library, "shop");
        return join(repository.root, "shop");
      },
    },
  ])("$name: its agents work, hand in, and their work is merged into the checkout", async ({ make }) => {
    const around = await project({ isInitialised: false });
    const cwd = make(around);
    const git = (...words: string[]) => inFolder(around, cwd, ...words);
    git("config", "user.name", "Tester");
    git("config", "user.email", "tester@example.org");
    git("commit", "-q", "--allow-empty", "-m", "First");
    const run = (typed: readonly string[], folder = cwd) => around.succeed(typed, { cwd: folder });
    await run(["init"]);
    const id = await run(["ticket", "create", "Apart"]);
    expect(await run(["spawn", "worker", id])).toBe("worker-0");
    ends.push(() => run(["teardown", "--force"]).then(() => undefined));
    const worktree = join(cwd, "worktrees/worker-0");
    expect(await run(["status"], worktree)).toMatch(new RegExp(`worker-0 +${id} +in-progress`));
    expect(await run(["ticket", "list"], join(worktree, ".wiggum/tickets"))).toContain("in-progress");
    execFileSync("sh", ["-c", "echo made > made.txt"], { cwd: worktree });
    inFolder(around, worktree, "add", "made.txt");
    inFolder(around, worktree, "commit", "-qm", "Made");
    for (const state of ["review", "qa", "done"])
      await run(["ticket", "transition", id, state, "--no-hooks"], worktree);
    await run(["kill", "worker-0"]);
    await run(["branch", "merge", id]);
    expect(readFileSync(join(cwd, "made.txt"), "utf8")).toBe("made\n");
    expect(git("status", "--porcelain", "--untracked-files=no")).toBe("");
    expect(await run(["doctor"])).not.toContain("error");
    await run(["spawn", "supervisor"]);
  });
});

/** A project with worker-0, whose session is over, one commit of its and an uncommitted file. */
async function withWork(agent = briefAgent) {
  const first = await project({ agent });
  mkdirSync(join(first.root, ".claude"));
  const id = await first.succeed(["ticket", "create", "On the move"]);
  expect(await first.succeed(["spawn", "worker", id])).toBe("worker-0");
  const worktree = join(first.root, "worktrees/worker-0");
  await eventually("it started", async () => existsSync(join(worktree, "started-1")));
  first.write("worktrees/worker-0/made.txt", "made\n");
  first.git("-C", worktree, "add", "made.txt");
  first.git("-C", worktree, "commit", "-qm", "Made");
  first.write("worktrees/worker-0/loose.txt", "loose\n");
  return { first, id, worktree, other: join(dirname(first.root), "other place") };
}

/** The same project somewhere else, as somebody would type there. */
function at(repository: Repository, root: string) {
  const options = { cwd: root };
  return {
    root,
    worktree: join(root, "worktrees/worker-0"),
    wiggum: (...typed: string[]) => repository.wiggum(typed, options),
    succeed: (...typed: string[]) => repository.succeed(typed, options),
    git: (...words: string[]) => inFolder(repository, root, ...words),
  };
}

describe("the project was moved", { timeout: 120_000 }, () => {
  async function moved() {
    const { first, id, other } = await withWork();
    // What still ends writes by the old path.
    await first.succeed(["hook", "drain"]);
    await eventually("its session is over", async () =>
      (await first.json<{ state: string }[]>(["list"])).every(({ state }) => state === "exited"),
    );
    await first.succeed(["recover"]);
    renameSync(first.root, other);
    ends.push(() => renameSync(other, first.root));
    return { ...at(first, other), id };
  }

  test("doctor says so and mends it; git knows the worktree again, and what was in it", async () => {
    const { root, worktree, wiggum, git } = await moved();
    const found = await wiggum("doctor");
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toContain(
      "git does not know worktrees/worker-0, the worktree of worker-0: it was moved, or the project was",
    );
    expect(found.stdout).not.toContain("is gone");
    const mended = await wiggum("doctor", "--fix");
    expect(mended).toMatchObject({ exitCode: 0 });
    expect(git("worktree", "list")).toContain(`${worktree} `);
    expect(git("-C", worktree, "log", "-1", "--format=%s")).toBe("Made");
    expect(git("-C", worktree, "status", "--porcelain")).toContain("?? loose.txt");
    expect(git("-C", worktree, "rev-parse", "--show-toplevel")).toBe(worktree);
    expect((await wiggum("doctor")).exitCode).toBe(0);
    expect(existsSync(join(root, "worktrees/worker-1"))).toBe(false);
  });

  test("the work goes on as the same agent in the same worktree, with its loose file; its former output is there", async () => {
    const { worktree, wiggum, succeed, id } = await moved();
    expect(await succeed("logs", "worker-0")).toContain("session 1 of worker-0");
    expect(await succeed("spawn", "worker", id, "--dry-run")).toContain(worktree);
    const spawned = await wiggum("spawn", "worker", id);
    expect(spawned).toMatchObject({ exitCode: 0, stdout: "worker-0\n" });
    expect(spawned.stderr).toContain(`git was told that ${worktree} is in another place now`);
    await eventually("session 2 started there", async () => existsSync(join(worktree, "started-2")));
    expect(readFileSync(join(worktree, "loose.txt"), "utf8")).toBe("loose\n");
    expect(JSON.parse(await succeed("list", "--format", "json"))).toMatchObject({ "worker-0": {} });
  });

  test("kill keeps what is uncommitted and says so; --force saves it first, and it can be brought back", async () => {
    const { worktree, wiggum, succeed, root, git } = await moved();
    const kept = await wiggum("kill", "worker-0");
    expect(kept.exitCode).toBe(0);
    expect(kept.stderr).toMatch(
      /\[warn\] The worktree .*other place\/worktrees\/worker-0 stays: uncommitted: .*loose\.txt/,
    );
    expect(existsSync(join(worktree, "loose.txt"))).toBe(true);
    const forced = await wiggum("kill", "worker-0", "--force");
    expect(forced.exitCode).toBe(0);
    expect(existsSync(worktree)).toBe(false);
    expect(git("branch", "--list", "worker-0")).toBe("");
    const name = /wiggum salvage restore (\S+)/.exec(forced.stderr)?.[1] ?? "";
    await succeed("salvage", "restore", name, "--into", join(root, "../rescued"));
    expect(readFileSync(join(root, "../rescued/loose.txt"), "utf8")).toBe("loose\n");
  });

  test("the end of another agent, and what git forgets then, leaves the moved ones alone; so does a run", async () => {
    const { worktree, succeed, git, root } = await moved();
    await succeed("run", "--once");
    expect(existsSync(join(root, "worktrees/worker-1"))).toBe(false);
    expect(git("worktree", "list")).toContain(`${worktree} `);
    expect(readFileSync(join(worktree, "loose.txt"), "utf8")).toBe("loose\n");
  });
});

describe("the project was copied", { timeout: 180_000 }, () => {
  test("nothing is started, ended or moved in the original; doctor --fix gives the copy worktrees of its own", async () => {
    // This one runs on in the original all the time.
    const { first, id, worktree, other } = await withWork(
      'if [ "$1" = --print ]; then echo "an answer"; exit; fi; touch "started-$WIGGUM_GENERATION"; while :; do sleep 1; done',
    );
    const copy = at(first, other);
    cpSync(first.root, other, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    ends.push(() => copy.wiggum("teardown", "--force").then(() => undefined));
    const before = () => ({
      agentFile: readFileSync(join(worktree, ".wiggum/agent.json"), "utf8"),
      branches: first.git("for-each-ref", "--format=%(refname) %(objectname)"),
      worktrees: first.git("worktree", "list", "--porcelain"),
      link: readFileSync(join(worktree, ".git"), "utf8"),
      status: first.git("-C", worktree, "status", "--porcelain"),
      tickets: first.git("-C", join(first.root, ".wiggum/tickets.git"), "rev-parse", "main"),
    });
    const original = before();
    const runs = async () =>
      (await first.json<{ agentId: string; state: string }[]>(["list"])).map(({ agentId, state }) => [
        agentId,
        state,
      ]);
    const running = await runs();
    expect(running).toEqual([["worker-0", expect.stringMatching(/working|running|unknown|starting/)]]);

    const sentence = `${copy.worktree} is a copy: its .git still leads to ${worktree}, where the original works`;
    for (const typed of [
      ["spawn", "worker", id],
      ["run", "--once"],
      ["recover"],
      ["kill", "worker-0"],
      ["kill", "worker-0", "--force"],
      ["teardown", "--force"],
    ]) {
      const ran = await copy.wiggum(...typed);
      expect({ typed, exitCode: ran.exitCode }).toEqual({ typed, exitCode: 1 });
      expect(ran.stderr).toContain(sentence);
      expect(ran.stderr).toContain("'wiggum doctor --fix' makes it this project's own");
    }
    // What an agent or a person types in the copied worktree would reach the original's branch and tickets.
    for (const typed of [["status"], ["rebase", id], ["ticket", "transition", id, "review"]]) {
      const ran = await first.wiggum(typed, { cwd: copy.worktree });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain(sentence);
    }
    // Whoever is listed is not unknown to the others.
    const notHere = "worker-0 ran in the project that this one is a copy of: nothing of it runs here";
    expect((await copy.wiggum("list")).stderr).toContain(`[info] ${notHere}\n`);
    for (const typed of [
      ["ping", "worker-0", "to nobody"],
      ["logs", "worker-0"],
      ["logs", "worker-0", "--follow"],
      ["fetch", "worker-0"],
      ["attach", "worker-0"],
      ["send-keys", "worker-0", "Enter"],
    ]) {
      const ran = await copy.wiggum(...typed);
      expect({ typed, exitCode: ran.exitCode }).toEqual({ typed, exitCode: 4 });
      expect(ran.stderr).toContain(`[error] ${notHere}\n`);
      expect(ran.stderr).toContain(`'wiggum spawn worker ${id}' starts it here; 'wiggum doctor'`);
    }
    expect(existsSync(join(worktree, ".wiggum/inbox.jsonl"))).toBe(false);
    // Its ticket files show its own store, not the original's.
    const pointer = copy.git("-C", ".wiggum/tickets", "config", "remote.origin.url");
    expect(pointer).not.toContain(first.root);
    expect(before()).toEqual(original);
    expect(await runs()).toEqual(running);

    const found = await copy.wiggum("doctor");
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toContain("worktrees/worker-0 was copied with the project");
    const mended = await copy.wiggum("doctor", "--fix");
    expect(mended).toMatchObject({ exitCode: 0 });
    expect(copy.git("worktree", "list")).toContain(`${copy.worktree} `);
    expect(copy.git("worktree", "list")).not.toContain(`${worktree} `);
    expect(copy.git("-C", copy.worktree, "status", "--porcelain")).toContain("?? loose.txt");
    expect(before()).toEqual(original);

    // From here on the copy is a project of its own: its agent goes on in its own worktree.
    expect(await copy.succeed("spawn", "worker", id)).toBe("worker-0");
    await eventually("session 2 started", async () => existsSync(join(copy.worktree, "started-2")));
    expect(existsSync(join(worktree, "started-2"))).toBe(false);
    copy.git("-C", copy.worktree, "add", "loose.txt");
    copy.git("-C", copy.worktree, "commit", "-qm", "In the copy");
    await copy.succeed("kill", "worker-0", "--force");
    expect(existsSync(copy.worktree)).toBe(false);
    expect(before()).toEqual(original);
    expect(await runs()).toEqual(running);
    expect((await first.wiggum(["ticket", "list"], { cwd: worktree })).stdout).toContain("in-progress");
  });

  test("without its worktrees: the original's are not taken for its own", async () => {
    const { first, id, worktree, other } = await withWork();
    await first.wiggum(["recover"]);
    const copy = at(first, other);
    cpSync(first.root, other, { recursive: true, verbatimSymlinks: true });
    rmSync(join(other, "worktrees"), { recursive: true });
    const branches = first.git("for-each-ref");
    const found = await copy.wiggum("doctor");
    expect(found.stdout).toContain("The worktree of worker-0, worktrees/worker-0, is gone");
    expect(await copy.succeed("spawn", "worker", id)).toBe("worker-1");
    expect(existsSync(join(other, "worktrees/worker-1"))).toBe(true);
    await copy.succeed("kill", "worker-0", "--force");
    await copy.succeed("teardown", "--force");
    expect(first.git("for-each-ref")).toBe(branches);
    expect(readFileSync(join(worktree, "loose.txt"), "utf8")).toBe("loose\n");
    expect(existsSync(join(worktree, "started-2"))).toBe(false);
  });
});

test("copied, with the worktrees in one place outside of both: the copy leaves the original's alone", {
  timeout: 120_000,
}, async () => {
  const first = await project({ agent: briefAgent });
  const apart = join(dirname(first.root), "apart");
  first.write(".wiggum/config.yaml", `worktreesDirectory: ${apart}\n`);
  const id = await first.succeed(["ticket", "create", "Apart"]);
  await first.succeed(["spawn", "worker", id]);
  const worktree = join(apart, "worker-0");
  await eventually("it started", async () => existsSync(join(worktree, "started-1")));
  await first.succeed(["recover"]);
  const copy = at(first, join(dirname(first.root), "copy"));
  cpSync(first.root, copy.root, { recursive: true, verbatimSymlinks: true });
  const found = await copy.wiggum("doctor");
  expect(found.stdout).toContain("it is the worktree of another repository");
  expect(found.stdout).toContain("'wiggum kill worker-0' forgets the agent here");
  expect(await copy.succeed("spawn", "worker", id)).toBe("worker-1");
  expect((await copy.wiggum("kill", "worker-0")).stderr).toContain("and is left alone");
  expect(existsSync(join(worktree, "started-1"))).toBe(true);
  expect(existsSync(join(worktree, "started-2"))).toBe(false);
  expect(first.git("-C", worktree, "rev-parse", "--abbrev-ref", "HEAD")).toBe("worker-0");
  await copy.succeed("teardown", "--force");
  // The original goes on in its own, and passes over the number whose folder was the copy's.
  expect(await first.succeed(["spawn", "worker", id])).toBe("worker-0");
  await eventually("session 2 started", async () => existsSync(join(worktree, "started-2")));
});
