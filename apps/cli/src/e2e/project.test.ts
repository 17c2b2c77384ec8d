// The whole project: run, doctor; and that every command is run by some test here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { app } from "../app.js";
import { allLeaves, rootCommands } from "../tree.js";
import { createRepository, type Repository } from "./built-wiggum.js";

// Hands in a commit and ends.
const diligentAgent = `
case $WIGGUM_AGENT_ID in
worker-*)
  echo "$WIGGUM_TICKET_ID" > "$WIGGUM_TICKET_ID.txt"
  git add . && git -c user.name=W -c user.email=w@example.org commit -qm "Work on $WIGGUM_TICKET_ID"
  exec "$WIGGUM_BIN_OF_TEST" ticket transition "$WIGGUM_TICKET_ID" review ;;
*) exec "$WIGGUM_BIN_OF_TEST" ticket approve "$WIGGUM_TICKET_ID" ;;
esac`;

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository({ agent: diligentAgent.replaceAll('"$WIGGUM_BIN_OF_TEST"', "wiggum") });
});
afterAll(() => repository.remove());

describe("run", () => {
  test("--dry-run prints what would be done; --until-done does it", async () => {
    const first = await repository.succeed(["ticket", "create", "First"]);
    const second = await repository.succeed(["ticket", "create", "Second", "--dep", first]);
    const plan = await repository.succeed(["run", "--dry-run"]);
    expect(plan).toContain(`spawn worker for ${first}`);
    expect(plan).not.toContain(`for ${second}`);
    expect((await repository.json<{ state: string }>(["ticket", "show", first])).state).toBe("ready");
    const environment = { WIGGUM_MERGE: "auto", WIGGUM_POLL_INTERVAL: "1" };
    const ran = await repository.wiggum(["run", "--until-done"], { environment });
    expect(ran.stderr).toContain("[ok] All tickets are done\n");
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(repository.read(`${second}.txt`)).toBe(`${second}\n`);
    expect(await repository.succeed(["list", "--format", "ids"])).not.toContain("reviewer");
  });

  test("--once ends after one round; --json tells the result", async () => {
    const result = await repository.json<{ ticks: number }>(["run", "--once"]);
    expect(result.ticks).toBe(1);
  });

  test("until a signal: Ctrl-C ends it with exit 0", async () => {
    const child = repository.start(["run"]);
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (part: Buffer) => {
        said.push(part.toString());
        if (said.join("").includes("Supervising")) resolve();
      });
    });
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  });

  test("a ticket on which a person must act is stuck: named, exit 1", async () => {
    const id = await repository.succeed(["ticket", "create", "Needs a person"]);
    await repository.succeed(["ticket", "action", "require", id, "Decide"]);
    const ran = await repository.wiggum(["run", "--until-done"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(id);
    await repository.succeed(["ticket", "action", "clear", id]);
    await repository.succeed(["ticket", "close", id]);
  });
});

// P13: doctor only reads; --fix prints its plan and acts; a second doctor is clean.
describe("doctor", () => {
  test("a healthy project: exit 0, nothing on standard output", async () => {
    const healthy = await createRepository();
    try {
      expect(await healthy.wiggum(["doctor"])).toEqual({
        exitCode: 0,
        stdout: "",
        // The agent of these tests is a script, of which no profile knows.
        stderr: expect.stringMatching(
          /^\[info\] No agent profile knows sh: .* \(AGENT_PROGRAM_UNKNOWN\)\n\[ok\] Nothing wrong found\n$/,
        ),
      });
    } finally {
      await healthy.remove();
    }
  });

  test("finds, plans, mends", async () => {
    const hurt = await createRepository();
    try {
      await hurt.succeed(["ticket", "create", "Kept"]);
      const wrong = hurt.write(".wiggum/tickets.git/refs/heads/main.lock", "");
      const { utimesSync } = await import("node:fs");
      utimesSync(wrong, new Date(0), new Date(0));
      const found = await hurt.wiggum(["doctor"]);
      expect(found.stdout).toContain("main.lock");
      expect(found.stdout).toMatch(/ {8}fix: /);
      const fixed = await hurt.wiggum(["doctor", "--fix"]);
      expect(fixed.stdout).toMatch(/^plan: .*main\.lock/m);
      expect(await hurt.wiggum(["doctor"])).toMatchObject({ exitCode: 0, stdout: "" });
    } finally {
      await hurt.remove();
    }
  });
});

describe("wherever it is called from", () => {
  let project: Repository;
  beforeAll(async () => {
    project = await createRepository();
  });
  afterAll(() => project.remove());

  // P7: the same command in any worktree, folder or view answers from the same revision.
  test("main root, subdirectory, ticket folder and worktree answer alike", async () => {
    const id = await project.succeed(["ticket", "create", "Everywhere"]);
    const agent = await project.succeed(["spawn", "worker", id]);
    project.write("deep/down/file", "");
    const folders = [
      "",
      "deep/down",
      ".wiggum/tickets",
      ".wiggum/hooks",
      `worktrees/${agent}`,
      `worktrees/${agent}/.wiggum/tickets`,
    ];
    const answers = [];
    for (const folder of folders) {
      const ran = await project.wiggum(["ticket", "list", "--json"], { cwd: join(project.root, folder) });
      answers.push(ran.stdout);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain(id);
  });

  // P8: no ticket operation changes the code repository, not even from a git hook that exports GIT_DIR; P19: no variable picks the store.
  test("variables of git, of tk and of the original steer nothing", async () => {
    const state = () => [
      project.git("for-each-ref"),
      project.git("status", "--porcelain"),
      project.git("rev-parse", "HEAD"),
    ];
    const before = state();
    const environment = {
      GIT_DIR: join(project.root, ".git"),
      GIT_WORK_TREE: project.root,
      GIT_INDEX_FILE: join(project.root, ".git", "index"),
      TICKETS_DIR: project.programs,
      WIGGUM_DIR: project.programs,
      WIGGUM_AGENT_ID: "worker-99",
    };
    const id = await project.succeed(["ticket", "create", "From a hook"], { environment });
    await project.succeed(["ticket", "comment", id, "me", "hello"], { environment });
    expect(state()).toEqual(before);
    expect(await project.json(["ticket", "show", id])).toMatchObject({
      title: "From a hook",
      createdBy: "manual",
    });
  });

  // P20: every reading command has --json with a version, and prints one document.
  test.each([
    [["init"]],
    [["status"]],
    [["list"]],
    [["doctor"]],
    [["has-capacity"]],
    [["branch", "list"]],
    [["hook", "list"]],
    [["hook", "pending"]],
    [["salvage", "list"]],
    [["ticket", "list"]],
    [["ticket", "ready"]],
    [["ticket", "blocked"]],
    [["ticket", "doctor"]],
    [["ticket", "sync"]],
    [["run", "--dry-run"]],
  ])("%j --json: one line, the words, the version", async (typed) => {
    const { stdout, exitCode } = await project.wiggum([...typed, "--json"]);
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toHaveLength(2);
    const envelope = JSON.parse(stdout);
    const command = typed.filter((word) => !word.startsWith("-")).join(" ");
    expect(envelope).toMatchObject({ schemaVersion: 1, command, data: expect.anything() });
    expect(Object.keys(envelope)).toEqual(["schemaVersion", "command", "store", "asOf", "data"]);
  });
});

test("every command is run by a test of the built program", () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const tests = readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  for (const { words } of allLeaves(rootCommands(app))) {
    expect(tests).toContain(words.map((word) => `"${word}"`).join(", "));
  }
});
