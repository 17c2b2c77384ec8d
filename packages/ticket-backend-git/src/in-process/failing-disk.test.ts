// A disk that fails at each call of the writer, one after the other, or takes less than it was given.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createGitObjects } from "../objects.js";
import { temporaryFolder } from "../store.fixture.js";
import { createStoreGit } from "../store-git.js";
import { createLocalObjects } from "./create-local-objects.js";
import { diskFiles, type ObjectFiles } from "./loose-files.js";

function makeRepository() {
  const root = temporaryFolder();
  const plain = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  plain("init", "-q", "--bare", "--object-format=sha1", "--template=", "-b", "main", ".");
  const native = createGitObjects(createStoreGit({ cwd: root, gitDirectory: root }));
  const local = (files?: ObjectFiles) => createLocalObjects({ repository: root, native, files });
  const left = () =>
    readdirSync(join(root, "objects"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.includes("tmp_obj"),
    );
  return { root, plain, local, left };
}

type Call = keyof ObjectFiles;
const calls: readonly Call[] = ["create", "write", "sync", "close", "rename", "touch"];

/** The disk, which fails at the `nth` call (from 1) of one kind. */
function failing(call: Call, nth: number, code: string): ObjectFiles & { readonly hasFailed: () => boolean } {
  let count = 0;
  let hasFailed = false;
  const real = diskFiles[call] as (...given: unknown[]) => unknown;
  const fail = (...given: unknown[]): unknown => {
    count += 1;
    if (count !== nth) return real(...given);
    hasFailed = true;
    // What was opened is not kept open by a close that failed.
    if (call === "close") real(...given);
    throw Object.assign(new Error(`${code}: ${call}`), { code });
  };
  return { ...diskFiles, [call]: fail, hasFailed: () => hasFailed };
}

const points = calls.flatMap((call) =>
  [1, 2, 3].flatMap((nth) => ["EIO", "ENOSPC"].map((code) => [call, nth, code] as const)),
);

test.each(points)(
  "%s fails at its call %i with %s: told, nothing half-written, and the same again works",
  (call, nth, code) => {
    const { plain, local, left } = makeRepository();
    const files = failing(call, nth, code);
    const write = (objects: ReturnType<typeof local>) => {
      const blob = objects.writeBlob("text");
      const again = objects.writeBlob("text");
      const tree = objects.writeTree([{ mode: "100644", name: "a.md", id: again }]);
      const seconds = { authoredAtSeconds: 1, committedAtSeconds: 1 };
      return { blob, commit: objects.writeCommit({ tree, parents: [], message: "m\n", ...seconds }) };
    };
    const outcome = (() => {
      try {
        return write(local(files));
      } catch (error) {
        return error;
      }
    })();
    // The second time the blob is only made young; failing that, it is written again.
    const isHarmless = call === "touch";
    if (files.hasFailed() && !isHarmless) expect(outcome).toMatchObject({ code });
    else expect(outcome).toMatchObject({ blob: expect.any(String) });
    expect(files.hasFailed()).toBe(!isHarmless || nth === 1);
    expect(left()).toEqual([]);
    expect(plain("fsck", "--strict", "--no-dangling", "--unreachable")).not.toMatch(/error|missing|corrupt/);
    plain("update-ref", "refs/heads/main", write(local()).commit);
    expect(plain("fsck", "--strict", "--no-dangling")).toBe("");
    expect(plain("show", "main:a.md")).toBe("text");
  },
);

test("a write that is short without an error goes on until every byte is out", () => {
  const { plain, local } = makeRepository();
  let writes = 0;
  const files: ObjectFiles = {
    ...diskFiles,
    write(descriptor, bytes, offset) {
      writes += 1;
      return diskFiles.write(descriptor, bytes.subarray(0, offset + 1), offset);
    },
  };
  const content = "0123456789".repeat(20);
  const id = local(files).writeBlob(content);
  expect(writes).toBeGreaterThan(10);
  expect(plain("cat-file", "blob", id)).toBe(content);
});

test("a folder of objects that a gc removes between two steps is made again", () => {
  const { root, plain, local } = makeRepository();
  let removals = 0;
  const files: ObjectFiles = {
    ...diskFiles,
    rename(from, to) {
      // git's own sweep of what it takes for rubbish, at the worst moment.
      if (removals < 2) {
        removals += 1;
        plain("prune", "--expire=now");
      }
      diskFiles.rename(from, to);
    },
  };
  const id = local(files).writeBlob("text");
  expect(removals).toBe(2);
  expect(plain("--git-dir", root, "cat-file", "blob", id)).toBe("text");
});
