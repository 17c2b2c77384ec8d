import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathBytes, pathText } from "@wiggum/git";
import { describe, expect, test } from "vitest";
import { findSalvage, salvageWorktree } from "./salvage.js";
import { restoreSalvage } from "./salvage-restore.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";
import type { SnapshotRules } from "./work-snapshot.js";
import { createAgentWorkspaces } from "./worktrees.js";

/** Names are bytes here: one character of these texts is one byte. */
const latin = (text: string) => Buffer.from(text, "latin1");
const at = (folder: string, name: string) => Buffer.concat([Buffer.from(`${folder}/`), latin(name)]);

const odd = {
  changed: "caf\xe9.txt",
  gone: "\xffgone",
  before: "old\x80name",
  after: "new\x81name\xc3",
  flagged: "flagged\xfe",
  staged: "st\xe4ged",
  untracked: 'folder\xe9/\xc3\x28 "quoted"\n and cut\r\xe2\x82',
  link: "li\xf1k",
  ignored: "kept\xfc.log",
  inIgnored: "local\xfc/deep\xfc/n\xf6te",
} as const;

function rulesOf({ root }: WorktreeFixture): SnapshotRules & { reason: string } {
  return { mainRoot: root, regenerable: [], reason: "test" };
}

/** A worktree in which every kind of change is one of a file whose name is no text. */
function oddWorktree(): { readonly fixture: WorktreeFixture; readonly worktree: string } {
  const fixture = worktreeFixture();
  const { root } = fixture;
  const long = "a text that is long enough to be taken for a rename\n".repeat(5);
  for (const name of [odd.changed, odd.gone, odd.flagged]) writeFileSync(at(root, name), "first\n");
  writeFileSync(at(root, odd.before), long);
  fixture.write(".gitignore", "*.log\nlocal*/\n");
  fixture.git("add", "-A");
  fixture.git("commit", "-q", "-m", "Files");
  const worktree = fixture.addWorktree("worker-0");
  const git = (args: readonly string[], input: string) =>
    execFileSync("git", args, { cwd: worktree, env: fixture.environment, input: latin(input) });
  writeFileSync(at(worktree, odd.changed), "second\n");
  chmodSync(at(worktree, odd.changed), 0o755);
  unlinkSync(at(worktree, odd.gone));
  renameSync(at(worktree, odd.before), at(worktree, odd.after));
  git(["add", "-A", "--pathspec-from-file=-", "--pathspec-file-nul"], `${odd.before}\0${odd.after}\0`);
  git(["update-index", "-z", "--assume-unchanged", "--stdin"], `${odd.flagged}\0`);
  writeFileSync(at(worktree, odd.flagged), "hidden change\n");
  writeFileSync(at(worktree, odd.staged), "staged version\n");
  git(["add", "--pathspec-from-file=-", "--pathspec-file-nul"], `${odd.staged}\0`);
  writeFileSync(at(worktree, odd.staged), "later version\n");
  mkdirSync(at(worktree, "folder\xe9"));
  writeFileSync(at(worktree, odd.untracked), "untracked\n");
  symlinkSync(latin("to\xe9/nowhere"), at(worktree, odd.link));
  writeFileSync(at(worktree, odd.ignored), "log\n");
  mkdirSync(at(worktree, "local\xfc/deep\xfc"), { recursive: true });
  writeFileSync(at(worktree, odd.inIgnored), "note\n");
  return { fixture, worktree };
}

/** All files with content and executable bit, names as one character a byte. */
function picture(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (below: string) => {
    const here = below === "" ? Buffer.from(folder) : at(folder, below);
    for (const entry of readdirSync(here, { encoding: "buffer" })) {
      const name = `${below === "" ? "" : `${below}/`}${entry.toString("latin1")}`;
      if (name === ".git") continue;
      const path = at(folder, name);
      const status = lstatSync(path);
      if (status.isDirectory()) visit(name);
      else if (status.isSymbolicLink()) {
        found.push(`${name} -> ${readlinkSync(path, { encoding: "buffer" }).toString("latin1")}`);
      } else {
        found.push(`${name} ${(status.mode & 0o100) === 0 ? "" : "x"} ${readFileSync(path, "latin1")}`);
      }
    }
  };
  visit("");
  return found.sort();
}

