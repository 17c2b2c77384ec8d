// Streams, flags and messages of the built command that do not depend on what a ticket is.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../version.js";
import { createRepository, program, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

test.each([["--version"], ["-v"]])("%s answers without loading anything", async (flag) => {
  expect(await repository.wiggum([flag])).toEqual({
    exitCode: 0,
    stdout: `wiggum v${version}\n`,
    stderr: "",
  });
});

test("a group alone: usage on standard error, exit 2; help: on standard output, exit 0", async () => {
  const nothing = await repository.wiggum(["ticket"]);
  expect(nothing).toMatchObject({ exitCode: 2, stdout: "" });
  expect(nothing.stderr).toContain("Usage: wiggum ticket <command> [options]");
  const help = await repository.wiggum(["--help"]);
  expect(help).toMatchObject({ exitCode: 0, stderr: "" });
  expect(help.stdout).toContain("Usage: wiggum <command> [options]");
});

describe("init", () => {
  test("says what it made, prints no result, commits nothing, and changes nothing when run again", async () => {
    const fresh = await createRepository({ isInitialised: false });
    try {
      const head = fresh.git("rev-parse", "HEAD");
      const first = await fresh.wiggum(["init", "--agent", "some-agent --flag"]);
      expect(first).toMatchObject({ exitCode: 0, stdout: "" });
      expect(first.stderr).toMatch(/^\[info\] Creating wiggum directory structure\.\.\.\n\[ok\] /);
      expect(first.stderr).toMatch(/\[ok\] wiggum initialized\n\nNext steps:\n( {2}wiggum .*\n){3}$/);
      expect(fresh.git("rev-parse", "HEAD")).toBe(head);
      const settings = fresh.read(".wiggum/config.sh");
      expect(settings).toContain("some-agent --flag");
      fresh.write(".wiggum/config.sh", `${settings}\n# mine\n`);
      const second = await fresh.wiggum(["init"]);
      expect(second).toMatchObject({ exitCode: 0, stdout: "" });
      expect(second.stderr).toContain("[info] wiggum directory already exists\n");
      expect(fresh.read(".wiggum/config.sh")).toBe(`${settings}\n# mine\n`);
      expect(fresh.read(".gitignore").match(/^\.wiggum\/$/gm)).toHaveLength(1);
    } finally {
      await fresh.remove();
    }
  });

  test("in a repository without a commit, from a subdirectory, with --share", async () => {
    const unborn = await createRepository({ kind: "unborn", isInitialised: false });
    try {
      mkdirSync(join(unborn.root, "deep", "down"), { recursive: true });
      const cwd = join(unborn.root, "deep", "down");
      expect((await unborn.wiggum(["init", "--share"], { cwd })).exitCode).toBe(0);
      expect(unborn.read(".gitignore")).not.toMatch(/^\.wiggum\/$/m);
      expect((await unborn.wiggum(["ticket", "list"], { cwd })).exitCode).toBe(0);
    } finally {
      await unborn.remove();
    }
  });

  test("anything else is refused, exit 2", async () => {
    expect((await repository.wiggum(["init", "here"])).exitCode).toBe(2);
    expect((await repository.wiggum(["init", "--force"])).exitCode).toBe(2);
  });

  test("--json tells the parts", async () => {
    const report = await repository.json<{ kind: string; root: string }>(["init"]);
    expect(report).toMatchObject({ kind: "existing", root: repository.root });
  });
});

describe("settings", () => {
  test("a broken settings file: named with its line, exit 1, nothing changed", async () => {
    const broken = await createRepository();
    try {
      broken.write(".wiggum/config.sh", 'WIGGUM_MAX_AGENTS="many"\n');
      const ran = await broken.wiggum(["ticket", "create", "T"]);
      expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
      expect(ran.stderr).toMatch(/\[error\] .*config\.sh/);
      expect(ran.stderr).toMatch(/line 1|:1/);
      broken.write("other.sh", 'WIGGUM_MAX_AGENTS="2"\n');
      const other = await broken.json<{ maxAgents: number }>(["ticket", "ready", "--config", "other.sh"]);
      expect(other).toEqual([]);
    } finally {
      await broken.remove();
    }
  });

  test("--session names the session of this call", async () => {
    const status = await repository.json<{ session: { name: string } }>(["--session", "mine", "status"]);
    expect(status.session.name).toBe("mine");
  });

  test("--quiet leaves results and errors, --verbose adds debug lines", async () => {
    const quiet = await repository.wiggum(["--quiet", "ticket", "create", "Quiet"]);
    expect(quiet).toMatchObject({ exitCode: 0, stderr: "" });
    expect(quiet.stdout).toMatch(/^tk-[0-9a-f]{4}\n$/);
    const verbose = await repository.wiggum(["ticket", "ready", "--verbose"]);
    expect(verbose.stderr).toContain(`[debug] project ${repository.root}`);
  });
});

describe("standard output", () => {
  test("a reader that goes away ends the output quietly; what was to be done is done", async () => {
    const script = `"${process.execPath}" "${program}" ticket create "After the reader" | true; echo "\${PIPESTATUS[0]}"`;
    const ran = spawnSync("bash", ["-c", script], {
      cwd: repository.root,
      env: repository.environment,
      encoding: "utf8",
    });
    expect(ran.stderr).not.toMatch(/EPIPE|Error/);
    const list = await repository.succeed(["ticket", "list", "--text", "After the reader"]);
    expect(list).toContain("After the reader");
  });

  test("a long list into a reader that takes one line", () => {
    const script = `"${process.execPath}" "${program}" --help | head -1; echo "\${PIPESTATUS[0]}"`;
    const ran = spawnSync("bash", ["-c", script], { env: repository.environment, encoding: "utf8" });
    expect(ran).toMatchObject({ stdout: "Usage: wiggum <command> [options]\n0\n", stderr: "" });
  });
});

test("a full disk under standard output is a failure, not a success and no stack trace", () => {
  const script = `"${process.execPath}" "${program}" ticket list > /dev/full`;
  const ran = spawnSync("sh", ["-c", script], {
    cwd: repository.root,
    env: repository.environment,
    encoding: "utf8",
  });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toMatch(/^\[error\] Standard output could not be written: ENOSPC.*\n {8}next: .*\n$/);
});

describe("bin/wiggum", () => {
  const launcher = fileURLToPath(new URL("../../../../bin/wiggum", import.meta.url));

  test("runs the built command from any folder and through symbolic links", () => {
    const link = join(repository.programs, "linked");
    symlinkSync(launcher, link);
    symlinkSync("linked", join(repository.programs, "linked-twice"));
    const ran = spawnSync(join(repository.programs, "linked-twice"), ["ticket", "ready", "--verbose"], {
      cwd: join(repository.root, ".wiggum"),
      env: repository.environment,
      encoding: "utf8",
    });
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain(`[debug] project ${repository.root}`);
  });

  test("says what to do when nothing is built or set up yet", () => {
    const copy = join(repository.programs, "clone");
    mkdirSync(join(copy, "bin"), { recursive: true });
    execFileSync("cp", [launcher, join(copy, "bin", "wiggum")]);
    const run = () => spawnSync(join(copy, "bin", "wiggum"), ["--version"], { encoding: "utf8" });
    expect(run()).toMatchObject({ status: 1, stdout: "" });
    expect(run().stderr).toMatch(/^\[error\] Not set up yet: .*\n {8}next: /);
    const node = join(copy, "node_modules", "node", "bin");
    mkdirSync(node, { recursive: true });
    execFileSync("cp", ["/bin/sh", join(node, "node")]);
    chmodSync(join(node, "node"), 0o755);
    expect(run().stderr).toMatch(/^\[error\] Not built yet: .*\n {8}next: /);
  });
});
