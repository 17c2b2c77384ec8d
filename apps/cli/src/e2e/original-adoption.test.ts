// A project of the original shell version, opened by the built command: the plan first, nothing lost, killed in the middle, and the way back.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { program } from "./built-wiggum.js";
import {
  createOriginalProject,
  filesBelow,
  type OriginalProject,
  originalTickets,
} from "./original-project.fixture.js";

let project: OriginalProject;
beforeEach(async () => {
  project = await createOriginalProject();
});
afterEach(() => project.remove());

/** Bytes of everything in the project but the code repository's own folder. */
const everything = (from = project) => filesBelow(from.root, (path) => path === ".git");
const branches = (from = project) =>
  from.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/");
const stored = (id: string) => project.gitIn(".wiggum/tickets.git", "cat-file", "blob", `main:${id}.md`);
const clones = [
  ".wiggum/tickets",
  ...["reviewer-0", "worker-0", "worker-1"].map((name) => `worktrees/${name}/.wiggum/tickets`),
];

/** Locks, and the stamps that a second look at the files notes. */
const isPrivate = (path: string) => /(?:lock\.db|init\.lock|\.git\/wiggum\/manifest\.json)$/.test(path);

test("every other command says what to run, and changes nothing", async () => {
  const before = everything();
  for (const typed of [
    ["ticket", "list"],
    ["status"],
    ["list"],
    ["spawn", "worker", "tk-0a03"],
    ["run", "--once"],
    ["doctor"],
  ]) {
    const ran = await project.wiggum(typed);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain(
      `[error] ${project.root} was set up by the shell version of wiggum. Run 'wiggum init' to take it over.\n`,
    );
    expect(ran.stderr).toContain("next: 'wiggum init --dry-run' shows what that changes");
  }
  expect(everything()).toEqual(before);
});

// P12
test("the plan names what is read, kept, saved and changed; without a yes nothing is changed", async () => {
  const before = everything();
  const plan = await project.succeed(["init", "--dry-run"]);
  for (const line of [
    `Plan: upgrade the project of the shell version in ${project.root}`,
    "  read   .wiggum/ticket_types.json: 5 types with 6 states",
    "  keep   .wiggum/hooks/: on-claim, on-close, on-deploy",
    "  keep   worktrees/worker-0/: files, commits and branch",
    "  keep   .wiggum/tickets.git/: 5 tickets, byte for byte, with their history",
    "  change .wiggum/tickets.git/: git hooks are set aside: post-receive; no merging by lines; one commit with its own files",
    "  change .wiggum/tickets/: follows the store by itself; edits of tk-0a03: all of it stays, as edits to submit",
    "  change worktrees/worker-0/.wiggum/tickets/: follows the store by itself; 1 commit not pushed, edits of tk-0a05: all of it stays, as edits to submit",
    "  change worktrees/worker-1/.wiggum/tickets/: follows the store by itself; a rebase that stopped is taken back, 1 commit not pushed, edits of tk-0a04: all of it stays, as edits to submit",
    "  change .wiggum/panes.json: moves to before-adoption/; its agents stay known, no number is given again",
    "  create .wiggum/wiggum.json",
  ])
    expect(`${plan}\n`).toContain(`${line}\n`);
  expect(plan).toMatch(/^ {2}save {3}\.wiggum\/before-adoption\/: /m);
  const told = await project.json<{ plan: { kind: string; steps: unknown[] } }>(["init", "--dry-run"]);
  expect(told.plan.kind).toBe("upgrade");
  expect(told.plan.steps).toHaveLength(plan.split("\n").length - 1);
  const refused = await project.wiggum(["init"]);
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toContain(`${plan}\n`);
  expect(refused.stderr).toContain(
    `[error] ${project.root} was set up by the shell version of wiggum: nothing was changed\n`,
  );
  expect(refused.stderr).toContain("'wiggum init --upgrade' does it");
  expect(everything()).toEqual(before);
});

const hasScript =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

