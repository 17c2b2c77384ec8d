import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { TicketError } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import { dropSalvage, findSalvage, listSalvage, salvageWorktree, showSalvage } from "./salvage.js";
import { dropExpiredSalvage, expiredSalvage } from "./salvage-refs.js";
import { restoreSalvage } from "./salvage-restore.js";
import { structuredDefaults } from "./settings.js";
import { picture, type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";
import { newUlid, ulidTime } from "./ulid.js";
import type { SnapshotRules } from "./work-snapshot.js";

function rulesOf({ root }: WorktreeFixture): SnapshotRules & { reason: string } {
  return { mainRoot: root, regenerable: structuredDefaults.worktree.regenerable, reason: "test" };
}

/** Saves the worktree, restores into a new folder, and says whether saving left the worktree alone. */
async function saveAndRestore(fixture: WorktreeFixture, worktree: string) {
  const before = [
    picture(worktree),
    indexOf(worktree),
    fixture.inside("worker-0", "--no-optional-locks", "status", "--porcelain=v2"),
  ];
  const saved = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
  const after = [
    picture(worktree),
    indexOf(worktree),
    fixture.inside("worker-0", "--no-optional-locks", "status", "--porcelain=v2"),
  ];
  expect(after).toEqual(before);
  const folder = join(fixture.base, "restored");
  const restored = await restoreSalvage(fixture.repository, saved.entry.name, folder);
  return { saved, folder, restored };
}

function indexOf(worktree: string): string {
  const directory = readFileSync(join(worktree, ".git"), "utf8").replace("gitdir: ", "").trim();
  const index = join(directory, "index");
  return existsSync(index) ? `${statSync(index).mtimeMs} ${readFileSync(index, "latin1")}` : "none";
}

const binary = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) % 256));

