// What a person reads when something is refused before anything is done: the sentence, the next step, the exit number. Real projects.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { composition } from "./compose.js";
import { runWithFakes } from "./testing/fake-host.js";

let base: string;
let root: string;

const environment = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@localhost",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@localhost",
};

beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-refusals-")));
  root = join(base, "project");
  mkdirSync(root);
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "one");
  expect(await wiggum(["init", "--agent", "sh -c true"])).toMatchObject({ exitCode: 0 });
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function git(...inputs: readonly string[]): string {
  return execFileSync("git", inputs, { cwd: root, encoding: "utf8", env: { ...environment, HOME: base } });
}

const wiggum = (typed: readonly string[], more: Record<string, string> = {}, workingDirectory = root) =>
  runWithFakes(typed, {
    composition,
    workingDirectory,
    environment: { ...environment, HOME: base, ...more },
  });

const write = (path: string, text: string | Uint8Array) => writeFileSync(join(root, path), text);

async function create(title: string): Promise<string> {
  return (await wiggum(["ticket", "create", title])).stdout.trim();
}

test("outside a project: the sentence of the contract, exit 1, a next step that works there", async () => {
  for (const typed of [["status"], ["doctor"], ["ticket", "list"], ["run", "--once"], ["hook", "list"]]) {
    const ran = await wiggum(typed, {}, base);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr.split("\n")[0]).toBe("[error] Not in a wiggum project. Run 'wiggum init' first.");
    expect(ran.stderr).toMatch(/\n {8}next: .*wiggum init/);
    expect(ran.stderr).not.toContain("doctor");
  }
});

describe("a role that is no name is a bad argument", () => {
  test.each(["bad role", "../up", "a/b", "", "-x", "x".repeat(50), "rôle"])("%j", async (role) => {
    const id = await create("One");
    for (const typed of [
      ["spawn", "--", role, id],
      ["spawn", "--", role, "tk-nobody"],
      ["spawn", "--dry-run", "--", role, id],
      ["start", "Two", `--role=${role}`],
    ]) {
      const ran = await wiggum(typed);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).not.toMatch(/[Aa]gent not found|registry/);
      expect(ran.stderr).toMatch(
        /\[error\] (?:'.*' cannot be the name of a role|.*(?:role>|--role) is empty)/,
      );
      expect(ran.stderr).toMatch(/\n {8}next: ./);
    }
    // Nothing was claimed, and no ticket was filed for an agent that cannot be.
    expect((await wiggum(["ticket", "ready"])).stdout).toBe(`${id}\n`);
  });
});

