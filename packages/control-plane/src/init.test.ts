import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { initProject } from "./init.js";
import type { InitOptions } from "./init-report.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { startChild } from "./testing/child-process.js";
import { contentOf, type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

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

/** What the store and the views keep for themselves (locks, caches) is no part of the comparison. */
const isPrivate = (path: string) =>
  [".git/", ".wiggum/state/", ".wiggum/tickets/.git/wiggum/"].some((folder) => path.startsWith(folder));

test("makes every part, and nothing is committed to the code", async () => {
  const before = repository.git("rev-parse", "HEAD");
  const report = await init({ agent: "my-agent --fast" });
  expect(report).toMatchObject({ root: repository.root, kind: "new", isShared: false });
  for (const path of [
    paths.marker,
    paths.configShell,
    paths.configYaml,
    paths.ticketTypes,
    paths.tmuxConfig,
    paths.ticketStore,
    paths.ticketView,
  ]) {
    expect(existsSync(path)).toBe(true);
  }
  expect(readdirSync(paths.promptsDirectory).sort()).toEqual([
    "qa.md",
    "reviewer.md",
    "supervisor.md",
    "worker.md",
  ]);
  const hooks = readdirSync(paths.hooksDirectory);
  expect(hooks).toContain("on-review-done");
  for (const name of hooks) expect(statSync(join(paths.hooksDirectory, name)).mode & 0o111).toBe(0o111);
  expect(read(".gitignore").split("\n")).toEqual([".wiggum/", "worktrees/", ""]);
  expect(read(".wiggum/config.sh")).toContain('\nWIGGUM_AGENT_CMD="my-agent --fast"\n');
  expect(existsSync(paths.claudeDirectory)).toBe(false);
  expect(repository.git("rev-parse", "HEAD")).toBe(before);
  expect(repository.git("status", "--porcelain")).toBe("?? .gitignore\n");
});

test("the store has no git hooks, and `git clean -fdx` leaves it alone", async () => {
  await init();
  const hooks = join(paths.ticketStore, "hooks");
  expect(existsSync(hooks) ? readdirSync(hooks) : []).toEqual([]);
  const tip = execFileSync("git", ["rev-parse", "main"], { cwd: paths.ticketStore, encoding: "utf8" });
  repository.git("clean", "-fdx");
  expect(execFileSync("git", ["rev-parse", "main"], { cwd: paths.ticketStore, encoding: "utf8" })).toBe(tip);
  expect(existsSync(paths.marker)).toBe(false);
  // What was cleaned away comes back, the store is kept.
  const again = await init();
  expect(again.parts.find(({ part }) => part === "store")?.outcome).toBe("kept");
  expect(existsSync(paths.marker)).toBe(true);
});

test("a second run changes nothing that somebody edited", async () => {
  await init();
  writeFileSync(paths.configShell, "WIGGUM_MAX_AGENTS=2\n");
  writeFileSync(join(paths.hooksDirectory, "on-claim"), "#!/bin/sh\nexit 0\n");
  chmodSync(join(paths.hooksDirectory, "on-claim"), 0o644);
  rmSync(join(paths.promptsDirectory, "qa.md"));
  writeFileSync(join(paths.promptsDirectory, "worker.md"), "mine");
  repository.write(".gitignore", `${read(".gitignore")}dist/\n`);
  const before = contentOf(repository.root, isPrivate);
  const report = await init();
  expect(report.kind).toBe("existing");
  const changed = report.parts.filter(({ outcome }) => outcome !== "kept");
  expect(changed.map(({ path }) => path)).toEqual([".wiggum/prompts/qa.md"]);
  const after = new Map(contentOf(repository.root, isPrivate));
  after.delete(".wiggum/prompts/qa.md");
  expect(after).toEqual(before);
  expect(statSync(join(paths.hooksDirectory, "on-claim")).mode & 0o111).toBe(0);
});

test("from a sub-directory it takes the top of the repository; inside a project it takes the project", async () => {
  repository.write("src/a/b.txt", "x");
  expect((await init({ cwd: join(repository.root, "src", "a") })).root).toBe(repository.root);
  const inner = join(repository.root, "vendor", "inner");
  mkdirSync(inner, { recursive: true });
  execFileSync("git", ["init", "-q"], { cwd: inner });
  expect(await init({ cwd: inner })).toMatchObject({ root: repository.root, kind: "existing" });
  expect(existsSync(join(inner, ".wiggum"))).toBe(false);
  expect((await init({ cwd: paths.ticketView })).root).toBe(repository.root);
});

test("a repository without any commit is enough", async () => {
  const empty = temporaryRepository({ isEmpty: true });
  try {
    const report = await initProject({ cwd: empty.root, environment: empty.environment });
    expect(report.kind).toBe("new");
  } finally {
    await empty.remove();
  }
});

test("outside of a repository it is refused and makes nothing", async () => {
  await expect(init({ cwd: repository.base })).rejects.toMatchObject({
    code: "NOT_A_REPOSITORY",
    message: "Not in a git repository. Run 'git init' first.",
  });
  expect(existsSync(join(repository.base, ".wiggum"))).toBe(false);
});

describe("what is not ours", () => {
  test("a foreign folder is refused and left as it is", async () => {
    repository.write(".wiggum/notes.txt", "mine");
    const before = contentOf(repository.root, isPrivate);
    await expect(init()).rejects.toMatchObject({
      code: "FOREIGN_FOLDER",
      data: { path: paths.controlDirectory },
    });
    expect(contentOf(repository.root, isPrivate)).toEqual(before);
  });

  test("a foreign file of that name, and another tool's marker, are refused", async () => {
    repository.write(".wiggum", "a file");
    await expect(init()).rejects.toMatchObject({ code: "FOREIGN_FOLDER" });
    rmSync(paths.controlDirectory);
    repository.write(".wiggum/wiggum.json", '{"tool":"other","schemaVersion":1}');
    await expect(init()).rejects.toMatchObject({ code: "FOREIGN_FOLDER" });
  });

  test("a foreign folder above the repository is nobody's concern", async () => {
    mkdirSync(join(repository.base, ".wiggum"));
    writeFileSync(join(repository.base, ".wiggum", "x"), "x");
    expect((await init()).root).toBe(repository.root);
  });

  // P12
  test("a newer format is refused, not guessed; nothing is changed", async () => {
    await init();
    writeFileSync(paths.marker, '{"tool":"wiggum","schemaVersion":2}');
    rmSync(paths.configYaml);
    const before = contentOf(repository.root, isPrivate);
    await expect(init()).rejects.toMatchObject({
      code: "PROJECT_FORMAT_NEWER",
      data: { found: 2, supported: 1 },
    });
    expect(contentOf(repository.root, isPrivate)).toEqual(before);
  });

  test.each([
    ["wiggum.json", "{", "SETTINGS_INVALID"],
    ["config.sh", "WIGGUM_MAX_AGENTS=no\n", "SETTINGS_INVALID"],
    ["ticket_types.json", "{", "TYPES_INVALID"],
  ])("a broken %s is refused before anything is made", async (name, text, code) => {
    await init();
    writeFileSync(join(paths.controlDirectory, name), text);
    rmSync(join(paths.promptsDirectory, "qa.md"));
    await expect(init()).rejects.toMatchObject({ code });
    expect(existsSync(join(paths.promptsDirectory, "qa.md"))).toBe(false);
    expect(readFileSync(join(paths.controlDirectory, name), "utf8")).toBe(text);
  });
});

describe("--share", () => {
  const tracked = () => {
    repository.git("add", "-A");
    return repository.git("ls-files").trim().split("\n");
  };

  test("only the data is ignored", async () => {
    expect((await init({ share: true, agent: "x" })).isShared).toBe(true);
    const files = tracked();
    expect(files).toContain(".wiggum/config.sh");
    expect(files).toContain(".wiggum/prompts/worker.md");
    expect(files.filter((file) => /tickets|state|agents\.db/.test(file))).toEqual([]);
  });

  test("asked for later, it takes the wider line away; without the flag it stays shared", async () => {
    repository.write(".gitignore", "dist/\r\n.wiggum/\r\n");
    await init();
    await init({ share: true });
    expect(read(".gitignore")).toMatch(/^dist\/\r\n/);
    expect(read(".gitignore").split("\r\n")).not.toContain(".wiggum/");
    const before = read(".gitignore");
    expect((await init()).isShared).toBe(true);
    expect(read(".gitignore")).toBe(before);
  });

  test("in a fresh clone of a shared project init makes the missing data and keeps the rest", async () => {
    await init({ share: true, agent: "x" });
    repository.git("add", "-A");
    repository.git("commit", "-q", "-m", "Share");
    const clone = join(repository.base, "clone");
    execFileSync("git", ["clone", "-q", repository.root, clone], { env: repository.environment });
    const report = await initProject({ cwd: clone, environment: repository.environment });
    expect(report).toMatchObject({ root: clone, kind: "existing", isShared: true });
    expect(existsSync(projectPaths(clone as ProjectRoot).ticketStore)).toBe(true);
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" })).toBe("");
  });
});

test("the ignore file: lines are appended once, every other byte stays", async () => {
  repository.write(".gitignore", "node_modules\nworktrees/\n# no line end");
  await init({ agent: "x" });
  expect(read(".gitignore")).toBe("node_modules\nworktrees/\n# no line end\n.wiggum/\n");
});

test("worktrees elsewhere inside the project are ignored there", async () => {
  await init();
  writeFileSync(paths.configYaml, "worktreesDirectory: trees/agents\n");
  await init();
  expect(read(".gitignore").split("\n")).toContain("/trees/agents/");
});

test("several at once: one project, each part made by one of them", async () => {
  const start = join(repository.base, "start");
  const children = Array.from({ length: 4 }, () =>
    startChild(
      new URL("./testing/init-and-report.ts", import.meta.url),
      [repository.root, start],
      repository.environment,
    ),
  );
  for (const child of children) expect(await child.line()).toBe("ready");
  writeFileSync(start, "");
  const reports = await Promise.all(children.map(async (child) => JSON.parse(await child.line())));
  for (const child of children) expect(await child.ended()).toBe(0);
  const made = reports
    .flatMap((report: { made: string[] }) => report.made)
    .filter((path) => path !== ".wiggum/wiggum.json");
  expect(new Set(made).size).toBe(made.length);
  expect(read(".gitignore").split("\n").sort()).toEqual([
    "",
    ".claude/settings.local.json",
    ".wiggum/",
    "worktrees/",
  ]);
  expect(readdirSync(paths.controlDirectory).filter((name) => name.includes(".new"))).toEqual([]);
});

test("killed at any moment, the next run completes it", async () => {
  for (const delayMs of [0, 20, 60, 120, 250]) {
    const child = startChild(
      new URL("./testing/init-and-report.ts", import.meta.url),
      [repository.root, repository.root],
      repository.environment,
    );
    await child.line();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await child.kill();
  }
  await init();
  const second = await init();
  expect(second.parts.filter(({ outcome }) => outcome !== "kept")).toEqual([]);
});