describe("salvage", () => {
  // P24
  test("files changed in every way come back byte for byte, and nothing in the worktree is touched", async () => {
    const fixture = worktreeFixture();
    fixture.write("kept.txt", "kept\n");
    fixture.write("old name.txt", "a long enough text to be taken for a rename\n".repeat(5));
    fixture.write("gone.txt", "gone\n");
    fixture.write("becomes-folder", "file\n");
    fixture.write("tool.sh", "#!/bin/sh\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Files");
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, "README.md", "modified\n");
    fixture.writeIn(worktree, "staged.txt", "staged\n");
    fixture.inside("worker-0", "add", "staged.txt");
    fixture.writeIn(worktree, "tool.sh", "#!/bin/sh\necho hi\n", 0o755);
    fixture.writeIn(worktree, "new folder/übermäßig.bin", binary);
    fixture.writeIn(worktree, "odd\n\"name'", "odd\n");
    fixture.writeIn(worktree, "-dash", "dash\n");
    unlinkSync(join(worktree, "gone.txt"));
    fixture.inside("worker-0", "mv", "old name.txt", "new name.txt");
    unlinkSync(join(worktree, "becomes-folder"));
    fixture.writeIn(worktree, "becomes-folder/inside.txt", "inside\n");
    symlinkSync("../nowhere/at all", join(worktree, "broken-link"));
    symlinkSync("new folder", join(worktree, "folder-link"));
    const { folder, saved } = await saveAndRestore(fixture, worktree);
    expect(picture(folder)).toEqual(picture(worktree));
    expect(saved.entry.files).toContain("new folder/übermäßig.bin");
    expect(fixture.git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  test("ignored files are kept unless they can be made again or lie in the main checkout, too", async () => {
    const fixture = worktreeFixture();
    fixture.write(".gitignore", ".env*\nnode_modules\n*.log\nlocal/\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Ignore");
    fixture.write(".env", "SECRET=1\n");
    fixture.write(".env.local", "SAME=1\n");
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, ".env", "SECRET=2\n");
    fixture.writeIn(worktree, ".env.local", "SAME=1\n");
    fixture.writeIn(worktree, "node_modules/x/index.js", "1\n");
    fixture.writeIn(worktree, "sub/node_modules/y.js", "1\n");
    fixture.writeIn(worktree, "local/deep/notes.txt", "mine\n");
    fixture.writeIn(worktree, "local/__pycache__/x.pyc", "1\n");
    const { folder, saved } = await saveAndRestore(fixture, worktree);
    expect(saved.entry.files).toEqual([".env", "local/deep/notes.txt"]);
    expect(readFileSync(join(folder, ".env"), "utf8")).toBe("SECRET=2\n");
    expect(readFileSync(join(folder, "local/deep/notes.txt"), "utf8")).toBe("mine\n");
  });

  test("ticket edits that were never submitted are kept; of a view that cannot be read, every ticket file", async () => {
    const fixture = worktreeFixture();
    fixture.write(".git/info/exclude", "/worktrees/\n/.wiggum/\n");
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, ".wiggum/tickets/tk-1.md", "edited\n");
    fixture.writeIn(worktree, ".wiggum/tickets/tk-2.md", "as stored\n");
    fixture.writeIn(worktree, ".wiggum/agent.json", "{}\n");
    const edits = async (folder: string) => [{ id: "tk-1", path: join(folder, "tk-1.md"), text: "edited\n" }];
    const save = (views: SnapshotRules["views"]) =>
      salvageWorktree(fixture.repository, "worker-0", worktree, { ...rulesOf(fixture), views });
    expect((await save({ edits })).entry.files).toEqual([".wiggum/tickets/tk-1.md"]);
    const broken = () => Promise.reject(new TicketError("STORE_BROKEN", "broken", { path: "x" }));
    expect((await save({ edits: broken })).entry.files).toEqual([
      ".wiggum/tickets/tk-1.md",
      ".wiggum/tickets/tk-2.md",
    ]);
  });

  test("line ends and filters of the person's configuration change no byte", async () => {
    const fixture = worktreeFixture();
    fixture.write(".gitattributes", "*.txt text eol=lf\n*.up filter=upper\n");
    fixture.git("config", "filter.upper.clean", "tr a-z A-Z");
    fixture.git("config", "core.autocrlf", "input");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Attributes");
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, "dos.txt", "one\r\ntwo\r\n");
    fixture.writeIn(worktree, "lower.up", "lower\n");
    const { folder } = await saveAndRestore(fixture, worktree);
    expect(readFileSync(join(folder, "dos.txt"), "utf8")).toBe("one\r\ntwo\r\n");
    expect(readFileSync(join(folder, "lower.up"), "utf8")).toBe("lower\n");
  });

  test("what only the index holds is kept beside the files", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, "README.md", "staged version\n");
    fixture.writeIn(worktree, "never-on-disk.txt", "staged only\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.writeIn(worktree, "README.md", "later version\n");
    unlinkSync(join(worktree, "never-on-disk.txt"));
    const { folder } = await saveAndRestore(fixture, worktree);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("later version\n");
    expect(readFileSync(join(folder, "README.md.staged"), "utf8")).toBe("staged version\n");
    expect(readFileSync(join(folder, "never-on-disk.txt.staged"), "utf8")).toBe("staged only\n");
    expect(existsSync(join(folder, "never-on-disk.txt"))).toBe(false);
  });

  test("files whose changes git was told not to show are kept", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    fixture.inside("worker-0", "update-index", "--assume-unchanged", "README.md");
    fixture.writeIn(worktree, "README.md", "hidden change\n");
    expect(fixture.inside("worker-0", "status", "--porcelain")).toBe("");
    const { folder } = await saveAndRestore(fixture, worktree);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("hidden change\n");
  });

  test.each(["rebase", "merge", "cherry-pick"])(
    "in the middle of a %s: markers and all commits",
    async (what) => {
      const fixture = worktreeFixture();
      const worktree = fixture.addWorktree("worker-0");
      fixture.writeIn(worktree, "first.txt", "first\n");
      fixture.inside("worker-0", "add", "-A");
      fixture.inside("worker-0", "commit", "-q", "-m", "First");
      fixture.writeIn(worktree, "README.md", "mine\n");
      fixture.inside("worker-0", "commit", "-q", "-a", "-m", "Mine");
      const mine = fixture.inside("worker-0", "rev-parse", "HEAD");
      fixture.write("README.md", "theirs\n");
      fixture.git("commit", "-q", "-a", "-m", "Theirs");
      expect(() => fixture.inside("worker-0", what, "main")).toThrow();
      fixture.writeIn(worktree, "untracked.txt", "mine, too\n");
      const { folder, saved } = await saveAndRestore(fixture, worktree);
      expect(saved.snapshot.open).toBe(what);
      expect(readFileSync(join(folder, "README.md"), "utf8")).toContain("<<<<<<<");
      expect(picture(folder)).toEqual(picture(worktree));
      // The agent's own commits, which a rebase has taken off the branch's tip, are below the salvage point.
      expect(fixture.git("merge-base", "--is-ancestor", mine, saved.entry.ref)).toBe("");
    },
  );

  test("a detached HEAD with a commit of its own", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    fixture.inside("worker-0", "checkout", "-q", "--detach");
    fixture.writeIn(worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "Nobody's");
    const commit = fixture.inside("worker-0", "rev-parse", "HEAD");
    const { saved, folder } = await saveAndRestore(fixture, worktree);
    expect(saved.snapshot.branch).toBeUndefined();
    expect(fixture.git("rev-parse", `${saved.entry.ref}^`).trim()).toBe(commit);
    expect(picture(folder)).toEqual(picture(worktree));
  });

  test("a repository without any commit", async () => {
    const fixture = worktreeFixture({ isEmpty: true });
    const worktree = join(fixture.paths.worktreesDirectory, "worker-0");
    const { addWorktree } = await import("@wiggum/git");
    await addWorktree(fixture.repository, { path: worktree, branch: "worker-0" });
    fixture.writeIn(worktree, "a.txt", "a\n");
    fixture.writeIn(worktree, "staged.txt", "s\n");
    fixture.inside("worker-0", "add", "staged.txt");
    const { folder, saved } = await saveAndRestore(fixture, worktree);
    expect(saved.entry.files).toEqual(["a.txt", "staged.txt"]);
    expect(picture(folder)).toEqual(picture(worktree));
  });

  test.each([
    [
      "a repository inside",
      (worktree: string) => execFileSync("git", ["init", "-q", join(worktree, "inner")]),
      /inner/,
    ],
    [
      "too many ignored bytes",
      (worktree: string) => {
        writeFileSync(join(worktree, ".gitignore"), "*.iso\n");
        writeFileSync(join(worktree, "big.iso"), Buffer.alloc(51 * 1024 * 1024));
      },
      /big\.iso/,
    ],
  ])("%s cannot be kept: refused, named, and nothing is written", async (_, spoil, named) => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    spoil(worktree);
    const saving = salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    await expect(saving).rejects.toMatchObject({
      code: "WORKTREE_UNSAFE",
      message: expect.stringMatching(named),
    });
    expect(await listSalvage(fixture.repository)).toEqual([]);
  });

  test("a changed sub-module refuses", async () => {
    const fixture = worktreeFixture();
    const other = join(fixture.base, "other");
    execFileSync("git", ["init", "-q", other]);
    execFileSync("git", [
      "-C",
      other,
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@t",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "x",
    ]);
    fixture.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, "sub");
    fixture.git("commit", "-q", "-m", "Sub-module");
    const worktree = fixture.addWorktree("worker-0");
    fixture.inside(
      "worker-0",
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "update",
      "--init",
    );
    writeFileSync(join(worktree, "sub", "new.txt"), "new\n");
    await expect(
      salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture)),
    ).rejects.toMatchObject({ code: "WORKTREE_UNSAFE", message: expect.stringContaining("sub") });
  });
});

