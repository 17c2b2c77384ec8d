import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createGitBackend } from "./create-git-backend.js";
import { initGitStore } from "./init-git-store.js";
import { file, judge, makeStore, temporaryFolder, textOf, ticket } from "./store.fixture.js";

const plain = (cwd: string, ...args: string[]) =>
  execFileSync("git", args, { cwd, encoding: "utf8", stdio: "pipe" }).trim();

test("a new store is a bare repository on main with one commit, and no hook", async () => {
  const root = join(temporaryFolder(), "p", ".wiggum", "tickets.git");
  expect(await initGitStore({ path: root })).toBe("created");
  expect(plain(root, "log", "--format=%s|%an <%ae>", "--all")).toBe("Initial commit|wiggum <wiggum@local>");
  expect(plain(root, "ls-tree", "--name-only", "main").split("\n")).toEqual([
    ".gitattributes",
    ".gitkeep",
    ".wiggum-layout",
    "README.md",
  ]);
  expect(plain(root, "show", "main:.gitattributes")).toBe("* -text\n*.md -merge");
  expect(readFileSync(join(root, "HEAD"), "utf8")).toBe("ref: refs/heads/main\n");
  expect(readFileSync(join(root, ".git"), "utf8")).toBe("gitdir: .\n");
  expect(existsSync(join(root, "hooks"))).toBe(false);
  expect(plain(root, "config", "core.bare")).toBe("true");
  for (const [key, value] of [
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["receive.denyNonFastForwards", "true"],
    ["receive.denyDeletes", "true"],
  ] as const) {
    expect(plain(root, "config", "--local", key), key).toBe(value);
  }
  expect(readdirSync(dirname(root))).toEqual(["tickets.git"]);
});

test("a second run changes nothing", async () => {
  const { root, backend } = await makeStore();
  await file(backend, "tk-0001");
  const before = [plain(root, "rev-parse", "main"), readFileSync(join(root, "config"), "utf8")];
  expect(await initGitStore({ path: root })).toBe("kept");
  expect([plain(root, "rev-parse", "main"), readFileSync(join(root, "config"), "utf8")]).toEqual(before);
});

test("several at once make one store", async () => {
  const root = join(temporaryFolder(), "tickets.git");
  const ends = await Promise.all(Array.from({ length: 6 }, () => initGitStore({ path: root })));
  expect(ends.filter((end) => end === "created")).toHaveLength(1);
  expect(plain(root, "rev-list", "--count", "main")).toBe("1");
  expect(readdirSync(dirname(root))).toEqual(["tickets.git"]);
});

test("the person's template and settings leave no trace in it", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "template/hooks"), { recursive: true });
  writeFileSync(join(folder, "template/hooks/pre-receive"), "#!/bin/sh\nexit 1\n");
  chmodSync(join(folder, "template/hooks/pre-receive"), 0o755);
  writeFileSync(
    join(folder, "config"),
    `[init]\n\ttemplateDir = ${folder}/template\n\tdefaultBranch = trunk\n`,
  );
  const saved = process.env["GIT_CONFIG_GLOBAL"];
  process.env["GIT_CONFIG_GLOBAL"] = join(folder, "config");
  try {
    const root = join(folder, "tickets.git");
    await initGitStore({ path: root });
    expect(existsSync(join(root, "hooks"))).toBe(false);
    expect(plain(root, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  } finally {
    if (saved === undefined) delete process.env["GIT_CONFIG_GLOBAL"];
    else process.env["GIT_CONFIG_GLOBAL"] = saved;
  }
});

