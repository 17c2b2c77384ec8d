// States: transitions, claims, named edges, and what a caller is told when somebody else was there first.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string, ...flags: readonly string[]) =>
  repository.succeed(["ticket", "create", title, ...flags]);
const stateOf = async (id: string) =>
  (await repository.json<{ state: string }>(["ticket", "show", id])).state;

describe("transition", () => {
  test("says from where to where", async () => {
    const id = await create("Move");
    const ran = await repository.wiggum(["ticket", "transition", id, "closed"]);
    expect(ran).toEqual({ exitCode: 0, stdout: "", stderr: `[ok] Transitioned ${id}: ready -> closed\n` });
    const data = await repository.json<{ id: string }[]>(["ticket", "history", id]);
    expect(data.at(-1)).toMatchObject({ from: "ready", to: "closed" });
  });

  test("an edge that does not exist: exit 6 with the edges that do", async () => {
    const id = await create("Illegal");
    const ran = await repository.wiggum(["ticket", "transition", id, "done"]);
    expect(ran).toMatchObject({ exitCode: 6, stdout: "" });
    expect(ran.stderr).toContain("[error] Cannot transition from 'ready' to 'done'\n");
    expect(ran.stderr).toMatch(/Allowed transitions from 'ready': in-progress, closed/);
    expect(await stateOf(id)).toBe("ready");
  });

  test("an unknown state: exit 6 with the valid ones", async () => {
    const id = await create("Unknown state");
    const ran = await repository.wiggum(["ticket", "transition", id, "nirvana"]);
    expect(ran).toMatchObject({ exitCode: 6, stdout: "" });
    expect(ran.stderr).toContain("[error] Invalid state: nirvana\n");
    expect(ran.stderr).toMatch(/Valid states: ready, in-progress, review, qa, done, closed/);
  });

  test("the state that it has: exit 6, naming who set it", async () => {
    const id = await create("Same state");
    await repository.succeed(["ticket", "transition", id, "closed"]);
    const ran = await repository.wiggum(["ticket", "transition", id, "closed"]);
    expect(ran).toMatchObject({ exitCode: 6, stdout: "" });
    expect(ran.stderr).toContain(`${id} is in state 'closed' already`);
    expect(ran.stderr).toMatch(/set by manual at \d{4}-/);
  });

  test("--dry-run prints the plan and does nothing", async () => {
    const id = await create("Plan");
    const ran = await repository.wiggum(["ticket", "transition", id, "in-progress", "--dry-run"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain("in-progress");
    expect(await stateOf(id)).toBe("ready");
    const refused = await repository.wiggum(["ticket", "transition", id, "done", "--dry-run"]);
    expect(refused).toMatchObject({ exitCode: 6, stdout: "" });
  });

  test("--dry-run refuses what would be refused, in the same words", async () => {
    const first = await create("Comes first");
    const waits = await create("Waits", "--dep", first);
    const asks = await create("Asks");
    await repository.succeed(["ticket", "action", "require", asks, "Which colour?"]);
    const held = await create("Held");
    await repository.succeed(["ticket", "claim", held, "worker-7"]);
    for (const [id, state] of [
      [waits, "in-progress"],
      [asks, "in-progress"],
      [held, "in-progress"],
      [held, "nonsense"],
    ] as const) {
      const asked = await repository.wiggum(["ticket", "transition", id, state, "--dry-run"]);
      const real = await repository.wiggum(["ticket", "transition", id, state]);
      expect(real.exitCode).toBe(6);
      expect(asked).toEqual(real);
    }
  });

  test("--no-sync changes the file; sync takes the edge with its hooks", async () => {
    const id = await create("By file");
    repository.write(".wiggum/hooks/pre-close", "#!/bin/sh\nexit 0\n", 0o755);
    await repository.succeed(["ticket", "transition", id, "closed", "--no-sync"]);
    expect(await stateOf(id)).toBe("ready");
    const synced = await repository.wiggum(["ticket", "sync"]);
    expect(synced.stderr).toContain(`[ok] Transitioned ${id}: ready -> closed\n`);
    expect(await stateOf(id)).toBe("closed");
  });
});

describe("before-hooks", () => {
  test("one that fails blocks: exit 1, named with its output, nothing changed; --no-hooks goes past", async () => {
    const hooked = await createRepository();
    try {
      hooked.write(
        ".wiggum/hooks/pre-review",
        '#!/bin/sh\nprintf "lint: 3 \\033[31merrors\\n"\nexit 4\n',
        0o755,
      );
      const id = await hooked.succeed(["ticket", "create", "Checked"]);
      await hooked.succeed(["ticket", "claim", id, "me"]);
      const ran = await hooked.wiggum(["ticket", "transition", id, "review"]);
      expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
      expect(ran.stderr).toContain("[error] Pre-transition hook 'pre-review' failed - transition blocked\n");
      expect(ran.stderr).toContain("Hook failed: pre-review (exit 4)");
      expect(ran.stderr).toMatch(/lint: 3 \\(x|u00)1b\[31merrors/);
      expect((await hooked.json<{ state: string }>(["ticket", "show", id])).state).toBe("in-progress");
      await hooked.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
    } finally {
      await hooked.remove();
    }
  });
});

describe("claim", () => {
  test("state, assignee and claim in one step; the next one is exit 9 and told who", async () => {
    const id = await create("Claimed");
    const claimed = await repository.wiggum(["ticket", "claim", id, "worker-5"]);
    expect(claimed).toMatchObject({ exitCode: 0, stdout: "" });
    expect(claimed.stderr).toContain(`[ok] Claimed ${id} for worker-5\n`);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-5",
      leaseEpoch: 1,
    });
    const beaten = await repository.wiggum(["ticket", "claim", id, "worker-6"]);
    expect(beaten).toMatchObject({ exitCode: 9, stdout: "" });
    expect(beaten.stderr).toContain("worker-5");
  });

  test("of many at one instant exactly one wins", async () => {
    const id = await create("Race");
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, index) => repository.wiggum(["ticket", "claim", id, `worker-${index}`])),
    );
    expect(runs.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    for (const { exitCode } of runs) expect([0, 8, 9]).toContain(exitCode);
    const { assignedAgentId } = await repository.json<{ assignedAgentId: string }>(["ticket", "show", id]);
    const winner = runs.findIndex(({ exitCode }) => exitCode === 0);
    expect(assignedAgentId).toBe(`worker-${winner}`);
    for (const { stderr } of runs.filter(({ exitCode }) => exitCode === 9))
      expect(stderr).toContain(assignedAgentId);
  });

  test("a ticket whose dependency is not done cannot be claimed; the dependency is named", async () => {
    const first = await create("Needed");
    const id = await create("Waits", "--dep", first);
    const ran = await repository.wiggum(["ticket", "claim", id, "worker-5"]);
    expect(ran.exitCode).toBe(6);
    expect(ran.stderr).toContain(first);
    expect(await stateOf(id)).toBe("ready");
  });

  test("a person names the agent; release gives the ticket back", async () => {
    const id = await create("Back");
    expect((await repository.wiggum(["ticket", "claim", id])).exitCode).toBe(2);
    await repository.succeed(["ticket", "claim", id, "worker-5"]);
    const released = await repository.wiggum(["ticket", "release", id]);
    expect(released).toMatchObject({ exitCode: 0, stderr: `[ok] Released ${id}\n` });
    expect(await repository.succeed(["ticket", "ready"])).toContain(id);
  });
});

