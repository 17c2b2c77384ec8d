import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initProject } from "./init.js";
import type { InitOptions } from "./init-report.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;

beforeEach(() => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
});

afterEach(() => repository.remove());

const init = (options: Partial<InitOptions> = {}) =>
  initProject({ cwd: repository.root, environment: repository.environment, ...options });

const read = (path: string) => readFileSync(join(repository.root, path), "utf8");

function programs(...names: string[]): Record<string, string> {
  const folder = join(repository.base, "bin");
  mkdirSync(folder, { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
  // git must still be found: its own folder stays, what it may hold of agents does not matter to the order.
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const tools = join(repository.base, "tools");
  mkdirSync(tools, { recursive: true });
  if (!existsSync(join(tools, "git"))) symlinkSync(git, join(tools, "git"));
  return { ...repository.environment, PATH: `${folder}:${tools}` };
}

test.each([
  [["codex", "opencode"], { command: "codex", source: "found", isOnPath: true }],
  [["opencode", "claude"], { command: "claude", source: "found", isOnPath: true }],
  [[], { command: "claude", source: "default", isOnPath: false }],
])("found on PATH: %j", async (names, agent) => {
  const report = await init({ environment: programs(...names) });
  expect(report.agent).toEqual(agent);
  expect(report.profile).toEqual({ name: agent.command, verified: [expect.stringContaining("Linux")] });
  expect(read(".wiggum/config.sh")).toContain(`WIGGUM_AGENT_CMD="${agent.command}"`);
});

test("flag over environment over settings over PATH", async () => {
  const environment = { ...programs("codex"), WIGGUM_AGENT_CMD: "from-environment" };
  expect((await init({ environment, agent: "from-flag x" })).agent).toMatchObject({
    command: "from-flag x",
    source: "flag",
  });
  expect((await init({ environment })).agent).toMatchObject({
    command: "from-environment",
    source: "environment",
  });
  expect((await init({ environment: programs("codex") })).agent).toMatchObject({
    command: "from-flag x",
    source: "settings",
  });
});

test("asked for later, only its line of config.sh changes", async () => {
  await init({ agent: "one" });
  const before = read(".wiggum/config.sh");
  await init({ agent: 'two "words"' });
  expect(read(".wiggum/config.sh")).toBe(before.replace('"one"', '"two \\"words\\""'));
});

test("a command that is none is refused before anything is made", async () => {
  await expect(init({ agent: "'open" })).rejects.toMatchObject({
    code: "FLAG_INVALID",
    message: "--agent is no command: a ' has no partner",
  });
  const environment = { ...repository.environment, WIGGUM_AGENT_CMD: "'open" };
  await expect(init({ environment })).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
  expect(existsSync(paths.controlDirectory)).toBe(false);
});

test("claude, wherever it lies, gets its settings and an ignore line, once", async () => {
  await init({ agent: "/opt/claude --verbose" });
  const settings = JSON.parse(read(".claude/settings.local.json"));
  expect(settings.permissions.allow).toContain("Bash(wiggum:*)");
  expect(read(".gitignore").split("\n")).toContain(".claude/settings.local.json");
  repository.write(".claude/settings.local.json", "{}");
  await init();
  expect(read(".claude/settings.local.json")).toBe("{}");
  expect(read(".gitignore").match(/settings\.local/g)).toHaveLength(1);
});

const claudeIgnored = ".claude/settings.local.json";

test.each(["claude", "claude -p", "claude  --model x", "/opt/bin/claude -p", "'/opt/my tools/claude' -p"])(
  "the agent command %j is claude: it gets its settings and an ignore line",
  async (agent) => {
    await init({ agent });
    expect(existsSync(join(repository.root, claudeIgnored))).toBe(true);
    expect(read(".gitignore").split("\n")).toContain(claudeIgnored);
  },
);

test.each([
  "claude-like",
  "codex exec",
  "my-claude",
  "sh -c 'claude -p'",
  "/opt/claude/agent",
  "env claude",
  "CLAUDE",
])("the agent command %j is another: nothing of claude's is made", async (agent) => {
  await init({ agent });
  expect(existsSync(paths.claudeDirectory)).toBe(false);
  expect(read(".gitignore")).not.toContain("claude");
});

test("wherever the command comes from, it alone decides about claude's settings", async () => {
  // Found on PATH.
  await init({ environment: programs("codex") });
  expect(existsSync(paths.claudeDirectory)).toBe(false);
  // What the settings say, though claude is installed by now.
  await init({ environment: programs("codex", "claude") });
  expect(existsSync(paths.claudeDirectory)).toBe(false);
  // The environment.
  await init({ environment: { ...programs(), WIGGUM_AGENT_CMD: "claude -p" } });
  expect(existsSync(paths.claudeDirectory)).toBe(true);
});

test("nothing on PATH, nothing asked for: the agent command is claude by default, so it gets its settings", async () => {
  const report = await init({ environment: programs() });
  expect(report.agent).toMatchObject({ source: "default", isOnPath: false });
  expect(existsSync(join(repository.root, claudeIgnored))).toBe(true);
  expect(read(".gitignore").split("\n")).toContain(claudeIgnored);
});
