import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { idOfPath } from "./fan-out.js";
import { readTextIfThere } from "./files.js";
import { createStoreGit } from "./store-git.js";
import { mainRef } from "./store-layout.js";

/** A bare repository with tickets that plain git made, before it becomes a store. */
export interface ForeignStore {
  /** Short name of the branch that counts. */
  readonly branch: string;
  readonly ticketCount: number;
  /** git hooks that act on a push, by name; git's own samples do not count. */
  readonly pushHooks: readonly string[];
  /** An attribute lets git join changed lines, which would repeat keys. */
  readonly mergesByLines: boolean;
}

/** Looks at a bare repository and changes nothing in it. */
export function lookAtForeignStore(path: string): ForeignStore {
  const git = createStoreGit({ cwd: path, gitDirectory: path });
  const head = (readTextIfThere(join(path, "HEAD")) ?? "").trim().replace(/^ref: /, "");
  const hasMain = git.runSync(["rev-parse", "--verify", "--quiet", mainRef], {
    allowedExitCodes: [0, 1, 128],
  });
  const ref = hasMain.exitCode === 0 ? mainRef : head;
  const files = git.runSync(["ls-tree", "-r", "-z", "--name-only", ref], {
    allowedExitCodes: [0, 128],
  }).stdout;
  return {
    branch: ref.replace(/^refs\/heads\//, ""),
    ticketCount: new Set(files.split("\0").flatMap((path) => idOfPath(path) ?? [])).size,
    pushHooks: hooksIn(join(path, "hooks")),
    mergesByLines: hasLineMerge(readTextIfThere(join(path, "info", "attributes")) ?? ""),
  };
}

function hooksIn(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.endsWith(".sample"))
        .sort()
    : [];
}

const lineMerge = /^[^#]*\smerge=union\s*$/;

export function hasLineMerge(attributes: string): boolean {
  return attributes.split("\n").some((line) => lineMerge.test(line));
}

/** The same attributes without those that merge by lines. */
export function withoutLineMerge(attributes: string): string {
  return attributes
    .split("\n")
    .filter((line) => !lineMerge.test(line))
    .join("\n");
}
