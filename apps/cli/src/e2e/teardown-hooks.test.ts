// A teardown beside hooks that start agents, by the built program with real processes: nothing of them is left, and no hook is repeated for it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRepository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).error === undefined;
const runners = isTmuxThere ? ["process", "tmux"] : ["process"];

interface Row {
  readonly hook: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastOutput?: string;
}

/** A worker's ticket that is ready for review; agents note their names in `agents` as they begin. */
async function createStage(runner: string, setup = "") {
  const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
  const repository = await createRepository({
    agent: 'echo "$WIGGUM_AGENT_ID" >> ../../agents; while :; do sleep 1; done',
    environment: () => ({ WIGGUM_RUNNER: runner, TMUX_TMPDIR: sockets, TERM: "xterm" }),
  });
  onTestFinished(async () => {
    writeFileSync(join(repository.root, "go"), "");
    await repository.remove();
    rmSync(sockets, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  if (setup !== "") {
    repository.write("set-up.sh", setup, 0o755);
    const config = repository.read(".wiggum/config.yaml");
    repository.write(
      ".wiggum/config.yaml",
      `${config}\nworktree:\n  setUp: sh ${repository.root}/set-up.sh\n`,
    );
  }
  const id = await repository.succeed(["ticket", "create", "Something"]);
  await repository.succeed(["spawn", "worker", id]);
  const worktree = join(repository.root, "worktrees", "worker-0");
  writeFileSync(join(worktree, "work.txt"), "work\n");
  repository.git("-C", worktree, "add", "work.txt");
  repository.git("-C", worktree, "commit", "-qm", "Work");
  const handIn = () => repository.succeed(["ticket", "transition", id, "review"], { cwd: worktree });
  const isThere = (name: string) =>
    eventually(`the file ${name}`, async () => existsSync(join(repository.root, name)));
  const rows = () => repository.json<readonly Row[]>(["hook", "pending", id]);
  const lines = (name: string) => readFileSync(join(repository.root, name), "utf8").trimEnd().split("\n");
  return { repository, id, handIn, isThere, rows, lines };
}

/** Waits for `go`, then starts a reviewer as the shipped hook does, but takes every refusal for a failure. */
const slowHook = `#!/bin/sh
echo run >> "$PROJECT_ROOT/runs"
touch "$PROJECT_ROOT/begun"
until [ -e "$PROJECT_ROOT/go" ]; do sleep 0.05; done
"$WIGGUM_BIN" spawn reviewer "$WIGGUM_TICKET_ID" </dev/null
code=$?
echo "$code" > "$PROJECT_ROOT/code"
exit "$code"
`;

/** The set-up of a reviewer's worktree takes until somebody ends it. */
const slowSetUp = `case "$PWD" in */reviewer-*) echo x >> ../../begun; exec sleep 600 ;; esac\n`;

describe.each(runners)("teardown beside a hook, with the %s runner", { timeout: 180_000 }, (runner) => {
  // P9 P36
  test("what a hook starts after it is refused, and the hook is not run again by itself, but by a person's order", async () => {
    const stage = await createStage(runner);
    const { repository, id } = stage;
    repository.write(".wiggum/hooks/on-draft-done", slowHook, 0o755);
    await stage.handIn();
    await stage.isThere("begun");
    const torn = await repository.wiggum(["teardown", "--force"]);
    expect(torn.stderr).toMatch(/\[ok\] Session terminated\n$/);
    expect(torn.exitCode).toBe(0);
    repository.write("go", "");
    const row = await eventually("the hook has ended", async () =>
      (await stage.rows()).find(({ status }) => status !== "started"),
    );
    expect(row).toMatchObject({ hook: "on-draft-done", status: "failed", attempts: 1 });
    expect(row.lastOutput).toContain(
      "'wiggum teardown' ended the session after what on-draft-done was run for",
    );
    expect(row.lastOutput).toContain("not tried again by itself");
    expect(stage.lines("code")).toEqual(["9"]);
    expect(stage.lines("runs")).toHaveLength(1);
    expect(stage.lines("agents")).toEqual(["worker-0"]);
    expect(await repository.succeed(["list", "--format", "ids"])).toBe("");
    expect((await repository.wiggum(["teardown"])).exitCode).toBe(3);

    const [{ eventId } = { eventId: "" }] = await repository.json<{ eventId: string }[]>([
      "hook",
      "pending",
      id,
    ]);
    await repository.succeed(["hook", "retry", eventId, "on-draft-done"]);
    await eventually("the reviewer is there", async () =>
      (await repository.succeed(["list", "--format", "ids"])).includes("reviewer-"),
    );
  });

  // P9 P36
  test("an agent that is just being started for a hook is ended, and the shipped hook takes that for its end", async () => {
    const stage = await createStage(runner, slowSetUp);
    const { repository } = stage;
    await stage.handIn();
    await stage.isThere("begun");
    const torn = await repository.wiggum(["teardown", "--force"]);
    expect(torn.stderr).toMatch(/\[ok\] Session terminated\n$/);
    await eventually("the hook is through", async () => (await stage.rows()).length === 0);
    expect(stage.lines("begun")).toHaveLength(1);
    expect(stage.lines("agents")).toEqual(["worker-0"]);
    expect(await repository.succeed(["list", "--format", "ids"])).toBe("");
    expect((await repository.wiggum(["teardown"])).exitCode).toBe(3);
  });
});
