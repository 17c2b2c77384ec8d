import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "@wiggum/git";
import { GitError, wiggumIdentity } from "@wiggum/git";
import { syncFile } from "./files.js";

/** Hex id of an object. */
export type ObjectId = string;

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link), `40000` (folder), `160000` (sub-module). */
  readonly mode: string;
  readonly id: ObjectId;
  /** The name's bytes as Latin-1, so that a foreign name in any encoding survives. */
  readonly name: string;
}

export interface GitObject {
  readonly id: ObjectId;
  readonly type: string;
  readonly content: Buffer;
}

export interface ObjectSize {
  readonly type: string;
  readonly bytes: number;
}

export interface NewStoreCommit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly message: string;
  /** Seconds since 1970, shown as the time of the change. */
  readonly authoredAtSeconds: number;
  readonly committedAtSeconds: number;
}

/** Objects of one repository, through native git. Everything blocks: some of it runs while the write mutex is held. */
export interface GitObjects {
  /** Objects by id or by a name such as `<commit>^{tree}` or `<commit>:<file>`; what is missing is left out. */
  read(names: readonly string[]): ReadonlyMap<string, GitObject>;
  /** As `read`, of what is known to be there: looks again, since a `git gc` at work moves objects between two looks. */
  readAll(names: readonly string[]): ReadonlyMap<string, GitObject>;
  sizes(names: readonly string[]): ReadonlyMap<string, ObjectSize & { readonly id: ObjectId }>;
  writeBlob(content: string | Uint8Array): ObjectId;
  /** The same for many at once, as one pack: a process and a wait for the disk for each would take minutes for thousands. */
  writeBlobs(contents: readonly string[]): readonly ObjectId[];
  writeTree(entries: readonly TreeEntry[]): ObjectId;
  writeCommit(commit: NewStoreCommit): ObjectId;
}

// Plain git syncs no loose object; without this a power cut could leave a ref that names an object which is not there.
const durable = ["-c", "core.fsync=loose-object", "-c", "i18n.commitEncoding=UTF-8"];

// The same for a pack, which is kept as one however small it is: taken apart, each object would be synced alone.
const durablePack = ["-c", "core.fsync=objects,derived-metadata", "-c", "fastimport.unpackLimit=0"];
/** Bytes handed to one process: its input is one value in memory. */
const packInputBytes = 64 * 1024 * 1024;

const gcAttempts = 3;

export function createGitObjects(git: Git): GitObjects {
  const ask = (names: readonly string[], ...options: readonly string[]): Buffer => {
    const { stdoutBytes } = git.runSync(["cat-file", "--buffer", ...options], {
      input: `${names.join("\n")}\n`,
    });
    return Buffer.from(stdoutBytes.buffer, stdoutBytes.byteOffset, stdoutBytes.byteLength);
  };
  const answer = (args: readonly string[], input: string | Uint8Array) =>
    git.runSync([...durable, ...args], { input }).stdout.trim();

  function read(names: readonly string[]): Map<string, GitObject> {
    const found = new Map<string, GitObject>();
    if (names.length === 0) return found;
    const output = ask(names, "--batch");
    let offset = 0;
    for (const name of names) {
      const end = output.indexOf(0x0a, offset);
      if (end === -1) throw cutOff(name);
      const [id = "", type = "", size = ""] = output.toString("latin1", offset, end).split(" ");
      offset = end + 1;
      // "<name> missing"; a name may hold spaces, an id and a type may not.
      if (!/^[0-9a-f]{40,64}$/.test(id) || !/^\d+$/.test(size)) continue;
      const content = output.subarray(offset, offset + Number(size));
      if (content.length !== Number(size)) throw cutOff(name);
      offset += Number(size) + 1;
      found.set(name, { id, type, content });
    }
    return found;
  }

  return {
    read,
    readAll(names) {
      const found = read(names);
      for (let attempt = 1; attempt <= gcAttempts && found.size < new Set(names).size; attempt++) {
        for (const [name, object] of read(names.filter((each) => !found.has(each)))) found.set(name, object);
      }
      return found;
    },
    sizes(names) {
      const found = new Map<string, ObjectSize & { id: ObjectId }>();
      if (names.length === 0) return found;
      const lines = ask(names, "--batch-check").toString("latin1").split("\n");
      for (const [index, name] of names.entries()) {
        const [id = "", type = "", size = ""] = (lines[index] ?? "").split(" ");
        if (/^[0-9a-f]{40,64}$/.test(id) && /^\d+$/.test(size))
          found.set(name, { id, type, bytes: Number(size) });
      }
      return found;
    },
    writeBlob: (content) => answer(["hash-object", "-w", "--stdin"], content),
    writeBlobs: (contents) =>
      packInputs(contents).flatMap((input) =>
        inQuarantine(git, (quarantined) => {
          const args = [...durablePack, "fast-import", "--quiet", "--done"];
          return quarantined.runSync(args, { input }).stdout.trimEnd().split("\n");
        }),
      ),
    writeTree(entries) {
      const lines = entries.map(
        ({ mode, id, name }) => `${mode.padStart(6, "0")} ${typeOfMode(mode)} ${id}\t${name}\0`,
      );
      // What stands in the tree already was there before: no need to look all of it up again.
      const id = answer(["mktree", "-z", "--missing"], Buffer.from(lines.join(""), "latin1"));
      syncLoose(git, id);
      return id;
    },
    writeCommit(commit) {
      const { name, email } = wiggumIdentity;
      const env = {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: `@${commit.authoredAtSeconds} +0000`,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: `@${commit.committedAtSeconds} +0000`,
      };
      const parents = commit.parents.flatMap((parent) => ["-p", parent]);
      return git
        .with({ env: { ...git.options.env, ...env } })
        .runSync([...durable, "commit-tree", "--no-gpg-sign", ...parents, commit.tree], {
          input: commit.message,
        })
        .stdout.trim();
    },
  };
}

