import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundleForNode } from "./bundle.fixture.js";
import { moveRefFile, readRefFile, recoverRefFile } from "./ref-files.js";

const ref = "refs/heads/main";
const bundle = bundleForNode("ref-files");

function makeRepository() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-ref-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@y", ...args], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "--bare", "-b", "main", "--template=", ".");
  const tree = git("mktree", "--missing");
  const commits = [1, 2, 3].map((index) => git("commit-tree", tree, "-m", `commit ${index}`));
  const [one = "", two = "", three = ""] = commits;
  git("update-ref", ref, one);
  const privateFolder = join(root, "wiggum");
  mkdirSync(privateFolder);
  const move = (from: string | undefined, to: string, more: object = {}) =>
    moveRefFile({ repository: root, ref, from, to, privateFolder, isPowerSafe: true, ...more });
  return { root, git, one, two, three, privateFolder, move, lock: join(root, `${ref}.lock`) };
}

test("moves by compare-and-swap and leaves nothing behind", () => {
  const { root, git, one, two, three, move, privateFolder, lock } = makeRepository();
  expect(move(one, two)).toBe("moved");
  expect(git("rev-parse", ref)).toBe(two);
  expect(move(one, three)).toBe("changed");
  expect(move(undefined, three)).toBe("changed");
  expect(readRefFile(root, ref)).toBe(two);
  expect(readdirSync(privateFolder)).toEqual([]);
  expect(existsSync(lock)).toBe(false);
});

test("a ref is read and moved wherever git keeps it", () => {
  const { root, git, one, two, move } = makeRepository();
  git("pack-refs", "--all", "--prune");
  expect(existsSync(join(root, ref))).toBe(false);
  expect(readRefFile(root, ref)).toBe(one);
  rmSync(join(root, "refs/heads"), { recursive: true });
  expect(move(one, two)).toBe("moved");
  expect(git("rev-parse", ref)).toBe(two);
  expect(readRefFile(root, "refs/heads/none")).toBeUndefined();
});

test("git's own lock keeps us out, and ours keeps git out", () => {
  const { root, git, one, two, move, lock } = makeRepository();
  writeFileSync(lock, "");
  expect(move(one, two)).toBe("held");
  expect(readFileSync(lock, "utf8")).toBe("");
  rmSync(lock);
  let refused = "";
  const atStep = (step: string) => {
    if (step !== "locked") return;
    refused = spawnSync("git", ["update-ref", ref, two, one], { cwd: root, encoding: "utf8" }).stderr;
  };
  expect(move(one, two, { atStep })).toBe("moved");
  expect(refused).toContain("Unable to create");
  expect(git("rev-parse", ref)).toBe(two);
});

test("a mutex that turns out to be ours no more: nothing moves and no lock stays", () => {
  const { git, one, two, move, lock, privateFolder } = makeRepository();
  const check = () => {
    throw new Error("replaced");
  };
  expect(() => move(one, two, { check })).toThrow("replaced");
  expect(git("rev-parse", ref)).toBe(one);
  expect(existsSync(lock)).toBe(false);
  expect(readdirSync(privateFolder)).toEqual([]);
  expect(move(one, two)).toBe("moved");
});

test("an error while the lock is ours leaves neither lock nor intent behind", () => {
  const { root, git, one, two, move, lock, privateFolder } = makeRepository();
  const atStep = (step: string) => {
    // A folder where the ref should be: neither reading nor the rename can work.
    if (step !== "locked") return;
    rmSync(join(root, ref));
    mkdirSync(join(root, ref, "full"), { recursive: true });
  };
  expect(() => move(one, two, { atStep })).toThrow();
  expect(existsSync(lock)).toBe(false);
  expect(readdirSync(privateFolder)).toEqual([]);
  rmSync(join(root, ref), { recursive: true });
  git("update-ref", ref, one);
  expect(move(one, two)).toBe("moved");
});

test("a lock that was taken away from under us moves nothing and is not touched", () => {
  const { one, two, three, move, lock, root } = makeRepository();
  const atStep = (step: string) => {
    if (step !== "compared") return;
    rmSync(lock);
    writeFileSync(lock, `${three}\n`);
  };
  expect(move(one, two, { atStep })).toBe("unknown");
  expect(readRefFile(root, ref)).toBe(one);
  expect(readFileSync(lock, "utf8")).toBe(`${three}\n`);
});

describe("recovery", () => {
  // P4, P9
  test.each(["own-lock-written", "intent-written", "locked", "compared"])(
    "a process killed at '%s' leaves nothing that a later one cannot see through",
    (step) => {
      const { root, git, one, two, three, move, privateFolder, lock } = makeRepository();
      const folder = join(root, "wiggum");
      // As a kill leaves it: nothing after the step runs, not even the clean-up.
      const program = `const { moveRefFile } = await import(process.argv[1]);
        moveRefFile({ ...JSON.parse(process.argv[2]), atStep: (step) => { if (step === ${JSON.stringify(step)}) process.kill(process.pid, "SIGKILL"); } });`;
      const given = { repository: root, ref, from: one, to: two, privateFolder, isPowerSafe: false };
      const child = spawnSync(
        process.execPath,
        ["--input-type=module", "-e", program, bundle.path, JSON.stringify(given)],
        { encoding: "utf8" },
      );
      expect(child.signal, child.stderr).toBe("SIGKILL");
      expect(readdirSync(folder).length).toBeGreaterThan(0);
      recoverRefFile({ repository: root, ref, privateFolder });
      expect(existsSync(lock)).toBe(false);
      expect(readdirSync(folder)).toEqual([]);
      expect(git("rev-parse", ref)).toBe(one);
      expect(move(one, three)).toBe("moved");
    },
  );

  test("a live lock of somebody else's is never taken away", () => {
    const { root, two, three, privateFolder, lock } = makeRepository();
    writeFileSync(join(privateFolder, "intent"), `${two}\n`);
    writeFileSync(lock, `${three}\n`);
    recoverRefFile({ repository: root, ref, privateFolder });
    expect(readFileSync(lock, "utf8")).toBe(`${three}\n`);
    writeFileSync(lock, "");
    writeFileSync(join(privateFolder, "intent"), "");
    recoverRefFile({ repository: root, ref, privateFolder });
    expect(existsSync(lock)).toBe(true);
  });
});
