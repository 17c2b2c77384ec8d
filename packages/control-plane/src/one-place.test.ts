import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));

/** Sources of all packages and of the command, without tests and what only tests use. */
function sources(): readonly string[] {
  const roots = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(workspace, group)).map((name) => join(workspace, group, name, "src")),
  );
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mts|js|mjs)$/.test(name))
      .filter((name) => !/\.(test|fixture|bench)\.ts$|(^|\/)testing\//.test(name))
      .map((name) => join(root, name)),
  );
}

/** Lines of code, comments left out. */
function codeOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
}

test("the control folder is spelled in one file; everybody else asks for its paths", () => {
  const files = sources();
  // The search itself must see something, or it proves nothing.
  const inText = /["'`/]\.wiggum(?![\w-])/;
  const spells = (path: string) => codeOf(readFileSync(path, "utf8")).some((line) => inText.test(line));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter(spells).map((path) => relative(workspace, path))).toEqual([
    "packages/control-plane/src/project-paths.ts",
  ]);
});

test("the store's path is handed over where a project is composed, made or mended, and nowhere else", () => {
  const users = sources()
    .filter((path) => codeOf(readFileSync(path, "utf8")).some((line) => /\bticketStore\b/.test(line)))
    .map((path) => relative(join(workspace, "packages", "control-plane", "src"), path));
  expect(users.sort()).toEqual([
    "adoption-backup.ts",
    "find-project.ts",
    "init-adoption.ts",
    "init-plan.ts",
    "init-store.ts",
    "init-upstream.ts",
    "open-project.ts",
    "project-doctor-faults.ts",
    "project-doctor-store.ts",
    "project-doctor.ts",
    "project-paths.ts",
    "project-relayout.ts",
    "project-upstream.ts",
    // Whether a failure is about the store itself: which command mends it is said then.
    "project-writes.ts",
    "store-upkeep.ts",
    "upstream-wake.ts",
  ]);
});
