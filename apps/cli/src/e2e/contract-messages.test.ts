// What scripts of the original read: sentences, tables, commit subjects, word for word, by the built command.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string, ...more: string[]) => repository.succeed(["ticket", "create", title, ...more]);
const said = async (typed: readonly string[], cwd = repository.root) => {
  const { exitCode, stdout, stderr } = await repository.wiggum(typed, { cwd });
  return { exitCode, stdout, lines: stderr.split("\n") };
};
const subjects = () => repository.git("-C", ".wiggum/tickets.git", "log", "--format=%s", "main").split("\n");
const worktree = (agent: string) => join(repository.root, "worktrees", agent);
const commit = (folder: string, file: string, text: string) => {
  repository.write(join(folder, file), text);
  repository.git("-C", join(repository.root, folder), "add", file);
  repository.git("-C", join(repository.root, folder), "commit", "-qm", `Change ${file}`);
};

test("usage: the line, the groups in order, one line for each command", async () => {
  const { stdout } = await said(["help"]);
  const headings = stdout
    .match(/^[A-Z][A-Za-z ]+:/gm)
    ?.filter((heading) => heading !== "Usage:" && heading !== "Topics:");
  expect(stdout.split("\n")[0]).toBe("Usage: wiggum <command> [options]");
  expect(headings).toEqual([
    "Session Management:",
    "Agent Management:",
    "Observability:",
    "Branch Management:",
    "Ticket Management:",
    "Global Options:",
    "Examples:",
  ]);
  for (const words of [
    "init",
    "attach",
    "teardown",
    "spawn",
    "list",
    "kill",
    "ping",
    "send-keys",
    "has-capacity",
    "status",
    "logs",
    "hook run",
    "hook list",
    "branch list",
    "branch cleanup",
    "branch merge",
    "rebase",
  ])
    expect(stdout).toMatch(new RegExp(`^ {2}${words}(?: |$)`, "m"));
  for (const verb of [
    "create",
    "list",
    "show",
    "ready",
    "blocked",
    "tree",
    "transition",
    "assign",
    "unassign",
    "edit",
    "feedback",
    "comment",
    "sync",
  ])
    expect(stdout).toMatch(new RegExp(`^ {2}ticket ${verb}(?: |$)`, "m"));
  expect(await said(["-h"])).toMatchObject({ exitCode: 0, stdout });
  expect((await said(["--version"])).stdout).toMatch(/^wiggum v\d+\.\d+\.\d+\S*\n$/);
  expect((await said(["-v"])).stdout).toMatch(/^wiggum v/);
});

test("unknown and missing words: exit 2, with the usage of what was typed", async () => {
  const unknown = await said(["frobnicate"]);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
  expect(unknown.lines).toContain("[error] Unknown command: frobnicate");
  expect(unknown.lines).toContain("Usage: wiggum <command> [options]");
  const verb = await said(["ticket", "frobnicate"]);
  expect(verb).toMatchObject({ exitCode: 2, stdout: "" });
  expect(verb.lines).toContain("[error] Unknown subcommand: frobnicate");
  const alone = await said(["ticket"]);
  expect(alone).toMatchObject({ exitCode: 2, stdout: "" });
  expect(alone.lines.join("\n")).toMatch(/^ {2}create <title>/m);
  for (const [typed, usage] of [
    [["ticket", "create"], "Usage: wiggum ticket create <title>"],
    [["ticket", "show"], "Usage: wiggum ticket show <id>"],
    [["ticket", "transition", "tk-1"], "Usage: wiggum ticket transition <id> <state>"],
    [["ticket", "assign", "tk-1"], "Usage: wiggum ticket assign <id> <agent>"],
    [["ticket", "feedback", "tk-1"], "Usage: wiggum ticket feedback <id> <source> <message...>"],
    [["ticket", "tree"], "Usage: wiggum ticket tree <id>"],
  ] as const) {
    const ran = await said(typed);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.lines.join("\n")).toContain(usage);
  }
  for (const typed of [
    ["ticket", "list", "--frobnicate"],
    ["status", "--frobnicate"],
    ["kill", "worker-0", "--frobnicate"],
  ]) {
    const ran = await said(typed);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.lines.join("\n")).toContain("--frobnicate");
  }
});

