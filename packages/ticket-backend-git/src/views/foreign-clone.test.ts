import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookAtForeignStore } from "../foreign-store.js";
import { lookAtClone, settleClone } from "./foreign-clone.js";

let base: string;
let store: string;
let clone: string;
const env = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_EDITOR: "true",
  GIT_AUTHOR_NAME: "w",
  GIT_AUTHOR_EMAIL: "w@e",
  GIT_COMMITTER_NAME: "w",
  GIT_COMMITTER_EMAIL: "w@e",
};
const git = (folder: string, ...words: string[]) =>
  execFileSync("git", words, { cwd: folder, env, encoding: "utf8", stdio: "pipe" }).trim();
const text = (id: string, words: string) => `---\nid: ${id}\n---\n\n# Title\n\n${words}\n`;
const write = (folder: string, id: string, words: string) =>
  writeFileSync(join(folder, `${id}.md`), text(id, words));
const read = (id: string) => readFileSync(join(clone, `${id}.md`), "utf8");
const commit = (folder: string, subject: string) => {
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", subject);
};

/** A store with two tickets, a clone with a commit for each of them, and another who changed the first one meanwhile. */
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "wiggum-clone-"));
  store = join(base, "tickets.git");
  clone = join(base, "clone");
  const other = join(base, "other");
  git(base, "init", "-q", "--bare", "-b", "master", store);
  git(base, "clone", "-q", store, other);
  write(other, "tk-aaaa", "first");
  write(other, "tk-bbbb", "second");
  commit(other, "Initial commit");
  git(other, "push", "-q", "origin", "HEAD:master");
  git(base, "clone", "-q", store, clone);
  write(other, "tk-aaaa", "theirs");
  commit(other, "Ticket update");
  git(other, "push", "-q", "origin", "HEAD:master");
  write(clone, "tk-aaaa", "mine");
  commit(clone, "Ticket update");
  write(clone, "tk-bbbb", "mine, too");
  commit(clone, "Ticket update");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const stop = (...words: string[]) => {
  const { status } = spawnSync("git", ["pull", "-q", ...words, "origin", "master"], { cwd: clone, env });
  expect(status).not.toBe(0);
};

test("a bare repository: its branch, how many tickets, what acts on a push", () => {
  writeFileSync(join(store, "hooks", "post-receive"), "", { mode: 0o755 });
  writeFileSync(join(store, "info", "attributes"), "*.md merge=union\n");
  expect(lookAtForeignStore(store)).toEqual({
    branch: "master",
    ticketCount: 2,
    pushHooks: ["post-receive"],
    mergesByLines: true,
  });
});

test("commits that were not pushed and edits are counted, and looking changes nothing", () => {
  write(clone, "tk-cccc", "new");
  const index = readFileSync(join(clone, ".git", "index"));
  expect(lookAtClone(store, clone)).toEqual({ unpushedCommits: 2, editedTickets: ["tk-cccc"] });
  expect(readFileSync(join(clone, ".git", "index"))).toEqual(index);
  settleClone(clone);
  expect(read("tk-cccc")).toBe(text("tk-cccc", "new"));
  expect(lookAtClone(store, join(base, "nowhere"))).toBeUndefined();
});

test("a rebase that stopped at the first commit: both commits are there again, also what it had not come to", () => {
  const mine = git(clone, "rev-parse", "HEAD");
  stop("--rebase");
  expect(read("tk-bbbb")).toBe(text("tk-bbbb", "second"));
  expect(lookAtClone(store, clone)).toMatchObject({ unpushedCommits: 2, stoppedIn: "rebase" });
  settleClone(clone);
  expect(git(clone, "symbolic-ref", "HEAD")).toBe("refs/heads/master");
  expect(git(clone, "rev-parse", "HEAD")).toBe(mine);
  expect(read("tk-aaaa")).toBe(text("tk-aaaa", "mine"));
  expect(read("tk-bbbb")).toBe(text("tk-bbbb", "mine, too"));
  expect(existsSync(join(clone, ".git", "rebase-merge"))).toBe(false);
});

test("a merge that stopped: what git could not join is mine again, what a person put right stays", () => {
  stop("--no-rebase");
  expect(read("tk-aaaa")).toContain("<<<<<<< ");
  settleClone(clone);
  expect(read("tk-aaaa")).toBe(text("tk-aaaa", "mine"));
  expect(lookAtClone(store, clone)).toMatchObject({ unpushedCommits: 2 });
  git(clone, "reset", "-q", "--hard");
  stop("--no-rebase");
  write(clone, "tk-aaaa", "both");
  settleClone(clone);
  expect(read("tk-aaaa")).toBe(text("tk-aaaa", "both"));
  expect(existsSync(join(clone, ".git", "MERGE_HEAD"))).toBe(false);
});

test("cut off after HEAD was put back: the next call clears the rest away", () => {
  stop("--rebase");
  rmSync(join(clone, ".git", "rebase-merge", "orig-head"));
  writeFileSync(join(clone, ".git", "HEAD"), "ref: refs/heads/master\n");
  write(clone, "tk-aaaa", "mine");
  settleClone(clone);
  expect(lookAtClone(store, clone)?.stoppedIn).toBeUndefined();
  expect(read("tk-aaaa")).toBe(text("tk-aaaa", "mine"));
});
