// Flags that a command would take in silence if they did nothing: each is typed, and left out, and the difference is looked at.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository, type RepositoryOptions } from "./built-wiggum.js";
import { isTmuxThere } from "./tmux-terminal.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function project(options: RepositoryOptions = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

describe("flags of every command", { timeout: 60_000 }, () => {
  test("--json: the envelope instead of text, of results and of failures", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "First"]);
    for (const typed of [
      ["--json", "ticket", "ready"],
      ["ticket", "ready", "--json"],
    ]) {
      const ran = await repository.wiggum(typed);
      expect(ran.exitCode).toBe(0);
      expect(JSON.parse(ran.stdout)).toMatchObject({ schemaVersion: 1, data: [{ id }] });
    }
    const failed = await repository.wiggum(["ticket", "show", "tk-00ff00ff", "--json"]);
    expect(failed.exitCode).toBe(5);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      schemaVersion: 1,
      error: { code: "TICKET_NOT_FOUND" },
    });
    expect((await repository.wiggum(["ticket", "ready"])).stdout).toBe(`${id}\n`);
  });

  test("--config: the settings of that file instead of the project's", async () => {
    const repository = await project();
    const other = repository.write("../programs/other.sh", 'WIGGUM_SESSION="from-elsewhere"\n');
    for (const typed of [
      ["--config", other, "status"],
      ["status", "--config", other],
    ])
      expect(await repository.succeed(typed)).toContain("SESSION: from-elsewhere\n");
    expect(await repository.succeed(["status"])).toContain("SESSION: wiggum-project\n");
  });
});

test("init --share: git sees settings, hooks and prompts, and nothing of the data", {
  timeout: 60_000,
}, async () => {
  const repository = await project({ isInitialised: false });
  await repository.succeed(["init", "--share"]);
  await repository.succeed(["spawn", "worker", await repository.succeed(["ticket", "create", "Shared"])]);
  const seen = repository.git("ls-files", "--others", "--exclude-standard", "--directory").split("\n");
  const inside = repository.git("ls-files", "--others", "--exclude-standard", ".wiggum").split("\n");
  expect(seen).toContain(".wiggum/");
  expect(seen).not.toContain("worktrees/");
  for (const file of [
    "config.sh",
    "config.yaml",
    "ticket_types.json",
    "hooks/on-draft-done",
    "prompts/worker.md",
  ])
    expect(inside).toContain(`.wiggum/${file}`);
  expect(inside.filter((path) => /tickets|agents\.db|outbox\.db|panels|state|owners/.test(path))).toEqual([]);
});

/** Names of agents that have a pane, and of those that have none. */
async function placesOf(repository: Repository, environment: Readonly<Record<string, string>>) {
  const listed = await repository.succeed(["list", "--format", "json"], { environment });
  const agents = Object.entries(JSON.parse(listed) as Record<string, { readonly tmux_pane_id?: string }>);
  return {
    panes: agents.filter(([, agent]) => agent.tmux_pane_id !== undefined).map(([name]) => name),
    others: agents.filter(([, agent]) => agent.tmux_pane_id === undefined).map(([name]) => name),
  };
}

test.skipIf(!isTmuxThere)(
  "run --runner and start --runner: in a pane or as a child, whatever the settings say (needs tmux)",
  { timeout: 120_000 },
  async () => {
    const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
    ends.push(() => rmSync(sockets, { recursive: true, force: true }));
    const repository = await createRepository({
      environment: () => ({ TMUX_TMPDIR: sockets, TERM: "xterm" }),
    });
    ends.push(async () => {
      await repository.wiggum(["teardown", "--force"]);
      await repository.remove();
    });
    const panes = { WIGGUM_RUNNER: "tmux" };
    const children = { WIGGUM_RUNNER: "process" };
    await repository.succeed(["ticket", "create", "By run, as a child"]);
    await repository.succeed(["run", "--once", "--runner", "process"], { environment: panes });
    expect(await placesOf(repository, panes)).toEqual({ panes: [], others: ["worker-0"] });
    await repository.succeed(["ticket", "create", "By run, in a pane"]);
    await repository.succeed(["run", "--once", "--runner", "tmux"], { environment: children });
    expect(await placesOf(repository, panes)).toEqual({ panes: ["worker-1"], others: ["worker-0"] });
    await repository.succeed(["start", "By start, as a child", "--runner", "process"], {
      environment: panes,
    });
    await repository.succeed(["start", "By start, in a pane", "--runner", "tmux"], { environment: children });
    expect(await placesOf(repository, panes)).toEqual({
      panes: ["worker-1", "worker-3"],
      others: ["worker-0", "worker-2"],
    });
    expect((await repository.wiggum(["run", "--once", "--runner", "nowhere"])).exitCode).toBe(2);
  },
);

test("start --role, start --force: who is started, and over which limit", { timeout: 60_000 }, async () => {
  const repository = await project({ environment: () => ({ WIGGUM_MAX_AGENTS: "1" }) });
  await repository.succeed(["start", "Takes the one place"]);
  const refused = await repository.wiggum(["start", "No room"]);
  expect(refused.exitCode).toBe(12);
  expect(refused.stdout).toMatch(/^tk-[0-9a-f]{4}\n$/);
  const [, forced] = (await repository.succeed(["start", "Forced in", "--force"])).split("\n");
  expect(forced).toBe("worker-1");
  const [id = "", reviewer] = (
    await repository.succeed(["start", "Only to be read", "--role", "reviewer", "--force"])
  ).split("\n");
  expect(reviewer).toBe("reviewer-0");
  // A reviewer joins: the ticket is nobody's.
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "ready" });
});

test("--no-hooks of approve, reject, close and reopen: the hooks of those edges do not run, without it they do", {
  timeout: 120_000,
}, async () => {
  const repository = await project();
  const types = JSON.parse(repository.read(".wiggum/ticket_types.json"));
  const edges: { from: string; to: string; name?: string; after?: string[] }[] = types.types.task.transitions;
  edges.push({ name: "reopen", from: "closed", to: "review" });
  for (const edge of edges) edge.after = edge.from === "ready" || edge.from === "in-progress" ? [] : ["note"];
  repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
  repository.write(
    ".wiggum/hooks/note",
    '#!/bin/sh\necho "$1 $WIGGUM_PREV_STATE $WIGGUM_NEW_STATE" >> "$MAIN_PROJECT_ROOT/notes"\n',
    0o755,
  );
  const wayOf = (id: string) => [
    ["ticket", "close", id, "--no-hooks"],
    ["ticket", "reopen", id, "--no-hooks"],
    ["ticket", "reject", id, "No", "--no-hooks"],
    ["ticket", "transition", id, "review", "--no-hooks"],
    ["ticket", "approve", id, "--no-hooks"],
  ];
  const go = async (isSilent: boolean) => {
    const id = await repository.succeed(["ticket", "create", "On its way"]);
    await repository.succeed(["ticket", "claim", id, "worker-8"]);
    await repository.succeed(["ticket", "transition", id, "review"]);
    for (const typed of wayOf(id))
      await repository.succeed(isSilent ? typed : typed.filter((word) => word !== "--no-hooks"));
    await repository.succeed(["hook", "drain"]);
    return id;
  };
  const silent = await go(true);
  const loud = await go(false);
  expect(await repository.json(["hook", "pending"])).toEqual([]);
  expect(repository.read("notes").split("\n").sort()).toEqual(
    [
      "",
      `${loud} closed review`,
      `${loud} review closed`,
      `${loud} review in-progress`,
      `${loud} review qa`,
    ].sort(),
  );
  expect(repository.read("notes")).not.toContain(silent);
});
