// A plain ticket command starts no git: neither for the store nor for the folder that shows it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let id = "";
beforeAll(async () => {
  repository = await createRepository();
  id = await repository.succeed(["ticket", "create", "First"]);
  await repository.succeed(["ticket", "show", id]);
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  // `programs` comes first on the PATH of every command here.
  const script = `#!/bin/sh\necho "$*" >> '${log()}'\nexec '${real}' "$@"\n`;
  writeFileSync(join(repository.programs, "git"), script, { mode: 0o755 });
}, 60_000);
afterAll(() => repository.remove());

const log = () => join(repository.programs, "calls");

async function gitCallsOf(words: readonly string[], isRefused = false): Promise<readonly string[]> {
  rmSync(log(), { force: true });
  const { exitCode, stderr } = await repository.wiggum(words);
  expect(exitCode !== 0, stderr).toBe(isRefused);
  return existsSync(log()) ? readFileSync(log(), "utf8").trimEnd().split("\n") : [];
}

test("reading, writing and being refused start no git", async () => {
  for (const words of [
    "show ID",
    "list",
    "ready",
    "transition ID in-progress",
    "comment ID ann text",
    "show ID",
  ]) {
    expect(await gitCallsOf(["ticket", ...words.replace("ID", id).split(" ")]), words).toEqual([]);
  }
  expect(await gitCallsOf(["ticket", "transition", id, "in-progress"], true)).toEqual([]);
  // Those who look do so with plain git: it finds all of it, and the folder clean.
  const view = repository.git("-C", ".wiggum/tickets", "status", "--porcelain", "--branch");
  expect(view.trim()).toBe("## main...origin/main");
  expect(repository.read(`.wiggum/tickets/${id}.md`)).toContain("state: in-progress");
}, 60_000);

test("after git's own housekeeping it is the same", async () => {
  repository.git("--git-dir=.wiggum/tickets.git", "gc", "-q");
  expect(await gitCallsOf(["ticket", "show", id])).toEqual([]);
  expect(await gitCallsOf(["ticket", "comment", id, "ann", "again"])).toEqual([]);
}, 60_000);

test("a store that is left to git says so to whoever asks, and works", async () => {
  repository.git("--git-dir=.wiggum/tickets.git", "config", "wiggum.native", "true");
  expect((await gitCallsOf(["ticket", "comment", id, "ann", "by git"])).length).toBeGreaterThan(3);
  const { stderr, exitCode } = await repository.wiggum(["doctor"]);
  expect(stderr).toContain(".wiggum/tickets.git: its setting wiggum.native asks for it (STORE_NATIVE)");
  expect(exitCode).toBe(0);
  repository.git("--git-dir=.wiggum/tickets.git", "config", "--unset", "wiggum.native");
  expect((await repository.wiggum(["doctor"])).stderr).not.toContain("STORE_NATIVE");
}, 60_000);
