// Looks at a project by the built command: wiggum alone, status and list in their forms, what waits for a person, what was done.
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository, type RepositoryOptions } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const made: Repository[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove();
});

async function project(options?: RepositoryOptions): Promise<Repository> {
  const repository = await createRepository(options);
  made.push(repository);
  return repository;
}

/** Prints records as real agents without a terminal do, and how to read them. */
const recordingProfile = `
name: recording
headless:
  prompt: ["{prompt_line}"]
  records:
    facts:
      - { when: { type: ask }, fact: waiting, take: question }
      - { when: { type: stop }, fact: blocked, take: reason }
      - { when: { type: result }, fact: idle }
    cost: { when: { type: result }, take: total_cost_usd }
`;

async function recording(agent: string): Promise<Repository> {
  const repository = await project({ agent });
  repository.write(".wiggum/profiles/recording.yaml", recordingProfile);
  repository.write(".wiggum/config.yaml", "agentProfile: recording\n");
  return repository;
}

interface Next {
  readonly next: { readonly command: string; readonly why: string };
}
const nextOf = async (repository: Repository) => (await repository.json<Next>([])).next;

describe("wiggum alone", { timeout: 60_000 }, () => {
  test("inside a project: how things stand and what to type next, exit 0", async () => {
    const repository = await project();
    const empty = await repository.wiggum([]);
    expect(empty.exitCode).toBe(0);
    expect(empty.stdout).toMatch(
      /^\nSESSION: wiggum-project\n {2}\(not running\)\n\nAGENTS:\n {2}\(no agents\)\n/,
    );
    expect(empty.stdout.endsWith('\nNEXT:\n  wiggum start "<title>"\n    There are no tickets yet\n')).toBe(
      true,
    );
    expect(empty.stderr).toBe("[info] 'wiggum --help' shows every command\n");
    const id = await repository.succeed(["ticket", "create", "First"]);
    expect(await nextOf(repository)).toEqual({
      command: "wiggum run",
      why: "1 ticket is ready, and nobody starts agents for them",
    });
    const agent = await repository.succeed(["spawn", "worker", id]);
    expect((await nextOf(repository)).command).toBe(`wiggum logs ${agent} --follow`);
    const cwd = join(repository.root, "worktrees", agent);
    expect((await repository.json<Next>([], { cwd })).next.command).toBe(`wiggum ticket show ${id}`);
    await repository.succeed(["ticket", "action", "require", id, "Which", "licence?"]);
    expect(await nextOf(repository)).toMatchObject({
      command: `wiggum answer ${id} "<answer>"`,
    });
    await repository.succeed(["ticket", "action", "clear", id]);
    await repository.succeed(["kill", agent, "--force", "--release"]);
    await repository.succeed(["ticket", "close", id]);
    expect((await nextOf(repository)).command).toBe("wiggum report");
  });

  test("global flags alone do the same; a subfolder, too", async () => {
    const repository = await project();
    repository.write("deep/down/file", "");
    const ran = await repository.wiggum(["--quiet"], { cwd: join(repository.root, "deep/down") });
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ran.stdout).toContain("\nNEXT:\n");
    const envelope = JSON.parse(await repository.succeed(["--json"]));
    expect(envelope).toMatchObject({ schemaVersion: 1, command: "", store: { backend: "git" } });
    expect((await repository.wiggum(["--frobnicate"])).exitCode).toBe(2);
  });

  test("outside of a project: usage on standard error, exit 2; settings that are wrong are said as ever", async () => {
    const nowhere = await project({ kind: "no repository", isInitialised: false });
    const ran = await nowhere.wiggum([]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain("[error] No command given\n");
    expect(ran.stderr).toContain("Usage: wiggum <command> [options]\n");
    expect(JSON.parse((await nowhere.wiggum(["--json"])).stdout).error).toMatchObject({ exitCode: 2 });
    const wrong = await project();
    wrong.write(".wiggum/config.yaml", "maxRounds: 0\n");
    expect(await wrong.wiggum([])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("maxRounds must be a whole number"),
    });
  });
});