test.skipIf(!hasScript)(
  "on a terminal the plan is followed by a question, and only a clear yes is a yes",
  async () => {
    const answered = async (answer: string) => {
      const child = spawn("script", ["-qec", `'${process.execPath}' '${program}' init`, "/dev/null"], {
        cwd: project.root,
        env: { ...project.environment, TERM: "xterm" },
      });
      let shown = "";
      let isAnswered = false;
      child.stdout.on("data", (part: Buffer) => {
        shown += part.toString();
        if (isAnswered || !shown.includes("Upgrade it? [y/N]")) return;
        isAnswered = true;
        child.stdin.write(`${answer}\n`);
      });
      const exitCode = await new Promise((resolve) => child.once("close", resolve));
      return { exitCode, shown };
    };
    const before = everything();
    const no = await answered("");
    expect(no.exitCode).toBe(1);
    expect(no.shown).toMatch(
      /Plan: upgrade the project[\s\S]*Upgrade it\? \[y\/N\][\s\S]*nothing was changed/,
    );
    expect(everything()).toEqual(before);
    const yes = await answered("y");
    expect(yes.exitCode).toBe(0);
    expect(await project.succeed(["ticket", "ready"])).toBe("tk-0a03");
  },
);

test("a process at work in an agent's folder is named in the plan", async () => {
  const agent = spawn("sleep", ["600"], { cwd: join(project.root, "worktrees/worker-0"), stdio: "ignore" });
  try {
    const plan = await project.succeed(["init", "--dry-run"]);
    expect(plan).toContain(`  mind   worktrees/: processes are at work there: ${agent.pid} (sleep 600)`);
  } finally {
    agent.kill("SIGKILL");
  }
});

test("an agent of the original that is still at work: nobody is started in its place, and its process is named", async () => {
  const agent = spawn("sleep", ["600"], { cwd: join(project.root, "worktrees/worker-0"), stdio: "ignore" });
  try {
    await project.succeed(["init", "--upgrade"]);
    const ticketBefore = await project.succeed(["ticket", "show", "tk-0a02"]);
    const refused = await project.wiggum(["spawn", "worker", "0a02"]);
    expect(refused).toMatchObject({ exitCode: 9, stdout: "" });
    expect(refused.stderr).toContain(
      `worker-0 may be at work on tk-0a02 still: process ${agent.pid} (sleep 600) is in ${join(project.root, "worktrees/worker-0")}`,
    );
    expect(refused.stderr).toContain(`kill ${agent.pid}`);
    expect(await project.succeed(["ticket", "show", "tk-0a02"])).toBe(ticketBefore);
    expect(agent.exitCode ?? agent.signalCode).toBeNull();
  } finally {
    const ended = new Promise((resolve) => agent.once("close", resolve));
    agent.kill("SIGKILL");
    await ended;
  }
  expect(await project.succeed(["spawn", "worker", "0a02"])).toBe("worker-0");
  await project.succeed(["kill", "worker-0", "--force"]);
});

