// What is written in this process is what git would have written, and what git wrote is read.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGitObjects, type GitObjects, type TreeEntry } from "../objects.js";
import { temporaryFolder } from "../store.fixture.js";
import { createStoreGit } from "../store-git.js";
import { createLocalObjects, mostInProcess } from "./create-local-objects.js";
import { foldersFrom } from "./object-look-up.js";

function makeRepository() {
  const root = temporaryFolder();
  const git = createStoreGit({ cwd: root, gitDirectory: root });
  const plain = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  plain("init", "-q", "--bare", "--object-format=sha1", "--template=", ".");
  const native = createGitObjects(git);
  // Whoever asks git in these tests has failed to find something.
  const asked: string[] = [];
  const watched: GitObjects = {
    ...native,
    read: (names) => asking(names, native.read),
    readAll: (names) => asking(names, native.readAll),
    sizes: (names) => asking(names, native.sizes),
    writeTree: (entries) => asking(["writeTree"], () => native.writeTree(entries)),
    writeCommit: (commit) => asking(["writeCommit"], () => native.writeCommit(commit)),
  };
  function asking<Result>(names: readonly string[], ask: (names: readonly string[]) => Result): Result {
    asked.push(...names);
    return ask(names);
  }
  const local = createLocalObjects({ repository: root, native: watched });
  return { root, plain, native, local, asked };
}

const loose = (root: string, id: string) => join(root, "objects", id.slice(0, 2), id.slice(2));
const bytes = fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.constant(new Uint8Array(200_000)));
const entry = fc.record({
  mode: fc.constantFrom("100644", "100755", "120000", "40000", "160000"),
  name: fc.stringMatching(/^[a-c.\-0\xe4]{1,4}$/).filter((name) => ![".", "..", ".git"].includes(name)),
  id: fc.stringMatching(/^[0-9a-f]{40}$/),
});
const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 12 });
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.constantFrom("", "\n", "\n\nSubject\n", "no end", "Op: x\n", "\uffff", "\ud800", "a\rb"),
);

describe("git's own answer is the measure", () => {
  test("blobs, trees and commits have git's ids and git's bytes", { timeout: 120_000 }, () => {
    const { plain, native, local, asked } = makeRepository();
    const cat = (id: string) => native.read([id]).get(id);
    fc.assert(
      fc.property(bytes, (content) => {
        const id = local.writeBlob(content);
        expect(id).toBe(native.writeBlob(content));
        expect(cat(id)?.content).toEqual(Buffer.from(content));
      }),
      { numRuns: 25 },
    );
    fc.assert(
      fc.property(entries, (tree) => {
        const id = local.writeTree(tree);
        const before = cat(id)?.content;
        expect(id).toBe(native.writeTree(tree));
        expect(local.read([id]).get(id)?.content).toEqual(before);
      }),
      { numRuns: 25 },
    );
    expect(asked).toEqual([]);
    const tree = local.writeTree([]);
    const parent = local.writeCommit({
      tree,
      parents: [],
      message: "First\n",
      authoredAtSeconds: 1,
      committedAtSeconds: 2,
    });
    const seconds = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(
        text,
        seconds,
        seconds,
        fc.boolean(),
        (message, authoredAtSeconds, committedAtSeconds, has) => {
          const commit = {
            tree,
            parents: has ? [parent] : [],
            message,
            authoredAtSeconds,
            committedAtSeconds,
          };
          const id = local.writeCommit(commit);
          expect(id).toBe(native.writeCommit(commit));
          expect(local.read([id]).get(id)).toEqual(cat(id));
        },
      ),
      { numRuns: 40 },
    );
    expect(plain("fsck", "--no-dangling", "--connectivity-only")).toBe("");
  });

  test("what git refuses or changes is left to git", () => {
    const { local, asked } = makeRepository();
    const tree = local.writeTree([]);
    const commit = { tree, parents: [], authoredAtSeconds: 1, committedAtSeconds: 1 };
    expect(() => local.writeCommit({ ...commit, message: "a\0b" })).toThrow(/NUL/);
    const file: TreeEntry = { mode: "100644", id: local.writeBlob(""), name: "a/b" };
    expect(() => local.writeTree([file])).toThrow(/slash/);
    expect(() => local.writeTree([{ ...file, name: "a", id: "x" }])).toThrow();
    expect(asked).toEqual(["writeCommit", "writeTree", "writeTree"]);
  });
});

