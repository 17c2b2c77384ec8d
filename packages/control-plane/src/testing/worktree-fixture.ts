import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createGit, type Git } from "@wiggum/git";
import { onTestFinished } from "vitest";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "../project-paths.js";
import { contentOf, type TemporaryRepository, temporaryRepository } from "./temporary-repository.js";

/** A repository with a linked worktree, as agents have one, and plain git as an independent look at both. */
export interface WorktreeFixture extends TemporaryRepository {
  readonly repository: Git;
  readonly paths: ProjectPaths;
  /** Plain git in the worktree of that name. */
  inside(agentId: string, ...args: string[]): string;
  /** Makes a worktree on a new branch of that name. */
  addWorktree(agentId: string, startAt?: string): string;
  writeIn(folder: string, path: string, content: string | Uint8Array, mode?: number): void;
}

export function worktreeFixture(options: { readonly isEmpty?: boolean } = {}): WorktreeFixture {
  const repository = temporaryRepository(options);
  onTestFinished(() => repository.remove());
  const { root, environment } = repository;
  const { GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, HOME } = environment;
  const paths = projectPaths(root as ProjectRoot);
  const fixture: WorktreeFixture = {
    ...repository,
    paths,
    repository: createGit({ cwd: root, env: { GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, HOME } }),
    inside: (agentId, ...args) =>
      execFileSync("git", args, {
        cwd: join(paths.worktreesDirectory, agentId),
        env: environment,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      }).trim(),
    addWorktree(agentId, startAt = "HEAD") {
      const path = join(paths.worktreesDirectory, agentId);
      repository.git("worktree", "add", "-q", "-b", agentId, path, startAt);
      return path;
    },
    writeIn(folder, path, content, mode) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      if (mode !== undefined) chmodSync(file, mode);
    },
  };
  fixture.write(".git/info/exclude", "/worktrees/\n");
  return fixture;
}

/** Files with content, links and executable bits: two folders are equal when these are. */
export function picture(folder: string, isSkipped: (path: string) => boolean = () => false): string[] {
  const skip = (path: string) => path === ".git" || path.startsWith(".git/") || isSkipped(path);
  return [...contentOf(folder, skip)].map(([path, content]) => {
    const status = lstatSync(join(folder, path));
    const bit = !status.isSymbolicLink() && (status.mode & 0o100) !== 0 ? "x" : "-";
    return `${bit} ${path}\n${content}`;
  });
}

/** Names of all files directly in a folder, sorted. */
export function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).sort();
}