/** `git mktree` reads no setting, `core.fsync` neither. An object that had been there already, in a pack, has no file of its own. */
function syncLoose({ options: { gitDirectory = "." } }: Git, id: ObjectId): void {
  const path = join(gitDirectory, "objects", id.slice(0, 2), id.slice(2));
  if (existsSync(path)) syncFile(path);
}

/**
 * Packs are written in a folder aside and moved when they are whole: one that a full disk cuts off is no burden. The folder bears git's own name
 * for such, so that its housekeeping takes away what a kill leaves.
 */
function inQuarantine<Result>(git: Git, write: (quarantined: Git) => Result): Result {
  const { gitDirectory = "." } = git.options;
  const objects = join(gitDirectory, "objects");
  const aside = mkdtempSync(join(objects, "tmp_objdir-wiggum-"));
  const env = { GIT_OBJECT_DIRECTORY: aside, GIT_ALTERNATE_OBJECT_DIRECTORIES: objects };
  try {
    const result = write(git.with({ ...git.options, env: { ...git.options.env, ...env } }));
    movePacks(join(aside, "pack"), join(objects, "pack"));
    return result;
  } catch (error) {
    // A report for those who mend git, beside our files.
    for (const name of readdirSync(gitDirectory)) {
      if (name.startsWith("fast_import_crash_")) rmSync(join(gitDirectory, name), { force: true });
    }
    throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The index last: git takes a pack for one when its index is there. */
function movePacks(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  const names = readdirSync(from).filter((name) => name.startsWith("pack-"));
  for (const name of names.toSorted(
    (left, right) => Number(left.endsWith(".idx")) - Number(right.endsWith(".idx")),
  )) {
    renameSync(join(from, name), join(to, name));
  }
}

/** What `git fast-import` is told: each text as a blob, its id to be answered on a line. */
function packInputs(contents: readonly string[]): readonly Buffer[] {
  const inputs: Buffer[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  let mark = 0;
  const close = () => {
    if (parts.length > 0) inputs.push(Buffer.concat([...parts, Buffer.from("done\n")]));
    parts = [];
    bytes = 0;
    mark = 0;
  };
  for (const content of contents) {
    const data = Buffer.from(content, "utf8");
    if (bytes + data.length > packInputBytes) close();
    mark += 1;
    bytes += data.length;
    const before = Buffer.from(`blob\nmark :${mark}\ndata ${data.length}\n`);
    parts.push(before, data, Buffer.from(`\nget-mark :${mark}\n`));
  }
  close();
  return inputs;
}

function typeOfMode(mode: string): string {
  if (/^0?40000$/.test(mode)) return "tree";
  return mode === "160000" ? "commit" : "blob";
}

function cutOff(name: string): GitError {
  const args = ["cat-file", "--batch"];
  return new GitError("GIT_FAILED", `git cat-file ended before it had answered for ${name}`, {
    args,
    exitCode: 0,
    stderr: "",
  });
}

/** Takes a raw tree object apart (mode, space, name, NUL, id). */
export function parseTree(content: Buffer, idBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let offset = 0;
  while (offset < content.length) {
    const space = content.indexOf(0x20, offset);
    const end = content.indexOf(0x00, space);
    if (space === -1 || end === -1) break;
    entries.push({
      mode: content.toString("latin1", offset, space),
      name: content.toString("latin1", space + 1, end),
      id: content.toString("hex", end + 1, end + 1 + idBytes),
    });
    offset = end + 1 + idBytes;
  }
  return entries;
}

export interface ParsedCommit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  /** `name <email>`. */
  readonly committer: string;
  readonly message: string;
}

/** Takes a raw commit object apart. */
export function parseCommit(content: Buffer): ParsedCommit {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const header = end === -1 ? text : text.slice(0, end);
  const values = (key: string) =>
    header.split("\n").flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  return {
    tree: values("tree")[0] ?? "",
    parents: values("parent"),
    committer: (values("committer")[0] ?? "").replace(/ \d+ [+-]\d+$/, ""),
    message: end === -1 ? "" : text.slice(end + 2),
  };
}