/** Texts of one ticket as it grows, which git packs as changes of one another. */
function versions(count: number): string[] {
  const lines = Array.from(
    { length: 200 },
    (_, line) => `line ${line} ${createHash("md5").update(`${line}`).digest("hex")}`,
  );
  return Array.from({ length: count }, (_, index) =>
    [`version ${index}`, ...lines, `end ${index}`].join("\n"),
  );
}

describe.each([
  ["loose", []],
  ["packed", [["repack", "-adq", "--depth=50", "--window=60"]]],
  [
    "packed with bases named by id",
    [["-c", "repack.useDeltaBaseOffset=false", "repack", "-adq", "--depth=50", "--window=60"]],
  ],
  [
    "packed with a multi-pack-index",
    [
      ["repack", "-dq"],
      ["multi-pack-index", "write"],
    ],
  ],
  ["packed with large offsets", [["-c", "pack.indexVersion=2", "repack", "-adq"], ["reindex"]]],
] as const)("objects that are %s", (_, commands) => {
  test("are read as git reads them, by id and by name, and git is not asked", () => {
    const { root, plain, native, local, asked } = makeRepository();
    const blobs = versions(20).map((each) => native.writeBlob(each));
    const folder = native.writeTree([{ mode: "100644", name: "deep.md", id: blobs[0] ?? "" }]);
    const files = blobs.map((id, index) => ({ mode: "100644", name: `tk-${index}.md`, id }));
    const tree = native.writeTree([...files, { mode: "40000", name: "f\u00c3\u00a4", id: folder }]);
    const commit = native.writeCommit({
      tree,
      parents: [],
      message: "m\n",
      authoredAtSeconds: 1,
      committedAtSeconds: 1,
    });
    plain("update-ref", "refs/heads/main", commit);
    for (const command of commands) {
      if (command[0] === "reindex") withLargeOffsets(root, plain);
      else plain(...command);
    }
    if (commands.length > 0) {
      plain("prune-packed");
      expect(plain("count-objects")).toMatch(/^0 objects/);
    }
    const names = [
      ...blobs,
      tree,
      commit,
      `${commit}^{tree}`,
      `${commit}:tk-3.md`,
      `${commit}:f\u00e4/deep.md`,
      `${tree}:f\u00e4`,
      `${commit}:absent.md`,
      `${commit}:tk-3.md/below`,
    ];
    expect(names.length).toBeLessThan(mostInProcess);
    const inBytes = (found: ReturnType<GitObjects["read"]>) =>
      [...found].map(([name, { content, ...rest }]) => [
        name,
        rest,
        createHash("md5").update(content).digest("hex"),
      ]);
    expect(inBytes(local.read(names))).toEqual(inBytes(native.read(names)));
    expect(local.sizes(names)).toEqual(native.sizes(names));
    expect(local.read(names).size).toBe(names.length - 2);
    expect(asked).toEqual([]);
  });
});

/** Every offset but the first by way of its second table, as in packs over 2 GiB. */
function withLargeOffsets(root: string, plain: (...args: string[]) => string): void {
  const packs = join(root, "objects", "pack");
  const name = readdirSync(packs).find((each) => each.endsWith(".pack")) ?? "";
  const index = join(packs, name.replace(/pack$/, "idx"));
  rmSync(index);
  plain("index-pack", "--index-version=2,0x20", "-o", index, join(packs, name));
}

