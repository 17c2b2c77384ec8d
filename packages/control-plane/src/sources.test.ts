import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));

/** Sources that are shipped: no tests, no fixtures. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return ["node_modules", "dist", "testing", "coverage", "demo-project"].includes(entry.name) ? [] : sources(path);
    }
    return /\.(?:ts|mjs|js|sh)$|^[a-z-]+$/.test(entry.name) && !/\.(?:test|fixture|bench)\.ts$/.test(entry.name)
      ? [path]
      : [];
  });
}

/** Ways of git that destroy uncommitted work: as arguments in an array, and as words of a command line. */
const destroyers: readonly RegExp[] = [
  /["']reset["']\s*,[^\]]*["']--hard["']|reset --hard/,
  /["']clean["']\s*,\s*["']-|git clean -[a-z]*f/,
  /["']checkout["']\s*,[^\]]*["'](?:-f|--force)["']|checkout (?:-f|--force)\b/,
  /["']worktree["']\s*,\s*["']remove["']\s*,[^\]]*["'](?:-f|--force)["']|worktree remove (?:-f|--force)\b/,
  /["']switch["']\s*,[^\]]*["'](?:-f|--force|--discard-changes)["']/,
  /["']checkout-index["']\s*,[^\]]*["'](?:-f|--force)["']/,
  /["']stash["']\s*,\s*["'](?:drop|clear)["']/,
];

// P24
test("no source but the salvage module tells git to destroy uncommitted work", () => {
  const files = ["packages", "apps", "bin", "scripts"].flatMap((name) => sources(join(workspace, name)));
  expect(files.length).toBeGreaterThan(50);
  const found = files
    .filter((path) => !/\/control-plane\/src\/salvage[\w-]*\.ts$/.test(path))
    .filter((path) => {
      const text = readFileSync(path, "utf8").replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, "");
      return destroyers.some((pattern) => pattern.test(text));
    });
  expect(found.map((path) => relative(workspace, path))).toEqual([]);
});

test("the search finds what it looks for", () => {
  const planted = [
    'git.run(["reset", "--hard", "HEAD"])',
    "exec('git reset --hard')",
    'git.run(["clean", "-fdx"])',
    'git.run(["checkout", "--quiet", "-f", branch])',
    'git.run(["worktree", "remove", "--force", "--", path])',
  ];
  for (const text of planted) expect(destroyers.some((pattern) => pattern.test(text))).toBe(true);
  expect(destroyers.some((pattern) => pattern.test('git.run(["worktree", "remove", "--", path])'))).toBe(false);
});
