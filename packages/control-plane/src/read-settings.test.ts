import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWorkflowError } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { readSettings, type SettingsSources } from "./read-settings.js";
import { templatePath } from "./templates.js";

let root: ProjectRoot;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-settings-"))) as ProjectRoot;
  mkdirSync(projectPaths(root).controlDirectory);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function read(files: { shell?: string; yaml?: string }, sources: Partial<SettingsSources> = {}) {
  const paths = projectPaths(root);
  if (files.shell !== undefined) writeFileSync(paths.configShell, files.shell);
  if (files.yaml !== undefined) writeFileSync(paths.configYaml, files.yaml);
  return readSettings(root, { environment: {}, ...sources });
}

async function refusal(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isWorkflowError(error, "SETTINGS_INVALID")) throw new Error(`no refusal but ${String(error)}`);
  return error;
}

describe("precedence", () => {
  test("nothing anywhere: the defaults, named after the project", async () => {
    const { settings } = await read({});
    expect(settings).toMatchObject({
      session: `wiggum-${root.slice(root.lastIndexOf("/") + 1)}`,
      maxAgents: 4,
      pollIntervalMs: 10_000,
      agentCommand: ["claude"],
      editor: "vim",
      isAutoSync: true,
      onChange: "target",
      merge: "manual",
      leaseMs: 1_800_000,
      checks: [],
    });
  });

  test.each([
    ['WIGGUM_MAX_AGENTS="2"  # plain', {}, 2],
    [': "${WIGGUM_MAX_AGENTS:=2}"', {}, 2],
    // A plain assignment in the file does not beat the environment, as it would if the file were sourced.
    ['WIGGUM_MAX_AGENTS="2"', { WIGGUM_MAX_AGENTS: "7" }, 7],
    [': "${WIGGUM_MAX_AGENTS:=2}"', { WIGGUM_MAX_AGENTS: "7" }, 7],
    ["WIGGUM_MAX_AGENTS=2", { WIGGUM_MAX_AGENTS: "" }, 2],
    ["WIGGUM_MAX_AGENTS=", {}, 4],
  ])("%s with %j", async (shell, environment, maxAgents) => {
    expect((await read({ shell }, { environment })).settings.maxAgents).toBe(maxAgents);
  });

  test("a flag beats environment and file", async () => {
    const sources = {
      environment: { WIGGUM_SESSION: "env", WIGGUM_AUTO_SYNC: "true" },
      flags: { session: "flag", isAutoSync: false },
    };
    const { settings } = await read({ shell: "WIGGUM_SESSION=file\n" }, sources);
    expect(settings).toMatchObject({ session: "flag", isAutoSync: false });
  });

  test("--config, then WIGGUM_CONFIG_PATH, replace config.sh; a missing one is refused", async () => {
    for (const name of ["one", "two"]) writeFileSync(join(root, name), `WIGGUM_SESSION=${name}\n`);
    const environment = { WIGGUM_CONFIG_PATH: join(root, "one") };
    const flags = { configPath: join(root, "two") };
    expect((await read({}, { environment })).settings.session).toBe("one");
    expect((await read({}, { environment, flags })).settings.session).toBe("two");
    const none = join(root, "none");
    await expect(read({}, { flags: { configPath: none } })).rejects.toMatchObject({
      code: "FLAG_INVALID",
      message: `--config names ${none}, which does not exist`,
      data: { flag: "--config", value: none },
      hint: expect.stringContaining("leave it out"),
    });
    const error = await refusal(read({}, { environment: { WIGGUM_CONFIG_PATH: none } }));
    expect(error.message).toBe(`WIGGUM_CONFIG_PATH names ${none}, which does not exist`);
    expect(error.hint).toContain("WIGGUM_CONFIG_PATH");
  });

  test.each([
    [{ configPath: "" }, "--config must not be empty"],
    [{ configPath: "." }, "which cannot be read: it is a folder"],
    [{ session: "" }, "--session must not be empty"],
    [{ session: "a\u001bb" }, "--session must not contain control characters"],
  ])("a flag that cannot be used: %j", async (flags, sentence) => {
    await expect(read({}, { flags })).rejects.toMatchObject({
      code: "FLAG_INVALID",
      message: expect.stringContaining(sentence),
      hint: expect.any(String),
    });
  });

  test("the agent command is words, not shell text", async () => {
    const { settings } = await read({ shell: `WIGGUM_AGENT_CMD='node "my agent.mjs" $HOME'\n` });
    expect(settings.agentCommand).toEqual(["node", "my agent.mjs", "$HOME"]);
  });

  test("no line of the file is executed", async () => {
    const proof = join(root, "executed");
    const shell = `touch ${proof}\n$(touch ${proof})\nX=$(touch ${proof})\nWIGGUM_LAYOUT=tiled\n`;
    const { settings, warnings } = await read({ shell });
    expect(settings.layout).toBe("tiled");
    expect(existsSync(proof)).toBe(false);
    expect(warnings.map(({ line }) => line)).toEqual([1, 2]);
  });
});