describe("status and list", { timeout: 60_000 }, () => {
  test("all sections without a session, exit 0; --format tmux is one line; list is 3 until an agent was started", async () => {
    const repository = await project();
    const ready = await repository.succeed(["ticket", "create", "Ready"]);
    const waiting = await repository.succeed(["ticket", "create", "Later", "--dep", ready]);
    for (const flag of ["--verbose", "-v"]) {
      const text = await repository.succeed(["status", flag]);
      expect(text).toMatch(
        /^\nSESSION: wiggum-project\n {2}\(not running\)\n {2}Supervisor: none \(wiggum run\)\n\nAGENTS:\n {2}\(no agents\)\n\nTICKETS:\n/,
      );
      expect(text).toContain(
        "  ready: 2 (1 blocked)\n  in-progress: 0\n  review: 0\n  qa: 0\n  done: 0\n  closed: 0\n",
      );
      expect(text).toContain(`\nREADY TICKETS:\n  ${ready}: Ready`);
      expect(text).not.toContain(`${waiting}: Later`);
    }
    expect(await repository.succeed(["status"])).not.toContain("READY TICKETS");
    const line = "#[fg=green]0#[default] #[fg=yellow]1#[default]\n";
    expect((await repository.wiggum(["status", "--format", "tmux"])).stdout).toBe(line);
    expect((await repository.wiggum(["status", "--format", "ids"])).exitCode).toBe(2);
    for (const format of ["table", "json", "ids"]) {
      const ran = await repository.wiggum(["list", "--format", format]);
      expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
      expect(ran.stderr).toContain("Session not found");
    }
  });

  test("the last agent is gone: an empty table, {} and no ids, exit 0", async () => {
    const repository = await project();
    const agent = await repository.succeed([
      "spawn",
      "worker",
      await repository.succeed(["ticket", "create", "A"]),
    ]);
    const line = (await repository.wiggum(["status", "--format", "tmux"])).stdout;
    expect(line).toBe("#[fg=green]1#[default] #[fg=yellow]0#[default]\n");
    await repository.succeed(["kill", agent, "--force"]);
    const header = "\nAGENT        ROLE         TICKET       UPTIME    \n";
    expect((await repository.wiggum(["list"])).stdout).toBe(`${header}${"-".repeat(48)}\n\n`);
    expect((await repository.wiggum(["list", "--format", "json"])).stdout).toBe("{}\n");
    expect((await repository.wiggum(["list", "--format", "ids"])).stdout).toBe("");
    const none = await repository.wiggum(["teardown"]);
    expect(none.exitCode).toBe(3);
    expect(none.stderr).toContain("next: There is no agent here, and no session");
  });
});

interface Waiting {
  readonly kind: string;
  readonly about: string;
  readonly what: string;
  readonly since: string | null;
  readonly commands: readonly string[];
}
const inbox = (repository: Repository) => repository.json<Waiting[]>(["inbox"]);