describe("named edges", () => {
  test("approve, reject, close; reopen where the type has no such edge", async () => {
    const id = await create("Edges");
    await repository.succeed(["ticket", "claim", id, "worker-5"]);
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
    const rejected = await repository.wiggum([
      "ticket",
      "reject",
      id,
      "No",
      "test",
      "--no-hooks",
      "--source",
      "Review",
    ]);
    expect(rejected.stderr).toContain(`[ok] Rejected ${id}: review -> in-progress\n`);
    expect(await repository.succeed(["ticket", "show", id])).toMatch(/## Feedback\n[\s\S]*### From Review/);
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
    const approved = await repository.wiggum(["ticket", "approve", id, "--no-hooks"]);
    expect(approved.stderr).toContain(`[ok] Approved ${id}: review -> qa\n`);
    const closed = await repository.wiggum(["ticket", "close", id, "-", "--no-hooks"], {
      input: "Not needed\n",
    });
    expect(closed.stderr).toContain(`[ok] Closed ${id}: qa -> closed\n`);
    const nothing = await repository.wiggum(["ticket", "approve", id]);
    expect(nothing).toMatchObject({ exitCode: 6, stdout: "" });
    expect(nothing.stderr).toContain(`[error] Nothing to approve: ${id} is in state 'closed'\n`);
    expect((await repository.wiggum(["ticket", "reopen", id])).exitCode).toBe(6);
  });
});

describe("ticket types", () => {
  test("a wrong file is refused with all its problems; put right, everything goes on", async () => {
    const typed = await createRepository();
    try {
      const id = await typed.succeed(["ticket", "create", "Kept"]);
      const original = typed.read(".wiggum/ticket_types.json");
      typed.write(".wiggum/ticket_types.json", '{ "states": ["ready",, ] }');
      const malformed = await typed.wiggum(["ticket", "list"]);
      expect(malformed).toMatchObject({ exitCode: 1, stdout: "" });
      expect(malformed.stderr).toMatch(/^\[error\] .*ticket_types\.json:1:22: .+\n {8}next: .+\n$/);
      const wrong = JSON.parse(original);
      wrong.types.task.transitions[0].to = "nirvana";
      wrong.types.task.initial = "limbo";
      typed.write(".wiggum/ticket_types.json", JSON.stringify(wrong));
      const impossible = await typed.wiggum(["ticket", "list"]);
      expect(impossible).toMatchObject({ exitCode: 1, stdout: "" });
      expect(impossible.stderr).toContain("nirvana");
      expect(impossible.stderr).toContain("limbo");
      expect(impossible.stderr).toContain("$.types.task");
      typed.write(".wiggum/ticket_types.json", original);
      expect(await typed.succeed(["ticket", "list"])).toContain(id);
    } finally {
      await typed.remove();
    }
  });
});
