import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { filesOf, temporaryFolder } from "../store.fixture.js";
import { type Folder, type FolderReach, isSafeName, maxFileBytes, withRoot } from "./folder.js";

const broken = expect.objectContaining({ code: "STORE_BROKEN" });
const bytes = Buffer.from([0, 255, 10]);

// The second is what other systems than Linux have.
describe.each<FolderReach>(["descriptor", "path"])("a folder that is reached by its %s", (reach) => {
  let root = "";
  let outside = "";
  beforeEach(() => {
    root = temporaryFolder();
    outside = temporaryFolder();
    writeFileSync(join(outside, "kept"), "kept");
    mkdirSync(join(root, "inner"));
  });

  function within<Result>(work: (folder: Folder, staging: Folder) => Result): Result {
    let done: { readonly value: Result } | undefined;
    withRoot(
      root,
      (folder) =>
        folder.enterMade("staging", (staging) => {
          done = { value: work(folder, staging) };
        }),
      reach,
    );
    if (done === undefined) throw new Error("There is no root");
    return done.value;
  }

  test("reads, writes, appends, moves and removes", () => {
    within((folder, staging) => {
      folder.write("a", bytes, staging);
      folder.append("a", Buffer.from("more"));
      folder.write("b", bytes, staging, "new");
      expect(() => folder.write("b", bytes, staging, "new")).toThrow(broken);
      folder.enterMade("deep", (deep) => folder.move("b", deep, "c"));
      expect(folder.read("a")).toEqual(Buffer.concat([bytes, Buffer.from("more")]));
      expect(folder.enter("deep", (deep) => deep.read("c"))).toEqual(bytes);
      expect(folder.digest("a")?.bytes).toBe(7);
      expect(folder.entries().map(({ name, kind }) => `${kind} ${name}`)).toEqual([
        "file a",
        "folder deep",
        "folder inner",
        "folder staging",
      ]);
      folder.remove("a");
      folder.remove("a");
      folder.removeEmpty("deep");
      folder.removeEmpty("inner");
      expect([folder.read("a"), folder.kindOf("inner"), folder.kindOf("deep")]).toEqual([
        undefined,
        undefined,
        "folder",
      ]);
      expect(folder.enter("none", () => 1)).toBeUndefined();
      expect(staging.entries()).toEqual([]);
    });
  });

  test("a file that is replaced keeps its mode", () => {
    writeFileSync(join(root, "a"), "old");
    chmodSync(join(root, "a"), 0o640);
    within((folder, staging) => folder.write("a", bytes, staging));
    expect(statSync(join(root, "a")).mode & 0o777).toBe(0o640);
  });

  test("names that lead elsewhere are refused", () => {
    within((folder, staging) => {
      for (const name of ["", ".", "..", "a/b", "a\\b", "a\0b", "../x"]) {
        expect(isSafeName(name)).toBe(false);
        for (const use of [
          () => folder.read(name),
          () => folder.kindOf(name),
          () => folder.enter(name, () => 1),
          () => folder.enterMade(name, () => 1),
          () => folder.write(name, bytes, staging),
          () => folder.append(name, bytes),
          () => folder.remove(name),
        ]) {
          expect(use).toThrow(broken);
        }
      }
    });
  });

  test("links, pipes and folders in the place of a file, and links in that of a folder, are refused and stay", () => {
    symlinkSync(join(outside, "kept"), join(root, "link"));
    symlinkSync(join(outside, "none"), join(root, "dangling"));
    symlinkSync(outside, join(root, "folder"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    within((folder, staging) => {
      for (const name of ["link", "dangling", "folder", "pipe", "inner"]) {
        for (const use of [
          () => folder.read(name),
          () => folder.digest(name),
          () => folder.append(name, bytes),
          () => folder.write(name, bytes, staging),
          () => folder.write(name, bytes, staging, "new"),
        ]) {
          expect(use, `${name}: ${use}`).toThrow(broken);
        }
      }
      for (const name of ["link", "dangling", "folder", "pipe"]) {
        expect(() => folder.enter(name, () => 1)).toThrow(broken);
        expect(() => folder.enterMade(name, () => 1)).toThrow(broken);
      }
      expect(["link", "folder", "pipe"].map((name) => folder.kindOf(name))).toEqual([
        "link",
        "link",
        "other",
      ]);
    });
    expect(filesOf(outside)).toEqual(new Map([["kept", "kept"]]));
  });

  test("a folder that is swapped for a link while it is open lets nothing out", () => {
    within((folder, staging) => {
      folder.enter("inner", (inner) => {
        renameSync(join(root, "inner"), join(root, "aside"));
        symlinkSync(outside, join(root, "inner"));
        const uses = [
          () => inner.write("kept", bytes, staging),
          () => inner.write("new", bytes, staging, "new"),
          () => inner.enterMade("made", () => 1),
        ];
        for (const use of uses) {
          // By its descriptor it is the folder that was opened, wherever it is now.
          if (reach === "descriptor") use();
          else expect(use).toThrow();
        }
      });
    });
    expect(readFileSync(join(outside, "kept"), "utf8")).toBe("kept");
    expect(filesOf(outside).size).toBe(1);
    rmSync(join(root, "inner"));
  });
});

test("there may be no root, and its own path may be a link", () => {
  const root = temporaryFolder();
  expect(withRoot(join(root, "none"), () => 1)).toBeUndefined();
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  expect(withRoot(join(root, "link"), (folder) => folder.entries())).toEqual([]);
});

test("a file that is too large is told as that, and not as a link", () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "large"), "");
  truncateSync(join(root, "large"), maxFileBytes + 1);
  expect(() => withRoot(root, (folder) => folder.read("large"))).toThrow(
    expect.objectContaining({
      message: "large is over 64 MiB",
      hint: expect.not.stringContaining("Links"),
    }),
  );
});
