// A piece of history, walked in this process and told by git: the same commits, the same changes, whatever people push.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lastChange } from "../last-change.js";
import { createGitObjects, type TreeEntry } from "../objects.js";
import { readSteps } from "../read-steps.js";
import { file, makeStore } from "../store.fixture.js";
import { openStorePlace } from "../store-place.js";
import { findNewestOwn, readMainline, readSince } from "../timeline.js";
import { longestWalk, walkStraight } from "./walk-commits.js";

/** Mostly what everybody writes: one oddity in the way leaves the whole stretch to git. */
const mostly = (usual: string, ...odd: string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const person = mostly(
  "Pat <pat@example.org>",
  "P\u00e9 \u6f22 <p@x>",
  "  Spaces  <s p@x>",
  "<nobody@x>",
  "Odd > one <x@y>",
  "wiggum <wiggum@local>",
);
const time = mostly("1700000000 -0830", "99999999999 +0100", "x", "-5 +0000");
const header = mostly("", "encoding ISO-8859-1\n", "gpgsig -----BEGIN\n  x\n", "mergetag y\n");
const message = fc.oneof(
  fc.constantFrom(
    "",
    "Subject",
    "\n\nLate\n",
    "A\n\nOp: op-1\nActor: person x\n",
    "caf\u00e9\n",
    "nul\0after\n",
  ),
  fc.string({ maxLength: 30 }),
);
const mode = fc.constantFrom("100644", "100755", "100664", "120000", "160000", "40000");
const names = ["tk-1.md", "tk-2.md", "a", "a.b", "a0"] as const;
const tree = fc.dictionary(fc.constantFrom(...names), fc.tuple(mode, fc.integer({ min: 0, max: 3 })), {
  maxKeys: 5,
});
const step = fc.record({
  tree,
  author: person,
  committer: person,
  time,
  header,
  message,
  isMerge: fc.boolean(),
});

test("random histories: each question has one answer", { timeout: 180_000 }, async () => {
  const store = await makeStore();
  await file(store.backend, "tk-0001");
  const root = store.plain("rev-parse", "main");
  const near = openStorePlace(store.root);
  const git = near.git;
  const native = createGitObjects(git);
  const far = { ...near, objects: native, isAncestor: near.isAncestor };
  const blobs = ["a", "b", "c", "d"].map((text) => native.writeBlob(text));
  const folders = blobs.map((id) => native.writeTree([{ mode: "100644", name: "in", id }]));
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      let tip = root;
      const all = [root];
      for (const {
        tree: files,
        author,
        committer,
        time: at,
        header: more,
        message: text,
        isMerge,
      } of steps) {
        const entries = Object.entries(files).map(([name, [kind, index]]): TreeEntry => {
          const id = kind === "160000" ? root : ((kind === "40000" ? folders : blobs)[index] ?? "");
          return { mode: kind, name, id };
        });
        // One merge in four histories or so; the others are straight.
        const second = isMerge && steps.length === 3 ? `parent ${root}\n` : "";
        const raw = `tree ${native.writeTree(entries)}\nparent ${tip}\n${tip === root ? "" : second}author ${author} ${at}\ncommitter ${committer} ${at}\n${more}\n${text}`;
        tip = git
          .runSync(["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], { input: raw })
          .stdout.trim();
        all.push(tip);
      }
      if (walkStraight(near.objects, tip, root) !== undefined) told += 1;
      const line = readMainline(far, root, tip);
      expect(readMainline(near, root, tip)).toEqual(line);
      expect(readSince(near, root, tip)).toEqual(readSince(far, root, tip));
      expect(findNewestOwn(near, tip)).toBe(findNewestOwn(far, tip));
      expect(readSteps(near, root, line ?? [])).toEqual(readSteps(far, root, line ?? []));
      expect(readSteps(near, root, line ?? [], "a")).toEqual(readSteps(far, root, line ?? [], "a"));
      expect(lastChange(near, tip, "tk-1")).toEqual(lastChange(far, tip, "tk-1"));
      for (const one of all) {
        expect(near.isAncestor(one, tip)).toBe(true);
        expect(near.isAncestor(tip, one)).toBe(one === tip);
      }
    }),
    { numRuns: 30, endOnFailure: true },
  );
  // Neither side was spared the question.
  expect(told).toBeGreaterThan(0);
});

test("far away, and through a merge, it is git's to say", async () => {
  const store = await makeStore();
  const { objects } = openStorePlace(store.root);
  const base = store.plain("rev-parse", "main");
  const clone = store.clone();
  for (let count = 0; count < longestWalk + 1; count++) {
    store.plainIn(clone, "commit", "-q", "--allow-empty", "-m", `${count}`);
  }
  store.plainIn(clone, "push", "-q", "origin", "HEAD:main");
  const tip = store.plain("rev-parse", "main");
  expect(walkStraight(objects, tip, base)).toBeUndefined();
  expect(walkStraight(objects, `${tip}`, store.plain("rev-parse", "main~1"))?.commits).toHaveLength(1);
  expect(readMainline(openStorePlace(store.root), base, tip)).toHaveLength(longestWalk + 1);
  expect(
    execFileSync("git", ["rev-list", "--count", "main"], { cwd: join(store.root), encoding: "utf8" }),
  ).toBe(`${longestWalk + 2}\n`);
});
