// What scripts of the original read: sentences, tables, commit subjects, word for word, by the built command.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

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
  expect((await said(["ticket", "create", "Never made", "--dep", "tk-00ff00ff"])).exitCode).toBe(5);
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
  expect((await said(["ticket", "transition", "tk-00ff00ff", "frob"])).exitCode).toBe(5);
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
  // What somebody pushes past every check is undone by the next write, and the history says so.
  const byHand = join(repository.root, "../past-checks");
  repository.git("clone", "-q", join(repository.root, ".wiggum/tickets.git"), byHand);
  const pushed = repository.read(`../past-checks/${id}.md`).replace(/^state: .*$/m, "state: done");
  repository.write(`../past-checks/${id}.md`, pushed);
  const author = ["-c", "user.name=w", "-c", "user.email=w@e"];
  repository.git("-C", byHand, ...author, "commit", "-qam", "By hand");
  const sha = repository.git("-C", byHand, "rev-parse", "HEAD").slice(0, 12);
  repository.git("-C", byHand, "push", "-q", "origin", "main");
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "ready" });
  await create("Written after it");
  expect(subjects()[1]).toBe(`Reject push ${sha} on ${id}`);
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