describe("in doubt git is asked", () => {
  test("for much at once, for what is missing, for names of other kinds", () => {
    const { local, native, asked, plain } = makeRepository();
    const ids = Array.from({ length: mostInProcess + 1 }, (_, index) => local.writeBlob(`${index}`));
    expect(local.read(ids)).toEqual(native.read(ids));
    expect(asked).toEqual(ids);
    asked.length = 0;
    const missing = "0".repeat(40);
    plain("update-ref", "refs/tags/x", ids[0] ?? "");
    const names = [missing, "refs/tags/x", ids[1] ?? "", `${ids[1]}^{blob}`];
    expect(local.read(names)).toEqual(native.read(names));
    expect(local.sizes(names)).toEqual(native.sizes(names));
    expect(new Set(asked)).toEqual(new Set([missing, "refs/tags/x", `${ids[1]}^{blob}`]));
  });

  test.each([
    ["empty", (path: string) => writeFileSync(path, "")],
    ["cut off", (path: string) => writeFileSync(path, Buffer.from("x\x01K", "latin1"))],
    ["no object at all", (path: string) => writeFileSync(path, "this is not compressed")],
  ])("a loose object that is %s", (_, damage) => {
    const { root, local, asked, plain } = makeRepository();
    const [good, bad] = [local.writeBlob("good"), local.writeBlob("bad")];
    chmodSync(loose(root, bad), 0o644);
    damage(loose(root, bad));
    try {
      expect(local.read([good, bad]).get(good)?.content.toString()).toBe("good");
      expect(local.read([bad]).size).toBe(0);
    } catch (error) {
      expect(error).toMatchObject({ code: "GIT_FAILED" });
    }
    expect(asked).toContain(bad);
    expect(asked).not.toContain(good);
    // Written again, it is whole again: what is there is not taken on trust.
    expect(local.writeBlob("bad")).toBe(bad);
    expect(plain("cat-file", "blob", bad)).toBe("bad");
  });

  test("a damaged pack", () => {
    const { root, local, asked, plain } = makeRepository();
    const id = local.writeBlob("text");
    plain("update-ref", "refs/tags/x", id);
    plain("repack", "-adq");
    plain("prune-packed");
    const packs = join(root, "objects", "pack");
    for (const name of readdirSync(packs)) {
      chmodSync(join(packs, name), 0o644);
      writeFileSync(join(packs, name), "PACK damaged");
    }
    expect(() => local.read([id]).get(id)?.content.toString() ?? "none").not.toThrow(RangeError);
    expect(asked).toEqual([id]);
  });
});

test("borrowed objects are found, by relative paths and through others", () => {
  const [one, two, three] = [makeRepository(), makeRepository(), makeRepository()];
  const id = one.local.writeBlob("borrowed");
  const lend = (to: string, line: string) => {
    mkdirSync(join(to, "objects", "info"), { recursive: true });
    writeFileSync(join(to, "objects", "info", "alternates"), line);
  };
  lend(two.root, `# a word\n../../${one.root.split("/").at(-1)}/objects\n`);
  lend(three.root, `${two.root}/objects\n`);
  expect(three.local.read([id]).get(id)?.content.toString()).toBe("borrowed");
  expect(three.asked).toEqual([]);
  // A circle ends, and a path in quotes is git's.
  lend(one.root, `${three.root}/objects\n`);
  expect(foldersFrom(join(three.root, "objects"))).toHaveLength(3);
  lend(three.root, `"${two.root}/objects"\n`);
  expect(three.local.read([id]).get(id)?.content.toString()).toBe("borrowed");
  expect(three.asked).toEqual([id]);
});

test("an object that is loose already is made young again, so that a gc spares it; a packed one is written loose", () => {
  const { root, local, plain } = makeRepository();
  const id = local.writeBlob("text");
  const old = new Date("2001-01-01");
  utimesSync(loose(root, id), old, old);
  const { ino } = statSync(loose(root, id));
  expect(local.writeBlob("text")).toBe(id);
  expect(statSync(loose(root, id)).ino).toBe(ino);
  expect(Date.now() - statSync(loose(root, id)).mtimeMs).toBeLessThan(60_000);
  plain("update-ref", "refs/tags/x", id);
  plain("repack", "-adq");
  plain("prune-packed");
  expect(plain("count-objects")).toMatch(/^0 objects/);
  local.writeBlob("text");
  expect(plain("count-objects")).toMatch(/^1 objects/);
});