describe("inbox", { timeout: 120_000 }, () => {
  test("empty is one sentence; each kind has its command, and the command clears it", async () => {
    const repository = await project();
    expect(await repository.wiggum(["inbox"])).toEqual({
      exitCode: 0,
      stdout: "Nothing waits for you.\n",
      stderr: "",
    });
    expect(await inbox(repository)).toEqual([]);

    const asked = await repository.succeed(["ticket", "create", "Asked"]);
    await repository.succeed(["ticket", "action", "require", asked, "Which", "licence?"]);
    repository.write(".wiggum/hooks/on-claim", "#!/bin/sh\nexit 3\n", 0o755);
    const types = JSON.parse(repository.read(".wiggum/ticket_types.json"));
    for (const edge of types.types.task.transitions) {
      if (edge.to === "in-progress" && edge.from === "ready")
        edge.after = [{ name: "on-claim", mode: "once" }];
    }
    repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
    const hooked = await repository.succeed(["ticket", "create", "Hooked"]);
    await repository.succeed(["ticket", "claim", hooked, "somebody"]);
    const merged = await repository.succeed(["ticket", "create", "Merged"]);
    repository.git("branch", `feature/${merged}`);
    repository.git("checkout", "-q", `feature/${merged}`);
    repository.write("new.txt", "new\n");
    repository.git("add", "new.txt");
    repository.git("commit", "-qm", "New");
    repository.git("checkout", "-q", "main");
    await repository.succeed(["ticket", "transition", merged, "in-progress", "--no-hooks"]);
    for (const state of ["review", "qa", "done"])
      await repository.succeed(["ticket", "transition", merged, state, "--no-hooks"]);
    const salvaged = await repository.succeed(["ticket", "create", "Salvaged"]);
    const agent = await repository.succeed(["spawn", "worker", salvaged]);
    repository.write(`worktrees/${agent}/precious.txt`, "precious\n");
    await repository.succeed(["kill", agent, "--force", "--release"]);

    const found = await eventually("the failed hook", async () => {
      const all = await inbox(repository);
      return all.some(({ kind }) => kind === "hook") && all;
    });
    const kinds = found.map(({ kind, about }) => [kind, about]);
    expect(kinds).toContainEqual(["action-required", asked]);
    expect(kinds).toContainEqual(["hook", hooked]);
    expect(kinds).toContainEqual(["merge", merged]);
    expect(kinds.map(([kind]) => kind)).toContain("salvage");
    expect((await repository.json<{ waiting: unknown }>(["status"])).waiting).toEqual(found);
    expect(await repository.succeed(["status"])).toContain(`\nWAITS FOR YOU: ${found.length} (wiggum inbox)`);
    const text = await repository.succeed(["inbox"]);
    expect(text).toContain(`${asked}: Which licence?`);
    expect(text).toContain(`\n  wiggum branch merge ${merged}\n`);
    expect((await nextOf(repository)).command).toBe("wiggum inbox");

    repository.write(".wiggum/hooks/on-claim", "#!/bin/sh\n", 0o755);
    for (const { kind, commands } of found) {
      const command = kind === "salvage" ? commands.at(-1) : commands[0];
      await repository.succeed((command ?? "").split(" ").slice(1));
    }
    expect(
      await eventually("nothing", async () =>
        (await inbox(repository)).length === 0 ? "nothing" : undefined,
      ),
    ).toBe("nothing");
    expect(repository.read("new.txt")).toBe("new\n");
  });

  test("agents that ask, cannot go on, or stopped without handing in, in their own words", async () => {
    const repository = await recording(
      'case "$WIGGUM_AGENT_ID" in ' +
        `worker-0) echo '{"type":"ask","question":"Which \\u001bport?"}';; ` +
        `worker-1) echo '{"type":"stop","reason":"no credits"}';; ` +
        `*) echo '{"type":"result","total_cost_usd":0.25}';; esac; while :; do sleep 1; done`,
    );
    const ids: string[] = [];
    for (const title of ["Asks", "Stops", "Idles"]) {
      const id = await repository.succeed(["ticket", "create", title]);
      ids.push(id);
      await repository.succeed(["spawn", "worker", id]);
    }
    const found = await eventually("all three", async () => {
      const all = await inbox(repository);
      return all.length === 3 && all;
    });
    expect(found.map(({ kind, about, what }) => [kind, about, what])).toEqual([
      ["question", "worker-0", "It asks: Which \u001bport?"],
      ["blocked", "worker-1", "It cannot go on: no credits"],
      ["idle", "worker-2", `It stopped, and ${ids[2]} is still in in-progress`],
    ]);
    const text = await repository.succeed(["inbox"]);
    expect(text).toContain(
      'worker-0: It asks: Which \\x1bport?\n  wiggum answer worker-0 "<answer>"\n  wiggum logs worker-0\n',
    );
    expect(await nextOf(repository)).toEqual({ command: "wiggum inbox", why: "3 matters wait for you" });

    // No word is typed anywhere, and nothing is said to have arrived: a child process has a file that it may read.
    const answered = await repository.wiggum(["answer", "worker-0", "8080"]);
    expect(answered.stderr).toMatch(/^\[warn\] worker-0 was not called: the answer waits in its inbox \(/);
    expect(await repository.succeed(["ticket", "show", ids[0] ?? ""])).toContain("8080");
    expect((await repository.wiggum(["answer", ids[2] ?? "", "Hand it in"])).exitCode).toBe(0);
    const kept = (await inbox(repository)).filter(({ kind }) => kind === "message");
    expect(kept.map(({ about, what }) => [about, what.slice(0, 36)])).toEqual([
      ["worker-0", "An answer of manual may be unread: i"],
      ["worker-2", "An answer of manual may be unread: i"],
    ]);
    for (const typed of [
      ["answer", "worker-0", "--allow"],
      ["answer", "worker-0", "--deny", "No"],
    ]) {
      const refused = await repository.wiggum(typed);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("worker-0 asks for no permission that can be given from here");
    }
    const [blocked, nobody] = await Promise.all([
      repository.wiggum(["answer", "worker-1", "Buy some"]),
      repository.wiggum(["answer", "worker-9", "Hello"]),
    ]);
    expect(blocked).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("worker-1 asks nothing now (blocked)"),
    });
    expect(nobody).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("'worker-9' is neither an agent nor a ticket"),
    });
  });

  test("what the supervisor could not start", async () => {
    const repository = await project();
    repository.write(".wiggum/config.yaml", "worktree:\n  setUp: 'false'\n");
    const id = await repository.succeed(["ticket", "create", "Not started"]);
    expect((await repository.wiggum(["run", "--once"])).exitCode).toBe(1);
    const [waiting] = await inbox(repository);
    expect(waiting).toMatchObject({
      kind: "not-started",
      about: id,
      commands: [`wiggum spawn worker ${id}`],
    });
  });

  test("what builds on two that do not go together: the commands lead out of it, and were enough", async () => {
    const agent =
      'if [ "$WIGGUM_ROLE" = worker ]; then echo "$WIGGUM_AGENT_ID" > shared.txt; git add .; git commit -qm Work; ' +
      // What somebody else changed meanwhile stops a command once.
      'twice() { "$@" || "$@"; }; twice wiggum ticket transition "$WIGGUM_TICKET_ID" review; ' +
      'else wiggum ticket approve "$WIGGUM_TICKET_ID" || wiggum ticket approve "$WIGGUM_TICKET_ID"; fi';
    const repository = await project({ agent });
    const ids: string[] = [];
    for (const title of ["One", "Other"]) ids.push(await repository.succeed(["ticket", "create", title]));
    await repository.succeed(["run", "--until-done"]);
    // Dependencies are a set, kept in the order of their ids.
    const [one = "", other = ""] = ids.toSorted();
    const both = await repository.succeed(["ticket", "create", "Both", "--dep", one, "--dep", other]);
    expect((await repository.wiggum(["run", "--once"])).exitCode).toBe(1);
    const commands = (await inbox(repository)).find(({ about }) => about === both)?.commands ?? [];
    expect(commands).toEqual([
      `wiggum branch merge ${one}`,
      `wiggum branch merge ${other} --send-back`,
      `wiggum spawn worker ${both}`,
    ]);
    expect((await repository.wiggum(["branch", "merge", one])).exitCode).toBe(0);
    const sent = await repository.wiggum(["branch", "merge", other, "--send-back"]);
    expect(sent.stderr).toContain(other);
    expect((await repository.json<{ state: string }>(["ticket", "show", other])).state).not.toBe("done");
    // It waits for the other again: that is no failure any more.
    expect((await inbox(repository)).filter(({ about }) => about === both)).toEqual([]);
  });
});

