// Agents: spawn, start, list, logs, ping, status, kill, capacity, by the built program with real processes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string) => repository.succeed(["ticket", "create", title]);

test("before any agent was started: exit 3, after the arguments were checked", async () => {
  const fresh = await createRepository();
  try {
    for (const typed of [["list"], ["logs", "worker-0"], ["ping", "worker-0", "hi"], ["kill", "worker-0"]]) {
      const ran = await fresh.wiggum(typed);
      expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
      expect(ran.stderr).toMatch(/^\[error\] Session not found\n {8}next: /);
    }
    expect((await fresh.wiggum(["logs"])).exitCode).toBe(2);
    expect((await fresh.wiggum(["ping", "worker-0"])).exitCode).toBe(2);
    expect(await fresh.succeed(["status"])).toContain("  (not running)\n");
    expect(await fresh.succeed(["has-capacity"])).toBe("true");
  } finally {
    await fresh.remove();
  }
});

describe("spawn", () => {
  test("prints the bare id, claims the ticket, and the agent runs in its worktree", async () => {
    const id = await create("Spawned");
    const ran = await repository.wiggum(["spawn", "worker", id]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^worker-\d+\n$/);
    const agent = ran.stdout.trim();
    expect(ran.stderr).toContain(`[ok] Spawned ${agent}\n`);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({
      state: "in-progress",
      assignedAgentId: agent,
    });
    expect(existsSync(join(repository.root, "worktrees", agent, "README.md"))).toBe(true);
    const output = await eventually("the agent's first line", async () => {
      const { stdout } = await repository.wiggum(["logs", agent]);
      return stdout.includes("hello from") && stdout;
    });
    expect(output).toContain(`hello from ${agent}`);
    await repository.succeed(["kill", agent, "--force"]);
  });

  test("a second one for the same role and ticket: exit 9, the first is named", async () => {
    const id = await create("One at a time");
    const agent = await repository.succeed(["spawn", "worker", id]);
    const second = await repository.wiggum(["spawn", "worker", id]);
    expect(second).toMatchObject({ exitCode: 9, stdout: "" });
    expect(second.stderr).toContain(agent);
    await repository.succeed(["kill", agent, "--force"]);
  });

  test("a role without a prompt: a warning with the roles that there are", async () => {
    const other = await repository.succeed(["ticket", "create", "For nobody known"]);
    const warning =
      "[warn] There is no prompt for the role wurker (roles: qa, reviewer, supervisor, worker): a one-line prompt is used; did you mean worker?\n";
    const planned = await repository.wiggum(["spawn", "wurker", other, "--dry-run"]);
    expect(planned).toMatchObject({ exitCode: 0, stderr: warning });
    const usual = await repository.wiggum(["spawn", "reviewer", other, "--dry-run"]);
    expect(usual.stderr).not.toContain("There is no prompt");
  });

  test("--dry-run prints the plan and does nothing", async () => {
    const id = await create("Planned");
    const before = await repository.succeed(["list", "--format", "ids"]);
    const plan = await repository.succeed(["spawn", "worker", id, "--dry-run"]);
    expect(plan).toContain(id);
    expect(await repository.succeed(["list", "--format", "ids"])).toBe(before);
    expect((await repository.json<{ state: string }>(["ticket", "show", id])).state).toBe("ready");
  });

  test.each([
    [["spawn"], 2],
    [["spawn", "worker"], 2],
    [["spawn", "worker", "tk-ffff0000"], 5],
  ])("%j: exit %i, nothing made", async (typed, exitCode) => {
    const ran = await repository.wiggum(typed);
    expect(ran).toMatchObject({ exitCode, stdout: "" });
    expect(ran.stderr).toContain("        next: ");
  });

  test("an agent command that cannot be found is refused before anything is claimed", async () => {
    const id = await create("No command");
    const environment = { WIGGUM_AGENT_CMD: "no-such-agent --flag" };
    const ran = await repository.wiggum(["spawn", "worker", id], { environment });
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain("no-such-agent");
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "ready", leaseEpoch: 0 });
  });

  test("no room: exit 12; --force goes over the limit", async () => {
    const environment = { WIGGUM_MAX_AGENTS: "1" };
    const [one, two] = [await create("Room 1"), await create("Room 2")];
    const first = await repository.succeed(["spawn", "worker", one], { environment });
    const full = await repository.wiggum(["has-capacity"], { environment });
    expect(full).toMatchObject({ exitCode: 1, stdout: "false\n" });
    const refused = await repository.wiggum(["spawn", "worker", two], { environment });
    expect(refused).toMatchObject({ exitCode: 12, stdout: "" });
    expect(refused.stderr).toContain("[error] No capacity: 1 of 1 agents are working\n");
    expect((await repository.json<{ state: string }>(["ticket", "show", two])).state).toBe("ready");
    const second = await repository.succeed(["spawn", "worker", two, "--force"], { environment });
    for (const agent of [first, second]) await repository.succeed(["kill", agent, "--force"]);
  });

  test("--prompt is the prompt that the agent gets", async () => {
    const id = await create("Own prompt");
    const path = repository.write("own.md", "Only {TICKET_ID}, nothing else.\n");
    const agent = await repository.succeed(["spawn", "worker", id, "--prompt", path]);
    expect(repository.read(`worktrees/${agent}/.wiggum/current_prompt.md`)).toContain(
      `Only ${id}, nothing else.`,
    );
    await repository.succeed(["kill", agent, "--force"]);
  });
});