describe("refusals", () => {
  test("every wrong value of the file at once, each with its line", async () => {
    const shell =
      '# head\nWIGGUM_MAX_AGENTS=none\nWIGGUM_SESSION=ok\nWIGGUM_MERGE="later"\nWIGGUM_AGENT_CMD=$(which claude)\n';
    const error = await refusal(read({ shell }));
    expect(error.data).toMatchObject({ path: projectPaths(root).configShell, line: 2 });
    expect(error.message.split("\n")).toEqual([
      '.wiggum/config.sh:2: WIGGUM_MAX_AGENTS must be a whole number from 1 up, not "none"',
      '.wiggum/config.sh:4: WIGGUM_MERGE must be one of manual, auto, not "later"',
      ".wiggum/config.sh:5: WIGGUM_AGENT_CMD cannot be read: commands are not run here: write the value out",
    ]);
    expect(error.hint).toContain(".wiggum/config.sh");
  });

  test.each([
    ["WIGGUM_MAX_AGENTS", "0"],
    ["WIGGUM_MAX_AGENTS", "1.5"],
    ["WIGGUM_POLL_INTERVAL", "-1"],
    ["WIGGUM_POLL_INTERVAL", "0"],
    ["WIGGUM_AUTO_SYNC", "maybe"],
    ["WIGGUM_ON_CHANGE", "always"],
    ["WIGGUM_LAYOUT", "bogus"],
    ["WIGGUM_AGENT_CMD", "'open"],
    ["WIGGUM_SESSION", "a\u001bb"],
  ])("environment: %s=%j", async (name, value) => {
    const error = await refusal(read({}, { environment: { [name]: value } }));
    expect(error.message).toContain(name);
    expect(error.message).not.toContain("\u001b");
  });

  test("an unknown WIGGUM key of the file is a warning with its line", async () => {
    const { warnings } = await read({ shell: "WIGGUM_MAX_AGENT=3\nPATH=/bin\n" });
    expect(warnings).toMatchObject([{ line: 1, message: expect.stringContaining("WIGGUM_MAX_AGENT") }]);
  });

  test("a folder in the place of the file is refused by name", async () => {
    mkdirSync(projectPaths(root).configShell);
    expect((await refusal(read({}))).message).toBe(
      ".wiggum/config.sh: the file cannot be read: it is a folder",
    );
  });

  test.each([
    ["a byte that no UTF-8 text has", Buffer.from("WIGGUM_LAYOUT=tiled\n# caf\xe9\n", "latin1"), 2],
    ["a zero byte", Buffer.from("# one\n# two\n\0"), 3],
  ])("no text: %s", async (_name, bytes, line) => {
    for (const file of ["config.sh", "config.yaml"]) {
      writeFileSync(join(projectPaths(root).controlDirectory, file), bytes);
      const error = await refusal(read({}));
      expect(error.message).toContain(`.wiggum/${file}:${line}: the file is no text`);
      rmSync(join(projectPaths(root).controlDirectory, file));
    }
  });

  test("what is wrong in the files and in the environment is told at once", async () => {
    const error = await refusal(
      read(
        { shell: "WIGGUM_MERGE=later\n", yaml: "maxRounds: 0\n" },
        { environment: { WIGGUM_MAX_AGENTS: "0" } },
      ),
    );
    expect(error.message.split("\n")).toEqual([
      '.wiggum/config.sh:1: WIGGUM_MERGE must be one of manual, auto, not "later"',
      ".wiggum/config.yaml:1: maxRounds must be a whole number from 1 to 100, not 0",
      'WIGGUM_MAX_AGENTS must be a whole number from 1 up, not "0"',
    ]);
    expect(error.data.problems.map(({ at, path }) => [at, path])).toEqual([
      ["WIGGUM_MERGE", projectPaths(root).configShell],
      ["maxRounds", projectPaths(root).configYaml],
      ["WIGGUM_MAX_AGENTS", undefined],
    ]);
  });
});

