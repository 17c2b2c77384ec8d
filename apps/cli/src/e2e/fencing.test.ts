// P28: an agent whose ticket was given to somebody else goes on typing. The holder is a person, so nothing of what it sees is its own doing.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const unasked = { environment: { WIGGUM_ON_CHANGE: "none" } };

async function worker(repository: Repository) {
  const id = await repository.succeed(["ticket", "create", "Work"]);
  const agent = await repository.succeed(["spawn", "worker", id]);
  const cwd = join(repository.root, "worktrees", agent);
  const takeOver = async () => {
    await repository.succeed(["ticket", "release", id], unasked);
    await repository.succeed(["ticket", "claim", id, "ada"], unasked);
  };
  return { id, agent, cwd, takeOver };
}

describe("after a take-over", () => {
  let repository: Repository;
  let fenced: Awaited<ReturnType<typeof worker>>;
  let other: string;
  beforeAll(async () => {
    repository = await createRepository();
    fenced = await worker(repository);
    other = await repository.succeed(["ticket", "create", "Another"]);
    await fenced.takeOver();
  }, 60_000);
  afterAll(() => repository.remove());

  test.each([
    ["comments on its ticket, not having seen the change", ["ticket", "comment", "ID", "me", "still here"]],
    ["hands it in", ["ticket", "transition", "ID", "review"]],
    ["writes to another one", ["ticket", "comment", "OTHER", "me", "still here"]],
    ["claims another one", ["ticket", "claim", "OTHER", "worker-0"]],
    ["starts a reviewer", ["spawn", "reviewer", "ID"]],
    ["starts a worker for another one", ["spawn", "worker", "OTHER"]],
    ["runs a hook by hand", ["hook", "run", "on-draft-done", "ID"]],
    ["supervises", ["run", "--once"]],
    ["merges", ["branch", "merge", "ID"]],
    ["cleans up", ["branch", "cleanup", "ID"]],
    ["ends an agent", ["kill", "worker-0"]],
  ])("an agent that %s is told to stop (10), and nothing is changed", async (_what, typed) => {
    const refs = () => [
      repository.git("for-each-ref"),
      repository.git("--git-dir", join(repository.root, ".wiggum", "tickets.git"), "for-each-ref"),
    ];
    const before = [...refs(), await repository.succeed(["list", "--format", "ids"])];
    const words = typed.map((word) => (word === "ID" ? fenced.id : word === "OTHER" ? other : word));
    const ran = await repository.wiggum(words, { cwd: fenced.cwd });
    expect([ran.exitCode, ran.stdout]).toEqual([10, ""]);
    expect(ran.stderr).toMatch(/taken over by ada/);
    expect([...refs(), await repository.succeed(["list", "--format", "ids"])]).toEqual(before);
  });
});

test("a take-over while the checks of its merge run: the base branch stays where it is", async () => {
  const repository = await createRepository();
  try {
    const { id, cwd, takeOver } = await worker(repository);
    const inside = (...words: readonly string[]) => repository.git("-C", cwd, ...words);
    writeFileSync(join(cwd, "work.txt"), "work\n");
    inside("add", "work.txt");
    inside("commit", "-qm", "Work");
    inside("update-ref", `refs/heads/feature/${id}`, "HEAD");
    const begun = join(repository.programs, "begun");
    const goOn = join(repository.programs, "go-on");
    const check = repository.write(
      "../programs/check.sh",
      `: > '${begun}'\nuntil [ -e '${goOn}' ]; do sleep 0.05; done\n`,
    );
    repository.write(".wiggum/config.yaml", `checks: [[sh, "${check}"]]\n`);
    const main = repository.git("rev-parse", "main");
    const merging = repository.wiggum(["branch", "merge", id], { cwd });
    await eventually("the check runs", async () => existsSync(begun));
    await takeOver();
    writeFileSync(goOn, "");
    const ran = await merging;
    expect(ran.exitCode).toBe(10);
    expect(ran.stderr).toMatch(/taken over by ada/);
    expect(repository.git("rev-parse", "main")).toBe(main);
  } finally {
    await repository.remove();
  }
}, 60_000);

test("an agent cannot end itself by a command of its own session: it is told so, and works on", async () => {
  const agent = '"$WIGGUM_BIN" kill "$WIGGUM_AGENT_ID"; echo "kill said $?"; while :; do sleep 1; done';
  const repository = await createRepository({ agent });
  try {
    const id = await repository.succeed(["ticket", "create", "Work"]);
    const name = await repository.succeed(["spawn", "worker", id]);
    const said = await eventually("it has tried", async () => {
      const output = await repository.succeed(["logs", name]);
      return output.includes("kill said") && output;
    });
    expect(said).toMatch(/cannot be ended by a command of its own session: nothing was done/);
    expect(said).toMatch(/kill said 1$/m);
    expect(await repository.succeed(["list", "--format", "ids"])).toBe(name);
  } finally {
    await repository.remove();
  }
}, 60_000);