test("ticket commands: ids on standard output alone, messages beside it, tables column by column", async () => {
  const made = await said(["ticket", "create", "First"]);
  const id = made.stdout.trim();
  expect(made.stdout).toMatch(/^tk-[0-9a-f]{4}\n$/);
  expect(made.lines).toEqual([`[ok] Created ticket: ${id}`, ""]);
  expect((await said(["--quiet", "ticket", "create", "Quiet"])).lines).toEqual([""]);
  const long = await create(
    "A title that goes on for more than thirty-eight characters",
    "--dep",
    id,
    "--type",
    "bug",
  );

  const { stdout: table } = await said(["ticket", "list"]);
  const lines = table.split("\n");
  expect(lines[0]).toBe("");
  expect(lines[1]).toBe(
    `${"ID".padEnd(10)} ${"STATE".padEnd(10)} ${"TYPE".padEnd(10)} ${"PRI".padEnd(3)} ${"TITLE".padEnd(40)}`,
  );
  expect(lines[2]).toBe("-".repeat(79));
  expect(lines.at(-2)).toBe("");
  expect(lines).toContain(
    `${long.padEnd(10)} ${"ready".padEnd(10)} ${"bug".padEnd(10)} ${"2".padEnd(3)} ${"A title that goes on for more than ...".padEnd(40)}`,
  );
  const rows = lines.filter((line) => line.startsWith("tk-")).map((line) => line.slice(0, 7));
  expect(rows).toEqual([...rows].sort());
  expect((await said(["ticket", "blocked"])).stdout).toBe(`${long} blocked by: ${id}\n`);
  expect((await said(["ticket", "tree", long])).stdout).toBe(
    `${long} [ready] A title that goes on for more than thirty-eight characters\n  └── ${id} [ready] First\n`,
  );
  expect((await said(["ticket", "ready"])).stdout).toMatch(/^(?:tk-[0-9a-f]{4}\n)+$/);

  expect((await said(["ticket", "assign", id, "worker-7"])).lines).toContain(
    `[ok] Assigned worker-7 to ${id}`,
  );
  expect((await said(["ticket", "unassign", id])).lines).toContain(`[ok] Unassigned worker-7 from ${id}`);
  expect((await said(["ticket", "unassign", id])).lines).toContain(`[ok] Cleared assignment on ${id}`);
  expect((await said(["ticket", "feedback", id, "reviewer", "several", "words"])).lines).toContain(
    `[ok] Added feedback to ${id}`,
  );
  expect((await said(["ticket", "comment", id, "reviewer", "more"])).lines).toContain(
    `[ok] Added comment to ${id}`,
  );
  const { stdout: text } = await said(["ticket", "show", id]);
  expect(text).toMatch(
    /\n## Feedback\n\n### From reviewer \(\d{4}-\d\d-\d\d \d\d:\d\d\)\n[\s\S]*\nseveral words\n/,
  );
  expect((await said(["ticket", "sync"])).lines).toContain("[ok] Synced tickets");
  expect((await said(["ticket", "sync", "--pull"])).lines).toContain("[ok] Pulled latest tickets");
  expect((await said(["ticket", "sync", "--push"])).lines).toContain("[ok] Pushed ticket changes");
  const ambiguous = await said(["ticket", "show", "tk-"]);
  expect(ambiguous.exitCode).toBe(5);
  expect(ambiguous.lines[0]).toMatch(/^\[error\] Ambiguous ticket ID 'tk-'\. Matches: tk-[0-9a-f]{4}, /);
});