test("start: a ticket and its worker, two lines", async () => {
  const ran = await repository.wiggum(["start", "Started", "--priority", "1"]);
  expect(ran.exitCode).toBe(0);
  const [, id = "", agent = ""] = /^(tk-[0-9a-f]+)\n(worker-\d+)\n$/.exec(ran.stdout) ?? [];
  expect(await repository.json(["ticket", "show", id])).toMatchObject({
    assignedAgentId: agent,
    priority: 1,
  });
  await repository.succeed(["kill", agent, "--force"]);
  const environment = { WIGGUM_MAX_AGENTS: "1" };
  const holder = await repository.succeed(["spawn", "worker", await create("Holder")], { environment });
  const full = await repository.wiggum(["start", "Without room"], { environment });
  expect(full.exitCode).toBe(12);
  expect(full.stdout).toMatch(/^tk-[0-9a-f]+\n$/);
  await repository.succeed(["kill", holder, "--force"]);
});

describe("a running agent", () => {
  let id: string;
  let agent: string;
  beforeAll(async () => {
    id = await create("Running");
    agent = await repository.succeed(["spawn", "worker", id]);
  });
  afterAll(() => repository.wiggum(["kill", agent, "--force"]));

  test("list: table, ids, the registry of the original, the envelope", async () => {
    const table = await repository.succeed(["list"]);
    expect(table).toContain(`\nAGENT        ROLE         TICKET       UPTIME    \n${"-".repeat(48)}\n`);
    expect(table).toMatch(new RegExp(`\\n${agent} +worker +${id} +\\d+s`));
    expect((await repository.succeed(["list", "--format", "ids"])).split("\n")).toContain(agent);
    const registry = JSON.parse(await repository.succeed(["list", "--format", "json"]));
    expect(registry[agent]).toMatchObject({ role: "worker", started_at: expect.stringMatching(/^\d{4}-/) });
    const data = await repository.json<{ agentId: string; state: string; why: string }[]>(["list"]);
    expect(data.find(({ agentId }) => agentId === agent)).toMatchObject({ ticketId: id, usesSlot: true });
    expect((await repository.wiggum(["list", "--format", "xml"])).exitCode).toBe(2);
  });

  // P23: the state and what it is known from.
  test("status: session, agents, tickets; --verbose says why", async () => {
    const text = await repository.succeed(["status", "--verbose"]);
    expect(text).toMatch(/^SESSION: wiggum-project$/m);
    expect(text).toMatch(/^ {2}Panes: \d+$/m);
    expect(text).toMatch(new RegExp(`^ {2}${agent} +${id} +in-progress +`, "m"));
    expect(text).toMatch(/^ {2}in-progress: \d+$/m);
    expect(text).toContain("READY TICKETS:");
    expect(await repository.succeed(["status", "--format", "tmux"])).toMatch(
      /^#\[fg=green\]\d+#\[default\] #\[fg=yellow\]\d+#\[default\]$/,
    );
  });

  test("ping: delivered or queued, never just ok; the caller's text arrives", async () => {
    const ran = await repository.wiggum(["ping", agent, "please", "rebase"]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(ran.stderr).toMatch(
      new RegExp(`^\\[warn\\] Pinged ${agent}, .+ waits in its inbox \\(.+/\\.wiggum/inbox\\.jsonl\\)\\n$`),
    );
    const delivery = await repository.json<{ status: string; messageId: string }>(["ping", agent, "again"]);
    expect(["delivered", "queued"]).toContain(delivery.status);
    expect(delivery.messageId).not.toBe("");
  });

  test("feedback tells the assigned agent", async () => {
    const ran = await repository.wiggum(["ticket", "feedback", id, "Review", "Please look"]);
    expect(ran.stderr).toContain(`[info] Told ${agent} (`);
  });

  test("logs: --tail, --follow until the reader stops it", async () => {
    expect(await repository.succeed(["logs", agent, "--tail", "0"])).toBe("");
    const child = repository.start(["logs", agent, "--follow"]);
    const seen: string[] = [];
    child.stdout?.on("data", (part: Buffer) => seen.push(part.toString()));
    await eventually("the first lines", async () => seen.join("").includes("hello from"));
    child.kill("SIGINT");
    const exitCode = await new Promise((resolve) => child.once("close", resolve));
    expect(exitCode).toBe(0);
  });

  test("unknown agents: exit 4", async () => {
    for (const typed of [
      ["logs", "worker-99"],
      ["ping", "worker-99", "hi"],
      ["kill", "worker-99"],
      ["kill", "nobody"],
    ]) {
      const ran = await repository.wiggum(typed);
      expect(ran).toMatchObject({ exitCode: 4, stdout: "" });
      expect(ran.stderr).toContain(`[error] Agent not found in registry: ${typed[1]}\n`);
    }
  });

  test("an agent's own commands answer for the agent, in its worktree", async () => {
    const cwd = join(repository.root, "worktrees", agent);
    await repository.succeed(["ticket", "show", id], { cwd });
    const ran = await repository.wiggum(["ticket", "comment", id, agent, "from inside"], { cwd });
    expect(ran.exitCode).toBe(0);
    const history = await repository.json<{ actor: { kind: string; id: string } }[]>([
      "ticket",
      "history",
      id,
    ]);
    expect(history.at(-1)?.actor).toMatchObject({ kind: "agent", id: agent });
  });
});

describe("kill", () => {
  test("ends the processes, removes worktree and branch; --release gives the ticket back", async () => {
    const id = await create("Killed");
    const agent = await repository.succeed(["spawn", "worker", id]);
    const ran = await repository.wiggum(["kill", agent, "--release"]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(ran.stderr).toContain(`[ok] Killed ${agent}\n`);
    expect(existsSync(join(repository.root, "worktrees", agent))).toBe(false);
    expect(repository.git("branch", "--list", agent)).toBe("");
    expect(await repository.succeed(["ticket", "ready"])).toContain(id);
    expect(await repository.succeed(["list", "--format", "ids"])).not.toContain(agent);
  });

  // P24: no command destroys a byte of work that cannot be restored.
  test("work that is nowhere else stays; --force salvages it first", async () => {
    const id = await create("Precious");
    const agent = await repository.succeed(["spawn", "worker", id]);
    repository.write(`worktrees/${agent}/precious.txt`, "only here\n");
    const kept = await repository.wiggum(["kill", agent]);
    expect(kept.exitCode).toBe(0);
    expect(kept.stderr).toMatch(/^\[warn\] /m);
    expect(existsSync(join(repository.root, "worktrees", agent, "precious.txt"))).toBe(true);
    const forced = await repository.wiggum(["kill", agent, "--force"]);
    expect(forced.exitCode).toBe(0);
    const name = /wiggum salvage restore (\S+)/.exec(forced.stderr)?.[1] ?? "";
    expect(await repository.succeed(["salvage", "list"])).toContain("precious.txt");
    const entries = await repository.json<{ name: string; agentId: string }[]>(["salvage", "list"]);
    expect(entries.map((entry) => entry.name)).toContain(name);
    expect(await repository.succeed(["salvage", "show", name])).toContain("precious.txt");
    const folder = await repository.succeed(["salvage", "restore", name, "--into", "rescued"]);
    expect(repository.read("rescued/precious.txt")).toBe("only here\n");
    expect(folder).toContain("rescued");
    repository.write("rescued/precious.txt", "mine now\n");
    const blocked = await repository.wiggum(["salvage", "restore", name, "--into", "rescued"]);
    expect(blocked.exitCode).toBe(1);
    expect(blocked.stderr).toContain("in the way: precious.txt");
    expect(repository.read("rescued/precious.txt")).toBe("mine now\n");
    await repository.succeed(["salvage", "drop", name]);
    expect(await repository.succeed(["salvage", "list"])).not.toContain(name);
    for (const verb of ["show", "restore", "drop"]) {
      expect((await repository.wiggum(["salvage", verb, "no-such-name"])).exitCode).toBe(2);
    }
  });
});
