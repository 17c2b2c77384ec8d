import type { CommitId } from "./commits.js";
import type { Git } from "./create-git.js";
import { pathText } from "./path-text.js";

/** One file that is not as HEAD has it. Letters are those of `git status --porcelain=v2`. */
export interface StatusEntry {
  readonly kind: "changed" | "renamed" | "unmerged" | "untracked" | "ignored";
  /** From the top of the checkout, forward slashes; as `pathText` makes it. */
  readonly path: string;
  /** Where a renamed or copied file came from. */
  readonly originalPath?: string | undefined;
  /** Change between HEAD and index, one letter, `.` = none; absent for untracked and ignored files. */
  readonly inIndex?: string | undefined;
  /** Change between index and file, one letter, `.` = none. */
  readonly inWorktree?: string | undefined;
  /** Is it a sub-module? */
  readonly isSubmodule: boolean;
}

/** The state of a checkout. */
export interface Status {
  /** Absent = no commit yet. */
  readonly commit?: CommitId | undefined;
  /** Absent = detached. */
  readonly branch?: string | undefined;
  /** Everything but ignored files; untracked ones file by file. */
  readonly entries: readonly StatusEntry[];
  /** Ignored files; a wholly ignored folder is one entry ending in `/`. Empty unless asked for. */
  readonly ignored: readonly StatusEntry[];
}

/** State of the checkout at the git's working directory. Takes no lock. @throws NOT_A_REPOSITORY */
export async function readStatus(git: Git, options: { readonly ignored?: boolean } = {}): Promise<Status> {
  const { stdoutBytes } = await git.run([
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--untracked-files=all",
    "--ignore-submodules=none",
    `--ignored=${options.ignored === true ? "matching" : "no"}`,
  ]);
  return parseStatus(pathText(stdoutBytes));
}

/** Does the checkout hold nothing that is not committed? Ignored files do not count. */
export function isClean(status: Status): boolean {
  return status.entries.length === 0;
}

/** Reads `status --porcelain=v2 -z --branch`, git-status(1). */
export function parseStatus(text: string): Status {
  const entries: StatusEntry[] = [];
  const ignored: StatusEntry[] = [];
  let commit: string | undefined;
  let branch: string | undefined;
  const records = text.split("\0");
  for (let index = 0; index < records.length; index++) {
    const record = records[index] ?? "";
    if (record.startsWith("# branch.oid ")) commit = known(record.slice(13), "(initial)");
    else if (record.startsWith("# branch.head ")) branch = known(record.slice(14), "(detached)");
    else if (record.startsWith("1 ")) entries.push(tracked("changed", record, 8));
    else if (record.startsWith("2 ")) {
      const originalPath = records[++index] ?? "";
      entries.push({ ...tracked("renamed", record, 9), originalPath });
    } else if (record.startsWith("u ")) entries.push(tracked("unmerged", record, 10));
    else if (record.startsWith("? "))
      entries.push({ kind: "untracked", path: record.slice(2), isSubmodule: false });
    else if (record.startsWith("! "))
      ignored.push({ kind: "ignored", path: record.slice(2), isSubmodule: false });
  }
  return {
    ...(commit === undefined ? {} : { commit }),
    ...(branch === undefined ? {} : { branch }),
    entries,
    ignored,
  };
}

/** `fieldCount` fields parted by one space come before the path, which may hold spaces. */
function tracked(kind: "changed" | "renamed" | "unmerged", record: string, fieldCount: number): StatusEntry {
  const fields = record.split(" ");
  const letters = fields[1] ?? "..";
  return {
    kind,
    path: fields.slice(fieldCount).join(" "),
    inIndex: letters[0] ?? ".",
    inWorktree: letters[1] ?? ".",
    isSubmodule: (fields[2] ?? "N").startsWith("S"),
  };
}

function known(value: string, unknown: string): string | undefined {
  return value === unknown ? undefined : value;
}