test("dependencies that nobody finds, and that go round: named, blocking, and the tree ends", async () => {
  const lost = await create("Depends on nothing");
  const one = await create("One of two");
  const other = await create("Other of two", "--dep", one);
  // As the original wrote them, past every check: by git alone.
  repository.git("clone", "-q", join(repository.root, ".wiggum/tickets.git"), "../by-hand");
  const rewrite = (id: string, dependency: string) =>
    repository.write(
      `../by-hand/${id}.md`,
      repository.read(`../by-hand/${id}.md`).replace("depends_on: []", `depends_on: [${dependency}]`),
    );
  rewrite(lost, "tk-00ff");
  rewrite(one, other);
  const byHand = join(repository.root, "../by-hand");
  repository.git(
    "-C",
    byHand,
    "-c",
    "user.name=w",
    "-c",
    "user.email=w@e",
    "commit",
    "-qam",
    "Ticket update",
  );
  repository.git("-C", byHand, "push", "-q", "origin", "main");
  const { stdout } = await said(["ticket", "tree", lost]);
  expect(stdout).toBe(`${lost} [ready] Depends on nothing\n  └── tk-00ff (not found)\n`);
  expect((await said(["ticket", "ready"])).stdout).not.toContain(lost);
  expect((await said(["ticket", "blocked"])).stdout).toContain(`${lost} blocked by: tk-00ff`);
  const round = await said(["ticket", "tree", other]);
  expect(round.exitCode).toBe(0);
  expect(round.stdout.split("\n").length).toBeLessThan(6);
});

test("a new ticket: the keys in order, the sections, placeholders where nothing was given", async () => {
  const id = await create("Fresh");
  const text = await repository.succeed(["ticket", "show", id]);
  const keys = [
    "id",
    "type",
    "priority",
    "state",
    "assigned_agent_id",
    "assigned_at",
    "depends_on",
    "blocks",
    "created_at",
    "created_by",
  ];
  expect(text.match(/^[a-z_]+(?=:)/gm)?.slice(0, keys.length)).toEqual(keys);
  expect(text).toContain(
    "\n# Fresh\n\n## Description\n\n[Add description here]\n\n## Acceptance Criteria\n\n- [ ] [Add criteria]\n\n## Comments",
  );
  expect(text).toMatch(
    /\nassigned_agent_id:\nassigned_at:\ndepends_on: \[\]\nblocks: \[\]\ncreated_at: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\ncreated_by: manual\n/,
  );
});

test("transitions: what is said, and in which order things are refused", async () => {
  const id = await create("Moved");
  const unknown = await said(["ticket", "transition", id, "frob"]);
  expect(unknown.exitCode).toBe(6);
  expect(unknown.lines.slice(0, 2)).toEqual([
    "[error] Invalid state: frob",
    "        Valid states: ready, in-progress, review, qa, done, closed",
  ]);
  const illegal = await said(["ticket", "transition", id, "qa"]);
  expect(illegal.exitCode).toBe(6);
  expect(illegal.lines[0]).toBe("[error] Cannot transition from 'ready' to 'qa'");
  expect(illegal.lines).toContain("        Allowed transitions from 'ready': in-progress, closed");
  expect((await said(["ticket", "transition", id, "in-progress"])).lines).toContain(
    `[ok] Transitioned ${id}: ready -> in-progress`,
  );
  repository.write(".wiggum/hooks/pre-review", "#!/bin/sh\nexit 4\n", 0o755);
  const blocked = await said(["ticket", "transition", id, "review"]);
  expect(blocked.exitCode).toBe(1);
  expect(blocked.lines).toContain("[error] Pre-transition hook 'pre-review' failed - transition blocked");
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "in-progress" });
  repository.write(".wiggum/hooks/pre-review", "#!/bin/sh\nexit 0\n", 0o644);
});