describe("salvage points", () => {
  async function saved() {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, "README.md", "changed\n");
    fixture.writeIn(worktree, "new.txt", "new\n");
    const { entry } = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    return { fixture, worktree, entry, git: fixture.repository };
  }

  test("are listed, found by a part of the name, shown and dropped", async () => {
    const { git, entry, worktree, fixture } = await saved();
    fixture.writeIn(worktree, "second.txt", "2\n");
    const second = (await salvageWorktree(git, "worker-0", worktree, rulesOf(fixture))).entry;
    expect((await listSalvage(git)).map(({ name }) => name)).toEqual([entry.name, second.name]);
    expect(entry).toMatchObject({ agentId: "worker-0", files: ["README.md", "new.txt"] });
    expect((await findSalvage(git, entry.name.slice(-8))).ref).toBe(entry.ref);
    await expect(findSalvage(git, "worker-0")).rejects.toMatchObject({
      code: "SALVAGE_NOT_FOUND",
      data: { candidates: [entry.name, second.name] },
    });
    await expect(findSalvage(git, "")).rejects.toMatchObject({ code: "SALVAGE_NOT_FOUND" });
    expect(await showSalvage(git, entry.name)).toContain("+changed");
    await dropSalvage(git, entry.name);
    expect((await listSalvage(git)).map(({ name }) => name)).toEqual([second.name]);
  });

  // P24
  test("nothing but the whole name drops one: what could be meant is named, and nothing is dropped", async () => {
    const { git, entry } = await saved();
    const parts = [
      "worker-0",
      "worker-0/",
      entry.name.slice(0, -1),
      entry.name.slice(-8),
      "reviewer",
      "",
      `${entry.name} `,
    ];
    for (const part of parts) {
      await expect(dropSalvage(git, part)).rejects.toMatchObject({
        code: "SALVAGE_NOT_FOUND",
        data: { candidates: part === "" || part === "reviewer" || part.endsWith(" ") ? [] : [entry.name] },
      });
    }
    expect(await listSalvage(git)).toHaveLength(1);
    await dropSalvage(git, entry.name);
    expect(await listSalvage(git)).toEqual([]);
  });

  // P24
  test("are kept for 30 days, then dropped; of which the age cannot be told never, nor what is not ours", async () => {
    const { git, entry, fixture } = await saved();
    const made = ulidTime(entry.name.slice(-26));
    const day = 24 * 60 * 60_000;
    expect(Date.parse(entry.keptUntil)).toBe(made + 30 * day);
    const old = `refs/wiggum/salvage/worker-0/${newUlid(made - 31 * day)}`;
    const timeless = `refs/wiggum/salvage/worker-0/${newUlid(86_400_000)}`;
    for (const ref of [old, timeless, "refs/wiggum/salvage/mine", "refs/wiggum/salvage/worker-0/mine"]) {
      fixture.git("update-ref", ref, entry.commit);
    }
    const before = fixture.git("for-each-ref", "refs/wiggum").trim().split("\n");
    expect((await expiredSalvage(git, new Date())).map(({ ref }) => ref)).toEqual([old]);
    expect(await dropExpiredSalvage(git, new Date())).toMatchObject([{ ref: old, commit: entry.commit }]);
    const after = fixture.git("for-each-ref", "refs/wiggum").trim().split("\n");
    expect(before.filter((line) => !after.includes(line))).toHaveLength(1);
    expect(await dropExpiredSalvage(git, new Date())).toEqual([]);
    // An instant before and after its time.
    const until = Date.parse(entry.keptUntil);
    expect(await dropExpiredSalvage(git, new Date(until - 1))).toEqual([]);
    expect(await dropExpiredSalvage(git, new Date(until + 1))).toMatchObject([{ name: entry.name }]);
  });

  test("survive git's own cleaning", async () => {
    const { fixture, entry, git, worktree } = await saved();
    rmSync(worktree, { recursive: true });
    fixture.git("worktree", "prune");
    fixture.git("branch", "-D", "worker-0");
    fixture.git("reflog", "expire", "--expire=now", "--all");
    fixture.git("gc", "-q", "--prune=now");
    const folder = join(fixture.base, "back");
    await restoreSalvage(git, entry.name, folder);
    expect(readFileSync(join(folder, "new.txt"), "utf8")).toBe("new\n");
  });

  test("restore into a worktree replaces only what git has; anything else in the way refuses before a byte is written", async () => {
    const { fixture, entry, git } = await saved();
    const other = fixture.addWorktree("worker-1", "main");
    const { files } = await restoreSalvage(git, entry.name, other);
    expect(files).toEqual(["README.md", "new.txt"]);
    expect(readFileSync(join(other, "README.md"), "utf8")).toBe("changed\n");
    // Again: everything is there already.
    await restoreSalvage(git, entry.name, other);
    const third = fixture.addWorktree("worker-2", "main");
    appendFileSync(join(third, "README.md"), "my own line\n");
    const before = picture(third);
    await expect(restoreSalvage(git, entry.name, third)).rejects.toMatchObject({
      code: "RESTORE_BLOCKED",
      data: { files: ["README.md"] },
    });
    expect(picture(third)).toEqual(before);
  });

  test("restore does not write through a link that leads away", async () => {
    const fixture = worktreeFixture();
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, "sub/new.txt", "new\n");
    const { entry } = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    const outside = join(fixture.base, "outside");
    const target = join(fixture.base, "target");
    mkdirSync(outside);
    mkdirSync(target);
    writeFileSync(join(target, "something"), "");
    symlinkSync(outside, join(target, "sub"));
    await expect(restoreSalvage(fixture.repository, entry.name, target)).rejects.toMatchObject({
      code: "RESTORE_BLOCKED",
    });
    expect(existsSync(join(outside, "new.txt"))).toBe(false);
    renameSync(join(target, "sub"), join(target, "away"));
    await restoreSalvage(fixture.repository, entry.name, target);
    expect(readFileSync(join(target, "sub/new.txt"), "utf8")).toBe("new\n");
  });
});