describe("a flag whose value cannot be used is a bad argument: exit 2, with the path", () => {
  test("--config", async () => {
    const missing = join(base, "nope");
    for (const typed of [
      ["--config", missing, "status"],
      ["status", `--config=${missing}`],
    ]) {
      const ran = await wiggum(typed);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toContain(`[error] --config names ${missing}, which does not exist\n        next: `);
    }
    expect((await wiggum(["--config", base, "status"])).stderr).toContain(
      `--config names ${base}, which cannot be read: it is a folder`,
    );
    expect((await wiggum(["--config", "", "status"])).exitCode).toBe(2);
    expect((await wiggum(["--session", "", "status"])).exitCode).toBe(2);
    // A variable of the environment is no argument.
    const ran = await wiggum(["status"], { WIGGUM_CONFIG_PATH: missing });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(`WIGGUM_CONFIG_PATH names ${missing}, which does not exist`);
  });

  test("--prompt", async () => {
    const id = await create("One");
    const missing = join(base, "nope.md");
    const ran = await wiggum(["spawn", "worker", id, "--prompt", missing]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`--prompt names ${missing}, which does not exist`);
    expect((await wiggum(["ticket", "show", id])).stdout).toContain("state: ready\n");
  });

  test("--agent", async () => {
    const ran = await wiggum(["init", "--agent", "codex 'exec"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("[error] --agent is no command: a ' has no partner\n        next: ");
  });
});

describe("settings", () => {
  test("one problem is one sentence", async () => {
    write(".wiggum/config.yaml", "maxRounds: many\n");
    const ran = await wiggum(["status"]);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toBe(
      '[error] .wiggum/config.yaml:1: maxRounds must be a whole number from 1 to 100, not "many"\n' +
        "        next: Correct .wiggum/config.yaml, then run the command again.\n",
    );
  });

  test("several are told at once, each once, in words of ours", async () => {
    write(".wiggum/config.yaml", "maxRounds: many\nworktree:\n  setup: npm ci\nchecks: 5\n");
    write(".wiggum/config.sh", "WIGGUM_MERGE=later\n");
    const ran = await wiggum(["ticket", "list", "--json"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr.split("\n")).toEqual([
      "[error] 4 settings cannot be used",
      '        .wiggum/config.sh:1: WIGGUM_MERGE must be one of manual, auto, not "later"',
      '        .wiggum/config.yaml:1: maxRounds must be a whole number from 1 to 100, not "many"',
      "        .wiggum/config.yaml:3: worktree.setup is not known here (settings are: copy, link, setUp, tearDown, regenerable)",
      "        .wiggum/config.yaml:4: checks must be a list of commands, not 5",
      "        next: Correct each of these, then run the command again.",
      "",
    ]);
    const { error } = JSON.parse(ran.stdout);
    expect(error).toMatchObject({ code: "SETTINGS_INVALID" });
    expect(error.data.problems).toHaveLength(4);
  });

  test("wrong ticket types: every problem with line and path, and a next step that is there", async () => {
    write(
      ".wiggum/ticket_types.json",
      '{ "schemaVersion": 1, "defaultType": "task",\n  "types": { "task": { "initial": 5,\n    "states": 7 } } }\n',
    );
    const ran = await wiggum(["status"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("line 2: $.types.task.initial: must be a text, not 5\n");
    expect(ran.stderr).toContain(
      "line 3: $.types.task.states: must be an object by name, or a list, not 7\n",
    );
    const [, topic] = /next: .*'(wiggum help [a-z-]+)'/.exec(ran.stderr) ?? [];
    expect(await runWithFakes((topic ?? "").split(" ").slice(1))).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("a prompt that is no text stops its role's agents, before anything is claimed", async () => {
    write(".wiggum/prompts/worker.md", Buffer.from([0xff, 0xfe, 0x00]));
    const id = await create("One");
    const ran = await wiggum(["spawn", "worker", id]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("[error] .wiggum/prompts/worker.md:1: the file is no text");
    expect((await wiggum(["ticket", "show", id])).stdout).toContain("state: ready\n");
  });
});

test("a rebase that cannot be begun is no bad argument: exit 1", async () => {
  const id = await create("One");
  git("branch", `feature/${id}`);
  const shared = await wiggum(["rebase", id]);
  expect(shared.exitCode).toBe(1);
  expect(shared.stderr).toContain("[error] Nothing was rebased: main is shared\n        next: ");
  git("checkout", "-q", "--detach");
  expect(await wiggum(["rebase", id])).toMatchObject({ exitCode: 1 });
  // Without a ticket where none can be told: that is a missing argument.
  git("checkout", "-q", "-b", "topic");
  expect(await wiggum(["rebase"])).toMatchObject({ exitCode: 2 });
});

describe("init", () => {
  test.each(["no-such-agent --fast", "./tools/agent"])(
    "an agent command that cannot be found is warned about, and the project is made: %s",
    async (agent) => {
      rmSync(join(root, ".wiggum"), { recursive: true });
      const ran = await wiggum(["init", "--agent", agent]);
      expect(ran.exitCode).toBe(0);
      expect(ran.stderr).toContain(
        `[warn] Agent command: ${agent}, which cannot be started here: install it, or name another one with 'wiggum init --agent COMMAND'\n`,
      );
      const doctor = await wiggum(["doctor"]);
      expect(doctor.exitCode).toBe(0);
      expect(doctor.stdout).toMatch(/^warn {2}settings: .*\(AGENT_COMMAND_MISSING\)\n {8}next: /);
    },
  );
});

test("start: the agent's ticket is stored, whatever is said about syncing", async () => {
  const refused = await wiggum(["start", "One", "--no-sync"]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("Unknown flag: --no-sync");
  // There is no such agent, so that none is started here: the ticket stays.
  const environment = { WIGGUM_AUTO_SYNC: "false", WIGGUM_AGENT_CMD: "no-such-agent" };
  const ran = await wiggum(["start", "Two"], environment);
  expect(ran.exitCode).toBe(1);
  expect(ran.stderr).toContain("no-such-agent");
  expect((await wiggum(["ticket", "ready"])).stdout.split("\n")).toContain(ran.stdout.trim());
});