// P12 P24
test("upgraded: every ticket, commit, edit, branch and worktree is there, and what changed is kept as it was", async () => {
  const before = everything();
  const branchesBefore = branches();
  const unpushed = ["worker-0", "worker-1"].map((agent) =>
    project.gitIn(`worktrees/${agent}/.wiggum/tickets`, "rev-parse", "refs/heads/main"),
  );
  const ran = await project.wiggum(["init", "--upgrade"]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
  expect(existsSync(join(project.root, "hook-ran"))).toBe(false);
  const after = everything();

  for (const [id, text] of Object.entries(originalTickets)) {
    const isEdited = id === "tk-0a04";
    expect(stored(id)).toBe(
      (isEdited ? text.replace("[Add description here]", "Two lamps.") : text).trimEnd(),
    );
  }
  expect(branches()).toBe(branchesBefore);
  const isChanged = (path: string) =>
    [".wiggum/tickets.git/", ...clones.map((clone) => `${clone}/`)].some((folder) => path.startsWith(folder));
  for (const [path, text] of before) {
    if (isChanged(path) || [".wiggum/panes.json", ".gitignore"].includes(path)) continue;
    expect([path, after.get(path)]).toEqual([path, text]);
  }
  expect(after.get(".gitignore")?.startsWith(before.get(".gitignore") ?? "?")).toBe(true);

  // What changed lies in the backup, byte for byte.
  for (const [path, text] of before) {
    const place = path
      .replace(/^\.wiggum\/|\.wiggum\/(?=tickets\/)/g, "")
      .replace(/^/, ".wiggum/before-adoption/");
    if (isChanged(path) || path === ".wiggum/panes.json")
      expect([path, after.get(place)]).toEqual([path, text]);
  }

  // Commits that nobody pushed can be reached in the store, edits are in the files.
  const kept = project.gitIn(
    ".wiggum/tickets.git",
    "for-each-ref",
    "--format=%(objectname)",
    "refs/wiggum/taken/",
  );
  expect(kept.split("\n").sort()).toEqual([...unpushed].sort());
  expect(after.get(".wiggum/tickets/tk-0a03.md")).toContain("priority: 0");
  expect(after.get("worktrees/worker-0/.wiggum/tickets/tk-0a02.md")).toContain("Nearly there.");
  expect(after.get("worktrees/worker-0/.wiggum/tickets/tk-0a05.md")).toContain("priority: 1");
  expect(after.get("worktrees/worker-1/.wiggum/tickets/tk-0a04.md")).toMatch(/A lamp\.(?![\s\S]*<<<<<<<)/);
  expect(project.gitIn("worktrees/worker-1/.wiggum/tickets", "status", "--porcelain")).toBe(" M tk-0a04.md");
  expect(after.has(".wiggum/tickets.git/hooks/post-receive")).toBe(false);
  expect(after.has(".wiggum/tickets.git/info/attributes")).toBe(false);

  const again = await project.wiggum(["init", "--upgrade"]);
  expect(again.exitCode).toBe(0);
  expect(again.stderr).toContain("[info] wiggum directory already exists\n");
  const settled = (files: ReadonlyMap<string, string>) => [...files].filter(([path]) => !isPrivate(path));
  expect(settled(everything())).toEqual(settled(after));
});

test("afterwards every command works on it, agents of before can be ended or go on, and no number is given twice", async () => {
  await project.succeed(["init", "--upgrade"]);
  expect(
    (await project.succeed(["ticket", "list"])).split("\n").filter((line) => line.startsWith("tk-")),
  ).toHaveLength(5);
  expect(await project.succeed(["ticket", "ready"])).toBe("tk-0a03");
  expect(await project.succeed(["ticket", "blocked"])).toBe("tk-0a05 blocked by: tk-0a02");
  expect(await project.json(["ticket", "show", "0a03"])).toMatchObject({
    createdBy: "Jane Q Doe",
    createdAt: "2025-07-14T09:00:00Z",
  });
  expect(await project.succeed(["list", "--format", "ids"])).toBe("reviewer-0\nworker-0\nworker-1");
  const status = await project.json<{ session: { name: string } }>(["status"]);
  expect(status.session.name).toBe("wiggum-legacy");

  const submitted = await project.wiggum(["ticket", "sync"], {
    cwd: join(project.root, "worktrees/worker-0"),
  });
  expect(submitted.exitCode).toBe(0);
  expect(stored("tk-0a02")).toContain("Nearly there.");
  expect(stored("tk-0a05")).toContain("priority: 1");
  const beaten = await project.wiggum(["ticket", "sync"], { cwd: join(project.root, "worktrees/worker-1") });
  expect(beaten.exitCode).not.toBe(0);
  expect(beaten.stderr).toContain("## Description: yours A lamp., stored Two lamps.");

  // The project's own hook and prompt count, and the work goes on where it was.
  const gone = await project.wiggum(["ticket", "transition", "tk-0a04", "in-progress"]);
  expect(gone).toMatchObject({ exitCode: 0 });
  expect(await project.succeed(["hook", "run", "on-claim", "tk-0a03"])).toContain("mine: tk-0a03");
  expect(await project.succeed(["spawn", "worker", "tk-0a02"])).toBe("worker-0");
  expect(project.read("worktrees/worker-0/untracked.txt")).toBe("nowhere else\n");
  expect(project.read("worktrees/worker-0/.wiggum/current_prompt.md")).toBe("Work on tk-0a02.\n");
  expect(await project.succeed(["spawn", "worker", "tk-0a03"])).toBe("worker-5");
  expect(await project.succeed(["spawn", "qa", "tk-0a02"])).toBe("qa-4");

  for (const agent of ["worker-1", "reviewer-0", "worker-4"]) {
    const killed = await project.wiggum(["kill", agent, "--force"]);
    expect(killed.stderr).toContain(`[ok] Killed ${agent}\n`);
    expect(existsSync(join(project.root, "worktrees", agent))).toBe(false);
  }
  expect(project.git("branch", "--list", "reviewer-0", "worker-4")).toBe("");
  const [salvage = ""] = (await project.succeed(["salvage", "list"]))
    .split("\n")
    .filter((line) => line.includes("worker-1/"));
  expect(salvage).not.toBe("");
}, 60_000);

// P12: reversible.
test("the way back, as its page says it, gives the project of the shell version again", async () => {
  const before = everything();
  const branchesBefore = branches();
  await project.succeed(["init", "--upgrade"]);
  await project.succeed(["ticket", "comment", "tk-0a02", "me", "written since"]);
  const page = project.read(".wiggum/before-adoption/README.md");
  const [, script = ""] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  execFileSync("sh", ["-e", "-c", script], { cwd: project.root, env: project.environment });
  const after = everything();
  for (const [path, text] of before) expect([path, after.get(path)]).toEqual([path, text]);
  expect(branches()).toBe(branchesBefore);
  const added = [...after.keys()].filter((path) => !before.has(path));
  expect(
    added.filter(
      (path) =>
        !/^\.(?:wiggum\/(?:hooks|prompts)\/|wiggum\/(?:config\.yaml|tmux\.conf)$|claude\/)/.test(path),
    ),
  ).toEqual([]);
  // And it can be upgraded once more.
  expect(await project.succeed(["init", "--dry-run"])).toContain("Plan: upgrade the project");
  await project.succeed(["init", "--upgrade"]);
  expect(await project.succeed(["ticket", "ready"])).toBe("tk-0a03");
});

test("a store whose branch is master: main stands beside it, and the clones follow", async () => {
  const other = await createOriginalProject({ storeBranch: "master" });
  try {
    expect(await other.succeed(["init", "--dry-run"])).toContain("its branch is 'main' beside 'master'");
    const master = other.gitIn(".wiggum/tickets.git", "rev-parse", "master");
    const unpushed = other.gitIn("worktrees/worker-0/.wiggum/tickets", "rev-parse", "HEAD");
    await other.succeed(["init", "--upgrade"]);
    expect(other.gitIn(".wiggum/tickets.git", "rev-parse", "master")).toBe(master);
    other.gitIn(".wiggum/tickets.git", "merge-base", "--is-ancestor", "master", "main");
    expect(other.gitIn("worktrees/worker-0/.wiggum/tickets", "rev-parse", "master")).toBe(unpushed);
    for (const clone of clones) expect(other.gitIn(clone, "symbolic-ref", "--short", "HEAD")).toBe("main");
    expect(await other.succeed(["ticket", "ready"])).toBe("tk-0a03");
    await other.succeed(["ticket", "sync"], { cwd: join(other.root, "worktrees/worker-0") });
    expect(await other.succeed(["ticket", "show", "tk-0a02"])).toContain("Nearly there.");
  } finally {
    await other.remove();
  }
});

// P4 P12: SIGKILL as soon as each step has begun; run again it ends where an undisturbed one does.
describe("killed in the middle", () => {
  const control = ".wiggum";
  const moments: readonly (readonly [name: string, hasCome: (root: string) => boolean])[] = [
    [
      "while the copies are made",
      (root) => existsSync(join(root, control, "before-adoption.unfinished/tickets.git")),
    ],
    ["when the copies are made", (root) => existsSync(join(root, control, "before-adoption"))],
    ["in the store", (root) => existsSync(join(root, control, "tickets.git/wiggum"))],
    ["when the store is ours", (root) => existsSync(join(root, control, "tickets.git/.git"))],
    ["in the people's clone", (root) => existsSync(join(root, control, "tickets/.git/wiggum"))],
    [
      "in an agent's clone",
      (root) => existsSync(join(root, "worktrees/worker-0/.wiggum/tickets/.git/wiggum")),
    ],
    [
      "after a stopped rebase was taken back",
      (root) => !existsSync(join(root, "worktrees/worker-1/.wiggum/tickets/.git/rebase-merge")),
    ],
    ["in the registry", (root) => existsSync(join(root, control, "agents.db"))],
    ["when the old registry is gone", (root) => !existsSync(join(root, control, "panes.json"))],
    ["among the files that are added", (root) => existsSync(join(root, control, "hooks/on-draft-done"))],
    ["before the marker", (root) => existsSync(join(root, control, "before-adoption/README.md"))],
  ];

  test.each(moments)(
    "%s",
    async (_name, hasCome) => {
      const before = everything();
      const branchesBefore = branches();
      const child = spawn(process.execPath, [program, "init", "--upgrade"], {
        cwd: project.root,
        env: project.environment,
        stdio: "ignore",
      });
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      let isOver = false;
      ended.then(() => {
        isOver = true;
      });
      while (!isOver && !hasCome(project.root)) await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      await ended;

      const other = await project.wiggum(["ticket", "ready"]);
      const isThrough = existsSync(join(project.root, control, "before-adoption/README.md"));
      expect(other.exitCode).toBe(isThrough ? 0 : 1);
      if (!isThrough) expect(other.stderr).toContain("Run 'wiggum init' to take it over.");

      await project.succeed(["init", "--upgrade"]);
      const after = everything();
      for (const [path, text] of before) {
        if (/^(?:\.wiggum\/tickets(?:\.git)?|worktrees\/[^/]+\/\.wiggum\/tickets)\//.test(path)) {
          const place = path.replace(/^\.wiggum\/|\.wiggum\/(?=tickets\/)/g, "");
          expect([path, after.get(`.wiggum/before-adoption/${place}`)]).toEqual([path, text]);
        } else if (path !== ".gitignore" && path !== ".wiggum/panes.json")
          expect([path, after.get(path)]).toEqual([path, text]);
      }
      expect(branches()).toBe(branchesBefore);
      expect(await project.succeed(["ticket", "ready"])).toBe("tk-0a03");
      expect(await project.succeed(["list", "--format", "ids"])).toBe("reviewer-0\nworker-0\nworker-1");
      expect(after.get(".wiggum/tickets/tk-0a03.md")).toContain("priority: 0");
      expect(after.get("worktrees/worker-0/.wiggum/tickets/tk-0a02.md")).toContain("Nearly there.");
      expect(after.get("worktrees/worker-0/.wiggum/tickets/tk-0a05.md")).toContain("priority: 1");
      expect(after.get("worktrees/worker-1/.wiggum/tickets/tk-0a04.md")).toMatch(
        /A lamp\.(?![\s\S]*<<<<<<<)/,
      );
      expect([...after.keys()].filter((path) => path.includes("unfinished"))).toEqual([]);
      await project.succeed(["ticket", "sync"], { cwd: join(project.root, "worktrees/worker-0") });
      expect(stored("tk-0a02")).toContain("Nearly there.");
      const findings = await project.wiggum(["doctor"]);
      expect(findings.stdout).not.toMatch(/^error /m);
    },
    60_000,
  );
});