test("commit subjects in the store, by the one author", async () => {
  const id = await create("Told in the history");
  await repository.succeed(["ticket", "transition", id, "in-progress", "--no-hooks"]);
  await repository.succeed(["ticket", "assign", id, "worker-9"]);
  await repository.succeed(["ticket", "unassign", id]);
  await repository.succeed(["ticket", "comment", id, "me", "words"]);
  await repository.succeed(["ticket", "edit", id, "--priority", "1"]);
  await repository.succeed(["ticket", "release", id]);
  repository.write(
    `.wiggum/tickets/${id}.md`,
    repository.read(`.wiggum/tickets/${id}.md`).replace("priority: 1", "priority: 3"),
  );
  await repository.succeed(["ticket", "sync"]);
  const found = subjects().slice(0, 8).reverse();
  expect(found).toEqual([
    `Create ticket: ${id}`,
    `Transition ${id}: ready → in-progress`,
    `Assign worker-9 to ${id}`,
    `Unassign ${id}`,
    `Comments on ${id} from me`,
    "Ticket update",
    `Release ticket: ${id}`,
    "Manual sync",
  ]);
  expect(subjects().at(-1)).toBe("Initial commit");
  expect(repository.git("-C", ".wiggum/tickets.git", "log", "-1", "--format=%an <%ae>", "main")).toBe(
    "wiggum <wiggum@local>",
  );
});

test("hooks: list, a run by hand, a failure", async () => {
  repository.write(".wiggum/hooks/mine", "#!/bin/sh\nexit 7\n", 0o755);
  repository.write(".wiggum/hooks/asleep", "#!/bin/sh\n", 0o644);
  const { stdout } = await said(["hook", "list"]);
  const [project = "", shipped = ""] = stdout.split("\n\n");
  expect(project.split("\n")[0]).toBe("Project hooks (.wiggum/hooks/):");
  expect(project).toContain("\n  mine (active)");
  expect(project).toContain("\n  asleep (inactive)");
  expect(shipped.split("\n")[0]).toBe("Default hooks:");
  expect(shipped).toContain("\n  on-review-rejected\n");
  const id = await create("Hooked");
  const failed = await said(["hook", "run", "mine", id]);
  expect(failed.exitCode).toBe(7);
  expect(failed.lines.join("\n")).toContain("Hook failed: mine (exit 7)");
  expect(await said(["hook", "run", "asleep", id])).toMatchObject({ exitCode: 0 });
  expect((await said(["hook", "run", "mine"])).exitCode).toBe(2);
});