describe("file names that are no text", () => {
  // P24
  test("salvage keeps every kind of change; restoring gives the same names and bytes, and the worktree was not touched", async () => {
    const { fixture, worktree } = oddWorktree();
    const before = picture(worktree);
    const { entry } = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    expect(picture(worktree)).toEqual(before);
    const named = entry.files.map((path) => pathBytes(path).toString("latin1")).sort();
    expect(named).toEqual(
      [
        odd.changed,
        odd.gone,
        odd.before,
        odd.after,
        odd.flagged,
        odd.staged,
        odd.untracked,
        odd.link,
        odd.ignored,
        odd.inIgnored,
      ].sort(),
    );
    const folder = join(fixture.base, "restored");
    const { files } = await restoreSalvage(fixture.repository, entry.name, folder);
    expect(picture(folder)).toEqual([...before, `${odd.staged}.staged  staged version\n`].sort());
    expect(files).toContain(pathText(latin(odd.untracked)));
    expect(fixture.git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  // P24
  test("a kill with --force salvages and removes; without it the worktree stays, and the files are named escaped", async () => {
    const { fixture, worktree } = oddWorktree();
    const workspaces = createAgentWorkspaces({
      git: fixture.repository,
      paths: fixture.paths,
      tickets: memoryTickets().tickets,
      snapshot: { regenerable: [] },
      roles: async () => ["worker"],
    });
    const remains = { worktree, branch: "worker-0" };
    const before = picture(worktree);
    const kept = await workspaces.clear("worker-0", remains, false);
    expect(kept.keptWorktree).toBe(worktree);
    expect(kept.warnings.join()).toContain("caf\\xe9.txt");
    expect(picture(worktree)).toEqual(before);
    const cleared = await workspaces.clear("worker-0", remains, true);
    expect(cleared).toMatchObject({ warnings: [] });
    expect(existsSync(worktree)).toBe(false);
    const { files } = await findSalvage(fixture.repository, cleared.salvaged ?? "");
    expect(files).toHaveLength(10);
    const folder = join(fixture.base, "restored");
    await restoreSalvage(fixture.repository, cleared.salvaged ?? "", folder);
    expect(picture(folder)).toEqual([...before, `${odd.staged}.staged  staged version\n`].sort());
  });

  // P24
  test("a restore among other files overwrites none of them", async () => {
    const { fixture, worktree } = oddWorktree();
    const { entry } = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    const other = fixture.addWorktree("worker-1", "main");
    await restoreSalvage(fixture.repository, entry.name, other);
    expect(readFileSync(at(other, odd.changed), "latin1")).toBe("second\n");
    // Again: everything is there already.
    await restoreSalvage(fixture.repository, entry.name, other);
    const third = fixture.addWorktree("worker-2", "main");
    writeFileSync(at(third, odd.changed), "my own\n");
    const before = picture(third);
    const refused = restoreSalvage(fixture.repository, entry.name, third);
    await expect(refused).rejects.toMatchObject({
      code: "RESTORE_BLOCKED",
      data: { files: [pathText(latin(odd.changed))] },
    });
    expect(picture(third)).toEqual(before);
  });

  test("an ignored file that is the same in the main checkout is no work", async () => {
    const fixture = worktreeFixture();
    fixture.write(".gitignore", "*.log\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Ignore");
    const worktree = fixture.addWorktree("worker-0");
    writeFileSync(at(fixture.root, odd.ignored), "same\n");
    writeFileSync(at(worktree, odd.ignored), "same\n");
    const { entry } = await salvageWorktree(fixture.repository, "worker-0", worktree, rulesOf(fixture));
    expect(entry.files).toEqual([]);
  });
});