// P12
test.each(["main", "master"])(
  "a store of the shell version on %s is adopted: history, tickets and branches stay",
  async (branch) => {
    const folder = temporaryFolder();
    const root = join(folder, "tickets.git");
    const work = join(folder, "work");
    plain(folder, "init", "-q", "--bare", "-b", branch, root);
    mkdirSync(join(root, "hooks"), { recursive: true });
    writeFileSync(join(root, "hooks/post-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    plain(folder, "clone", "-q", root, work);
    plain(work, "checkout", "-q", "-B", branch);
    writeFileSync(join(work, ".gitkeep"), "");
    writeFileSync(join(work, "tk-0001.md"), textOf(ticket("tk-0001", { state: "qa", leaseEpoch: 0 })));
    plain(work, "add", "-A");
    plain(work, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "Initial commit");
    plain(work, "push", "-q", "origin", branch);
    const before = plain(root, "rev-parse", branch);

    // Usable before it is adopted, and after.
    const read = async () =>
      (await createGitBackend({ root, judge }).list()).tickets.map((record) => record.ticket.state);
    if (branch === "main") expect(await read()).toEqual(["qa"]);
    expect(await initGitStore({ path: root })).toBe("adopted");
    expect(await read()).toEqual(["qa"]);
    expect(plain(root, "merge-base", before, "main")).toBe(before);
    expect(plain(root, "rev-parse", branch === "main" ? "main~1" : branch)).toBe(before);
    expect(plain(root, "diff", "--name-status", before, "main").split("\n")).toEqual([
      "A\t.gitattributes",
      "A\t.wiggum-layout",
      "A\tREADME.md",
    ]);
    expect(readdirSync(join(root, "hooks")).filter((name) => !name.endsWith(".sample"))).toEqual([]);
    expect(readdirSync(join(root, "wiggum/old-hooks"))).toEqual(["post-receive"]);
    const backend = createGitBackend({ root, judge });
    await file(backend, "tk-0002");
    expect((await backend.list()).problems).toEqual([]);
    expect(await initGitStore({ path: root })).toBe("kept");
  },
);

test("anything else at its place is refused and left alone", async () => {
  const root = join(temporaryFolder(), "tickets.git");
  mkdirSync(root);
  writeFileSync(join(root, "mine.txt"), "mine");
  await expect(initGitStore({ path: root })).rejects.toMatchObject({ code: "STORE_BROKEN" });
  expect(readdirSync(root)).toEqual(["mine.txt"]);
});

// P24
test("git clean -fdx in the project loses no ticket", async () => {
  const { root, folder, backend, plainIn } = await makeStore();
  const project = join(folder, "project");
  plainIn(project, "init", "-q", "-b", "main");
  await file(backend, "tk-0001");
  await backend.views.create(join(project, ".wiggum/tickets"), "full");
  plainIn(project, "clean", "-fdxq");
  expect((await backend.list()).tickets).toHaveLength(1);
  expect(existsSync(root)).toBe(true);
  expect(plainIn(root, "fsck", "--strict")).toBe("");
});

test("a store that is missing, broken or of a newer format says so and what to do", async () => {
  const { folder, root, clone, backend } = await makeStore();
  await file(backend, "tk-0001");
  const open = (path: string) => createGitBackend({ root: path, judge });
  const broken = { code: "STORE_BROKEN", hint: expect.stringContaining("wiggum doctor") };
  await expect(open(join(folder, "none")).list()).rejects.toMatchObject(broken);
  const copy = join(folder, "copy.git");
  cpSync(root, copy, { recursive: true });
  rmSync(join(copy, "refs/heads/main"));
  await expect(open(copy).list()).rejects.toMatchObject(broken);
  writeFileSync(join(copy, "refs/heads/main"), "");
  await expect(open(copy).read("tk-0001")).rejects.toMatchObject(broken);
  writeFileSync(join(copy, "refs/heads/main"), `${"1".repeat(40)}\n`);
  await expect(open(copy).list()).rejects.toMatchObject(broken);
  // As a newer Wiggum would write it; a push of the same text is put back and locks nobody out.
  const newer = clone();
  writeFileSync(join(newer, ".wiggum-layout"), "version: 3\nlayout: flat\n");
  plain(newer, "add", "-A");
  const ours = ["-c", "user.name=wiggum", "-c", "user.email=wiggum@local"];
  plain(newer, ...ours, "commit", "-qm", "Upgrade store", "-m", "Op: upgrade\nActor: pat");
  plain(newer, "push", "-q", "origin", "HEAD:main");
  await expect(open(root).list()).rejects.toMatchObject({ message: expect.stringContaining("format 3") });
  await expect(file(open(root), "tk-0002")).rejects.toMatchObject(broken);
});