describe("agents and branches", () => {
  let id: string;
  let agent: string;
  beforeAll(async () => {
    id = await create("Worked on");
    const spawned = await said(["spawn", "worker", id]);
    agent = spawned.stdout.trim();
    expect(spawned.stdout).toMatch(/^worker-\d+\n$/);
    expect(spawned.lines).toContain(`[ok] Spawned ${agent}`);
  });

  test("spawn: what it refuses, and how", async () => {
    const without = await said(["spawn", "worker"]);
    expect(without.exitCode).toBe(2);
    expect(without.lines).toContain("[error] Ticket ID required for role: worker");
    expect((await said(["spawn", "worker", "tk-00ff00ff"])).exitCode).toBe(5);
    const second = await said(["spawn", "worker", id]);
    expect(second.exitCode).toBe(9);
    expect(second.lines[0]).toContain(agent);
  });

  test("list: table, json, ids", async () => {
    const { stdout } = await said(["list"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[1]).toBe(
      `${"AGENT".padEnd(12)} ${"ROLE".padEnd(12)} ${"TICKET".padEnd(12)} ${"UPTIME".padEnd(10)}`,
    );
    expect(lines[2]).toBe("-".repeat(48));
    expect(lines[3]).toMatch(
      new RegExp(`^${agent.padEnd(12)} ${"worker".padEnd(12)} ${id.padEnd(12)} \\d+s *$`),
    );
    expect(JSON.parse((await said(["list", "--format", "json"])).stdout)).toEqual({
      [agent]: { role: "worker", started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    });
    expect(JSON.parse(repository.read(".wiggum/panels.json"))).toHaveProperty([agent, "role"], "worker");
    expect((await said(["list", "--format", "ids"])).stdout).toBe(`${agent}\n`);
  });

  test("status: the sections in order", async () => {
    const { stdout } = await said(["status"]);
    expect(stdout).toMatch(/^\nSESSION: wiggum-project\n {2}Panes: 1\n\nAGENTS:\n/);
    expect(stdout).toMatch(new RegExp(`\\nAGENTS:\\n {2}${agent} +${id} +in-progress +\\d+s`));
    expect(stdout).toMatch(
      /\n\nTICKETS:\n {2}ready: \d+(?: \(\d+ blocked\))?\n {2}in-progress: \d+\n {2}review: \d+\n {2}qa: \d+\n {2}done: \d+\n {2}closed: \d+\n/,
    );
    const verbose = (await said(["status", "-v"])).stdout;
    expect(verbose).toMatch(/\nREADY TICKETS:\n {2}tk-[0-9a-f]{4}: /);
    expect((await said(["status", "--format", "tmux"])).stdout).toMatch(
      /^#\[fg=green\]\d+#\[default\] #\[fg=yellow\]\d+#\[default\]\n$/,
    );
  });

  test("has-capacity: true with 0, false with 1", async () => {
    expect(await said(["has-capacity"])).toMatchObject({ exitCode: 0, stdout: "true\n" });
    const full = await repository.wiggum(["has-capacity"], { environment: { WIGGUM_MAX_AGENTS: "1" } });
    expect(full).toMatchObject({ exitCode: 1, stdout: "false\n" });
  });

  test("an agent that is not there, and what the runner lacks", async () => {
    for (const typed of [
      ["ping", "worker-99", "hello"],
      ["send-keys", "worker-99", "Enter"],
      ["logs", "worker-99"],
    ]) {
      const ran = await said(typed);
      expect(ran.exitCode).toBe(4);
      expect(ran.lines[0]).toBe("[error] Agent not found in registry: worker-99");
    }
    for (const typed of [["ping", agent], ["send-keys", agent], ["logs"]])
      expect((await said(typed)).exitCode).toBe(2);
    expect((await said(["send-keys", agent, "Enter"])).exitCode).toBe(1);
    expect((await said(["attach"])).exitCode).toBe(1);
    const other = await said(["attach", "--session", "another"]);
    expect(other.exitCode).toBe(3);
    expect(other.lines[0]).toBe("[error] Session 'another' not found");
    expect((await said(["ping", agent, "hello"])).lines[0]).toMatch(
      new RegExp(`^\\[ok\\] Pinged ${agent}\\b`),
    );
  });

  test("branches: table, merge, rebase, cleanup", async () => {
    const { stdout } = await said(["branch", "list"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[1]).toBe(`${"BRANCH".padEnd(20)} ${"TICKET".padEnd(15)} ${"TYPE".padEnd(10)}`);
    expect(lines[2]).toBe("-".repeat(48));
    expect(lines).toContain(`${agent.padEnd(20)} ${id.padEnd(15)} ${"worker".padEnd(10)}`);
    expect(lines).toContain(`${"main".padEnd(20)} ${"—".padEnd(15)} ${"other".padEnd(10)}`);
    expect((await said(["branch", "list", id.slice(3)])).stdout).not.toContain("main");
    const none = await said(["branch", "merge", await create("Never begun")]);
    expect(none.exitCode).toBe(1);
    expect(none.lines[0]).toMatch(/^\[error\] Feature branch not found: feature\/tk-/);

    commit(`worktrees/${agent}`, "work.txt", "one\n");
    expect((await said(["ticket", "transition", id, "review", "--no-hooks"], worktree(agent))).exitCode).toBe(
      0,
    );
    commit(".", "beside.txt", "beside\n");
    expect((await said(["branch", "merge", id])).lines).toContain(
      `[ok] Successfully merged feature/${id} into main`,
    );
    expect(repository.read("work.txt")).toBe("one\n");
    expect((await said(["rebase", id], worktree(agent))).lines).toContain(
      `[ok] Successfully rebased onto feature/${id}`,
    );
    expect((await said(["rebase"])).exitCode).toBe(2);

    commit(".", "clash.txt", "ours\n");
    commit(`worktrees/${agent}`, "clash.txt", "theirs\n");
    repository.git("branch", "-f", `feature/${id}`, agent);
    const conflict = await said(["branch", "merge", id]);
    expect(conflict.exitCode).toBe(7);
    expect(conflict.lines[0]).toContain("Merge conflict detected!");
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    repository.git("switch", "-qc", "side");
    const rebase = await said(["rebase", id]);
    expect(rebase.exitCode).toBe(7);
    expect(rebase.lines[0]).toContain("Rebase conflict detected!");
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    repository.git("switch", "-q", "main");

    const kept = await said(["branch", "cleanup", id]);
    expect(kept.lines).toContainEqual(
      expect.stringMatching(new RegExp(`^\\[ok\\] Cleaned up \\d+ branches for ${id}$`)),
    );
    expect(repository.git("branch", "--list", `feature/${id}`)).not.toBe("");
  });

  test("kill and teardown", async () => {
    expect((await said(["kill", agent, "--force"])).lines).toContain(`[ok] Killed ${agent}`);
    await eventually("the worktree is gone", async () => repository.git("branch", "--list", agent) === "");
    expect((await said(["kill", "worker-99"])).exitCode).toBe(4);
    for (const title of ["One", "Two"]) await repository.succeed(["spawn", "worker", await create(title)]);
    const refused = await said(["teardown"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.lines[0]).toBe("[error] Active workers detected. Use --force to kill anyway.");
    expect((await said(["teardown", "--force"])).lines).toContain("[ok] Session terminated");
    expect((await said(["list", "--format", "json"])).stdout).toBe("{}\n");
    expect(repository.read(".wiggum/panels.json")).toBe("{}\n");
  });
});

test("a conflict at the hand-in: 7, the sentence, the state as it was", async () => {
  const id = await create("Clashes");
  const agent = await repository.succeed(["spawn", "worker", id]);
  commit(`worktrees/${agent}`, "same.txt", "theirs\n");
  commit(".", "same.txt", "ours\n");
  repository.git("branch", "-f", `feature/${id}`, "main");
  const refused = await said(["ticket", "transition", id, "review"], worktree(agent));
  expect(refused.exitCode).toBe(7);
  expect(refused.lines[0]).toBe(
    "[error] Cannot transition to review: merge conflicts must be resolved first",
  );
  expect(refused.lines.join("\n")).toMatch(/Merge conflict detected![\s\S]*same\.txt[\s\S]*wiggum rebase/);
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "in-progress" });
  await repository.succeed(["kill", agent, "--release", "--force"]);
});

test("no ticket folder and no session: the sentences", async () => {
  const fresh = await createRepository();
  try {
    for (const typed of [
      ["list"],
      ["kill", "worker-0"],
      ["ping", "worker-0", "x"],
      ["send-keys", "worker-0", "x"],
      ["logs", "worker-0"],
    ]) {
      const ran = await fresh.wiggum(typed);
      expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
      expect(ran.stderr).toContain("[error] Session not found\n");
    }
    for (const typed of [["attach"], ["teardown"]]) expect((await fresh.wiggum(typed)).exitCode).toBe(3);
    const status = await fresh.wiggum(["status"]);
    expect(status).toMatchObject({ exitCode: 0 });
    expect(status.stdout).toMatch(
      /^\nSESSION: wiggum-project\n {2}\(not running\)\n\nAGENTS:\n {2}\(no agents\)\n\nTICKETS:\n {2}ready: 0\n/,
    );
  } finally {
    await fresh.remove();
  }
});