describe("config.yaml", () => {
  test("values and defaults", async () => {
    const yaml = `
baseBranch: trunk
worktreesDirectory: ../trees
worktree:
  copy: [.env]
  setUp: npm ci --prefer-offline
checks:
  - npm test
  - [node, check.mjs, "two words"]
timeouts: { checkMs: 5000 }
maxRounds: 2
`;
    const { settings } = await read({ yaml });
    expect(settings).toMatchObject({
      baseBranch: "trunk",
      worktreesDirectory: join(root, "..", "trees"),
      worktree: {
        copy: [".env"],
        link: [],
        setUp: ["npm", "ci", "--prefer-offline"],
        setUpTimeoutMs: 600_000,
      },
      checks: [
        ["npm", "test"],
        ["node", "check.mjs", "two words"],
      ],
      checkTimeoutMs: 5000,
      hookTimeoutMs: 60_000,
      maxRounds: 2,
      maxAttempts: 3,
    });
    expect(settings.worktree.regenerable).toContain("**/node_modules/**");
  });

  test("an empty file through the schema gives the same as no file", async () => {
    const without = (await read({})).settings;
    const { settings } = await read({ yaml: "{}\n" });
    expect(settings).toEqual(without);
  });

  test.each([
    ["# only a comment\n---\n", undefined],
    ["maxAttempts: many\n", ["maxAttempts", 1]],
    ["# one\nworktree:\n  copy:\n    - ok\n    - ../secret\n", ["worktree.copy.1", 5]],
    ["worktree:\n  setup: npm ci\n", ["worktree.setup", 2]],
    ["leaseMs: 10\n\nupstream: git@example.org:x\n", ["upstream", 3]],
    ["leaseMs: 10\nleaseMs: 20\n", ["leaseMs", 2]],
    ["maxRounds: 1\nmaxRounds: 0\nbudget: 1\n", ["budget", 3]],
    ["baseBranch: a..b\n", ["baseBranch", 1]],
    ["baseBranch: main.lock\n", ["baseBranch", 1]],
    ["worktree:\n", ["worktree", 1]],
    ["checks:\n  - npm 'test\n", ["checks.0", 2]],
    ["checks: [[]]\n", ["checks.0", 1]],
    ["a: [\n", ["YAML", 2]],
    ["- list\n", ["config.yaml", 1]],
    ["maxRounds: 0\n", ["maxRounds", 1]],
    ["baseBranch: -d\n", ["baseBranch", 1]],
    ["x: 1\nworktreesDirectory: .wiggum/trees\n", ["x", 1]],
    ["maxRounds: 1\nworktreesDirectory: .wiggum/trees\n", ["worktreesDirectory", 2]],
    ["worktreesDirectory: ..\n", ["worktreesDirectory", 1]],
    ["worktreesDirectory: .\n", ["worktreesDirectory", 1]],
    ["maxRounds: *nobody\n", ["YAML", 1]],
  ])("%j", async (yaml, problem) => {
    if (problem === undefined) {
      await read({ yaml });
      return;
    }
    const error = await refusal(read({ yaml }));
    expect(error.data.path).toBe(projectPaths(root).configYaml);
    expect(error.data.problems.map(({ at, line }) => [at, line])).toContainEqual(problem);
    expect(error.message).toContain(`.wiggum/config.yaml:${problem[1]}: `);
  });

  test("what the shipped file shows is accepted as soon as the '#' is gone, and says what the defaults are", async () => {
    const shipped = readFileSync(templatePath("config.yaml"), "utf8");
    const yaml = shipped.replace(/^# (?= *(?:- |#|[A-Za-z]+:(?: |$)))/gm, "");
    expect(yaml).not.toBe(shipped);
    const without = (await read({ yaml: shipped })).settings;
    const { settings } = await read({ yaml });
    const { setUp, tearDown, copy, link, regenerable, ...worktree } = settings.worktree;
    expect([setUp, copy, link]).toEqual([["npm", "ci"], [".env", ".env.local"], ["node_modules"]]);
    expect(tearDown).toEqual(["docker", "compose", "down", "--volumes"]);
    expect(regenerable.every((glob) => without.worktree.regenerable.includes(glob))).toBe(true);
    expect({ ...settings, worktree }).toEqual({
      ...without,
      worktree: {
        setUpTimeoutMs: without.worktree.setUpTimeoutMs,
        tearDownTimeoutMs: without.worktree.tearDownTimeoutMs,
      },
      baseBranch: "main",
      worktreesDirectory: join(root, "worktrees"),
      checks: [["npm", "test"]],
      maxAgentsByRole: { worker: 3 },
      budgets: {
        ...without.budgets,
        limits: { ticket: { usd: 5 }, run: { usd: 50, timeMs: 36_000_000 }, day: { tokens: 20_000_000 } },
      },
      notifications: {
        ...without.notifications,
        command: ["./tell-me"],
        webhooks: [
          {
            url: "https://hooks.example.org/wiggum",
            events: ["task:waiting", "agent:error"],
            secretVariable: "WIGGUM_WEBHOOK_SECRET",
          },
        ],
      },
      upstream: {
        url: "origin",
        branch: "wiggum/tickets",
        authority: "local",
        intervalMs: 60_000,
        timeoutMs: 30_000,
      },
    });
  });

  test("the shipped config.sh says what the defaults are", async () => {
    const shell = readFileSync(templatePath("config.sh"), "utf8");
    const { settings, warnings } = await read({ shell });
    expect(warnings).toEqual([]);
    rmSync(projectPaths(root).configShell);
    expect(settings).toEqual((await read({})).settings);
  });

  test("all problems of the file at once", async () => {
    const error = await refusal(read({ yaml: "maxRounds: 0\nworktree:\n  copies: []\nbudget: 1\n" }));
    expect(error.data.problems.map(({ at, line }) => `${at}:${line}`).sort()).toEqual([
      "budget:4",
      "maxRounds:1",
      "worktree.copies:3",
    ]);
  });

  const wrongValues = [null, true, "", "x y", -1, 1.5, 1e9, [], [1], ["../x"], { a: 1 }, "'open", "/x/../y"];
  const keys = [
    "baseBranch",
    "worktreesDirectory",
    "worktree",
    "worktree.copy",
    "worktree.link",
    "worktree.setUp",
    "worktree.regenerable",
    "checks",
    "timeouts",
    "timeouts.setUpMs",
    "timeouts.checkMs",
    "timeouts.hookMs",
    "timeouts.startMs",
    "leaseMs",
    "maxAttempts",
    "maxRounds",
    "maxIdleRounds",
    "maxAgentsByRole",
    "budgets",
    "budgets.hard",
  ];

  test.each(keys)(
    "%s: whatever is wrong is said in words of ours, with what was expected and found",
    async (key) => {
      let refused = 0;
      for (const value of wrongValues) {
        const [group = "", member] = key.split(".");
        const yaml = JSON.stringify(
          member === undefined ? { [group]: value } : { [group]: { [member]: value } },
        );
        const error = await read({ yaml }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) continue;
        refused += 1;
        if (!isWorkflowError(error, "SETTINGS_INVALID")) throw error;
        for (const { at, message } of error.data.problems) {
          expect(at.startsWith(key)).toBe(true);
          expect(message).toMatch(
            /^must be .+, not .+$|^is no command: |^is not known here \(settings are: /,
          );
        }
      }
      expect(refused).toBeGreaterThan(5);
    },
  );

  test("a value that is long or steers a terminal is shown short and escaped", async () => {
    const long = `${"x".repeat(100)} `;
    const error = await refusal(read({ yaml: `baseBranch: "${long}"\nleaseMs: "\\e[2J"\n` }));
    expect(error.message).toContain("xxx...");
    expect(error.message).not.toContain("x".repeat(61));
    expect(error.message).not.toContain("\u001b");
  });

  test("blank lines without number before the first key", async () => {
    expect((await read({ yaml: `${"\n".repeat(5000)}maxRounds: 2\n` })).settings.maxRounds).toBe(2);
  });
});