interface Report {
  readonly since: string;
  readonly totals: { readonly commits: number; readonly costUsd: number | null; readonly priced: number };
  readonly tickets: readonly {
    readonly id: string;
    readonly state: string | null;
    readonly stateBefore: string | null;
    readonly moves: readonly { readonly by: string; readonly from: string | null; readonly to: string }[];
    readonly commits: readonly { readonly by: string; readonly subject: string }[];
    readonly sessions: readonly { readonly agentId: string; readonly costUsd: number | null }[];
  }[];
}

describe("report", { timeout: 120_000 }, () => {
  const working =
    'if [ "$WIGGUM_ROLE" = worker ]; then echo "$WIGGUM_AGENT_ID" > "$WIGGUM_AGENT_ID.txt"; git add .; git commit -qm "Work of $WIGGUM_AGENT_ID"; ' +
    'wiggum ticket transition "$WIGGUM_TICKET_ID" review; ' +
    `echo '{"type":"result","total_cost_usd":0.25}'; ` +
    'else wiggum ticket approve "$WIGGUM_TICKET_ID"; fi';

  test("who moved, committed and worked on what, also after the merge; costs where they are known", async () => {
    const repository = await recording(working);
    const id = await repository.succeed(["ticket", "create", "Reported"]);
    const ran = await repository.wiggum(["run", "--until-done"]);
    expect(ran).toMatchObject({ exitCode: 0 });
    const report = () => repository.json<Report>(["report"]);
    const check = ({ tickets, totals }: Report) => {
      expect(tickets).toHaveLength(1);
      const [ticket] = tickets;
      expect(ticket).toMatchObject({ id, state: "done", stateBefore: null });
      expect(ticket?.moves.map(({ from, to }) => [from, to])).toEqual([
        [null, "ready"],
        ["ready", "in-progress"],
        ["in-progress", "review"],
        ["review", "qa"],
        ["qa", "done"],
      ]);
      expect(ticket?.moves.map(({ by }) => by).slice(2)).toEqual(["worker-0", "reviewer-0", "qa-0"]);
      expect(ticket?.commits.map(({ by, subject }) => [by, subject])).toEqual([
        ["worker-0", "Work of worker-0"],
      ]);
      const costs = Object.fromEntries(
        ticket?.sessions.map(({ agentId, costUsd }) => [agentId, costUsd]) ?? [],
      );
      expect(costs).toEqual({ "worker-0": 0.25, "reviewer-0": null, "qa-0": null });
      expect(totals).toMatchObject({ commits: 1, costUsd: 0.25, priced: 1 });
    };
    check(await report());
    await repository.succeed(["branch", "merge", id]);
    await repository.succeed(["branch", "cleanup", id]);
    expect(repository.git("branch", "--list", "feature/*")).toBe("");
    check(await report());
    const text = await repository.succeed(["report", "--since", "1h"]);
    expect(text).toMatch(
      /^Since .*: 1 ticket, 1 commit, 3 sessions of agents \(.* in all\), 0\.25 USD known of 1 of them\.\n/,
    );
    expect(text).toContain(`\n${id} Reported (new -> done)\n`);
    expect(text).toMatch(/ {2}reviewer-0: review -> qa\n/);
    expect(text).toMatch(/ {2}worker-0: commit [0-9a-f]{8} Work of worker-0\n/);
    expect(text).toMatch(/\n {2}session 1 of worker-0: \d+s, exited, 0\.25 USD\n/);
  });

  test("before and after a moment; nothing is one sentence; a wrong moment is 2", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Old"]);
    const old = new Date(Date.now() + 60_000).toISOString();
    const nothing = await repository.wiggum(["report", "--since", old]);
    expect(nothing.exitCode).toBe(0);
    expect(nothing.stdout).toMatch(/^Nothing was done since \d{4}-\d\d-\d\d \d\d:\d\d\.\n$/);
    expect(await repository.succeed(["report", "--since", "1m"])).toContain(`${id} Old (new -> ready)`);
    for (const wrong of ["yesterday", "", "7"]) {
      const ran = await repository.wiggum(["report", "--since", wrong]);
      expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    }
  });
});
