import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createGit, type Git } from "./create-git.js";

/** A real repository of one test, removed at its end, and plain git as an independent look at it. */
export interface Fixture {
  readonly folder: string;
  readonly root: string;
  readonly git: Git;
  /** Plain `git` in `cwd` (default: the root), trimmed output. Throws on failure. */
  plain(args: readonly string[], cwd?: string): string;
  /** Writes files and commits them on the current branch of `cwd`; answers the commit. */
  commit(message: string, files: Readonly<Record<string, string>>, cwd?: string): string;
  write(path: string, text: string, cwd?: string): void;
  /** Configuration that plays the person's `~/.gitconfig`. */
  readonly globalConfig: string;
}

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-git-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function makeFixture(
  options: { readonly isUnborn?: boolean; readonly hasPerson?: boolean } = {},
): Fixture {
  const folder = temporaryFolder();
  const root = join(folder, "project");
  mkdirSync(root);
  const globalConfig = join(folder, "gitconfig");
  writeFileSync(
    globalConfig,
    options.hasPerson === false ? "" : "[user]\n\tname = Pat\n\temail = pat@example.org\n",
  );
  const env = { GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1" };
  const plain = (args: readonly string[], cwd = root) =>
    execFileSync("git", args as string[], {
      cwd,
      env: { PATH: process.env["PATH"], HOME: folder, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const write = (path: string, text: string, cwd = root) => {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  };
  const commit = (message: string, files: Readonly<Record<string, string>>, cwd = root) => {
    for (const [path, text] of Object.entries(files)) write(path, text, cwd);
    plain(["add", "-A"], cwd);
    plain(
      [
        "-c",
        "user.name=Pat",
        "-c",
        "user.email=pat@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        message,
      ],
      cwd,
    );
    return plain(["rev-parse", "HEAD"], cwd);
  };
  plain(["init", "-q", "-b", "main", "--template="]);
  if (options.isUnborn !== true) commit("first", { "README.md": "one\n" });
  return { folder, root, git: createGit({ cwd: root, env }), plain, commit, write, globalConfig };
}
