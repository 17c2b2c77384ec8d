import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { writeCommit } from "./commits.js";
import { createGit } from "./create-git.js";
import { gitEnvironment } from "./environment.js";
import { isGitError } from "./errors.js";
import { mergeInto } from "./merge-into.js";
import { makeFixture, temporaryFolder } from "./repository.fixture.js";
import { commonDirectory, findTopLevel, readHead, topLevel } from "./repository.js";

/** Sets variables of this process for one test. */
function setVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("environment", () => {
  test("every variable that the installed git calls local is dropped", () => {
    const names = execFileSync("git", ["rev-parse", "--local-env-vars"], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(names).toContain("GIT_DIR");
    const from = Object.fromEntries(names.map((name) => [name, "/elsewhere"]));
    const kept = gitEnvironment({ ...from, GIT_TRACE: "1", GIT_CONFIG_KEY_0: "core.bare", HOME: "/home/x" });
    for (const name of [...names, "GIT_TRACE", "GIT_CONFIG_KEY_0"])
      expect(kept, name).not.toHaveProperty(name);
    expect(kept["HOME"]).toBe("/home/x");
  });

  test("a caller's own variables are laid over, also those that would be dropped", () => {
    const kept = gitEnvironment(
      { GIT_INDEX_FILE: "/a", LANG: "de" },
      { GIT_INDEX_FILE: "/b", LANG: undefined },
    );
    expect(kept["GIT_INDEX_FILE"]).toBe("/b");
    expect(kept).not.toHaveProperty("LANG");
  });

  // P8: a git hook in a linked worktree exports GIT_DIR.
  test("exported GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE redirect neither run nor runSync", async () => {
    const victim = makeFixture();
    const { git, root } = makeFixture();
    setVariables({
      GIT_DIR: join(victim.root, ".git"),
      GIT_WORK_TREE: victim.root,
      GIT_INDEX_FILE: join(victim.folder, "planted-index"),
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.worktree",
      GIT_CONFIG_VALUE_0: victim.root,
    });
    expect(await topLevel(git)).toBe(root);
    expect(git.runSync(["rev-parse", "--show-toplevel"]).stdout).toBe(`${root}\n`);
    await git.run(["update-index", "--refresh"]);
    expect(existsSync(join(victim.folder, "planted-index"))).toBe(false);
  });

  // P15
  test("the person's global hooks, aliases, pager, editor and monitor neither run nor block", async () => {
    const { git, plain, commit, folder, root, globalConfig } = makeFixture();
    plain(["checkout", "-q", "-b", "side"]);
    commit("side", { "side.txt": "side\n" });
    plain(["checkout", "-q", "main"]);
    const hooks = join(folder, "hooks");
    mkdirSync(hooks);
    const trap = `#!/bin/sh\ntouch '${folder}/hook-ran'\nexit 1\n`;
    for (const name of [
      "pre-merge-commit",
      "commit-msg",
      "reference-transaction",
      "post-checkout",
      "post-merge",
      "fsmonitor",
    ]) {
      writeFileSync(join(hooks, name), trap);
      chmodSync(join(hooks, name), 0o755);
    }
    appendFileSync(
      globalConfig,
      `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = ${hooks}/fsmonitor\n\tpager = ${hooks}/fsmonitor\n\teditor = false\n` +
        `[alias]\n\tstatus = !false\n\tmerge-tree = !false\n[merge]\n\tff = false\n\tautoStash = true\n`,
    );
    const result = await mergeInto(git, { target: "main", source: "side", message: "Merge" });
    expect(result.status).toBe("merged");
    await git.run(["status"]);
    expect(existsSync(join(folder, "hook-ran"))).toBe(false);
    expect(existsSync(join(root, "side.txt"))).toBe(true);
  });

  test("answers are in English whatever the caller's language", async () => {
    const { git } = makeFixture();
    setVariables({ LC_ALL: "de_DE.UTF-8", LANGUAGE: "de" });
    const error = await failure(git.run(["rev-parse", "--verify", "nothing"]));
    expect(isGitError(error, "GIT_FAILED") && error.data.stderr).toContain("fatal: Needed a single revision");
  });
});

describe("failures", () => {
  test("a refusal carries exit code and what git said; allowed codes are answers", async () => {
    const { git } = makeFixture();
    const error = await failure(git.run(["cat-file", "-e", "HEAD:nothing"]));
    expect(isGitError(error, "GIT_FAILED") && error.data.exitCode).toBe(128);
    const answer = await git.run(["cat-file", "-e", "HEAD:nothing"], { allowedExitCodes: [0, 128] });
    expect(answer.exitCode).toBe(128);
    expect(() => git.runSync(["cat-file", "-e", "HEAD:nothing"])).toThrow("exit code 128");
  });

  test("no repository, no folder, no git", async () => {
    const outside = createGit({ cwd: temporaryFolder() });
    expect(isGitError(await failure(commonDirectory(outside)), "NOT_A_REPOSITORY")).toBe(true);
    expect(await findTopLevel(outside)).toBeUndefined();
    const missing = createGit({ cwd: join(temporaryFolder(), "none") });
    expect(isGitError(await failure(readHead(missing)), "NOT_A_REPOSITORY")).toBe(true);
    expect(() => missing.runSync(["version"])).toThrow("There is no folder");
    const nowhere = createGit({ env: { PATH: temporaryFolder() } });
    expect(isGitError(await failure(nowhere.run(["version"])), "GIT_MISSING")).toBe(true);
    expect(() => nowhere.runSync(["version"])).toThrow("no git program");
  });

  test("a call that does not end is stopped", async () => {
    const { git, root } = makeFixture();
    // A file-system pipe that nobody writes to.
    execFileSync("mkfifo", [join(root, "pipe")]);
    const args = ["hash-object", "--no-filters", "pipe"];
    const error = await failure(git.run(args, { timeoutMs: 300 }));
    expect(isGitError(error, "GIT_TIMEOUT") && error.data.timeoutMs).toBe(300);
    expect(() => git.runSync(args, { timeoutMs: 300 })).toThrow("did not end within 300 ms");
  });

  test("output over the limit is an error, not a cut answer", async () => {
    const { git } = makeFixture();
    const { stdout } = await git.run(["hash-object", "-w", "--stdin"], { input: "x".repeat(200_000) });
    const args = ["cat-file", "blob", stdout.trim()];
    expect(isGitError(await failure(git.run(args, { maxBufferBytes: 1000 })), "OUTPUT_TOO_LARGE")).toBe(true);
    expect(() => git.runSync(args, { maxBufferBytes: 1000 })).toThrow("more than 1000 bytes");
    expect((await git.run(args)).stdoutBytes.length).toBe(200_000);
    expect(git.runSync(args).stdout.length).toBe(200_000);
  });

  test("control characters of a name are shown escaped", async () => {
    const { git } = makeFixture();
    const error = await failure(git.run(["rev-parse", "--verify", "\u001b[31mred"]));
    expect((error as Error).message).toContain("\\x1b[31mred");
    expect((error as Error).message).not.toContain("\u001b");
  });

  test("bytes go in and come out as they are", async () => {
    const { git } = makeFixture();
    const bytes = new Uint8Array([0, 255, 10, 13, 0, 128]);
    const { stdout } = await git.run(["hash-object", "-w", "--stdin"], { input: bytes });
    expect(new Uint8Array((await git.run(["cat-file", "blob", stdout.trim()])).stdoutBytes)).toEqual(bytes);
  });

  test("git that was ended by a signal said nothing about the request, and is told apart", async () => {
    const { git, plain } = makeFixture();
    plain(["config", "alias.stopped", "!kill -KILL $PPID"]);
    const stopped = { code: "GIT_STOPPED", data: { args: ["stopped"], signal: "SIGKILL" } };
    expect(await failure(git.run(["stopped"]))).toMatchObject(stopped);
    expect(() => git.runSync(["stopped"])).toThrow(expect.objectContaining(stopped));
  });

  test("a cancelled call ends with the signal's reason", async () => {
    const { git } = makeFixture();
    await expect(git.run(["version"], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});

test("writeCommit: a signature that fails says where to look; without one there is no program to ask", async () => {
  const { git, plain } = makeFixture();
  plain(["config", "commit.gpgSign", "true"]);
  plain(["config", "gpg.program", "false"]);
  const tree = plain(["rev-parse", "HEAD^{tree}"]);
  const error = await failure(writeCommit(git, { tree, parents: [], message: "Signed", sign: "person" }));
  expect(error).toMatchObject({ code: "GIT_FAILED", hint: expect.stringContaining("user.signingKey") });
  await writeCommit(git, { tree, parents: [], message: "Unsigned", sign: "never" });
});

test.each([
  ["an SSH key that is missing", { "gpg.format": "ssh", "user.signingKey": "/no/such/key" }],
  ["no SSH key", { "gpg.format": "ssh" }],
  [
    "no program that signs",
    { "gpg.format": "ssh", "user.signingKey": "/no/such.pub", "gpg.ssh.program": "/no/such" },
  ],
  ["a kind of signature that git does not know", { "gpg.format": "wax" }],
])("writeCommit: the same for %s", async (_, settings) => {
  const { git, plain, globalConfig } = makeFixture();
  const tree = plain(["rev-parse", "HEAD^{tree}"]);
  for (const [key, value] of Object.entries({ "commit.gpgSign": "true", ...settings }))
    plain(["config", "--file", globalConfig, key, value]);
  const error = await failure(writeCommit(git, { tree, parents: [], message: "Signed", sign: "person" }));
  expect(error).toMatchObject({ hint: expect.stringContaining("user.signingKey") });
});

test("writeCommit: Wiggum's name where nobody is configured, else the person's", async () => {
  const nobody = makeFixture({ hasPerson: false });
  const person = makeFixture();
  for (const [fixture, name] of [
    [nobody, "wiggum <wiggum@local>"],
    [person, "Pat <pat@example.org>"],
  ] as const) {
    const tree = fixture.plain(["rev-parse", "HEAD^{tree}"]);
    const commit = await writeCommit(fixture.git, { tree, parents: [], message: "Message -x\n\nBody" });
    expect(fixture.plain(["log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", commit])).toBe(
      `${name}|${name}|Message -x\n\nBody`,
    );
  }
});
