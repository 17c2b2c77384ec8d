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
      return ["node_modules", "dist", "testing", "coverage", "demo-project"].includes(entry.name)
        ? []
        : sources(path);
    }
    return /\.(?:ts|mjs|js|sh)$|^[a-z-]+$/.test(entry.name) &&
      !/\.(?:test|fixture|bench)\.ts$/.test(entry.name)
      ? [path]
      : [];
  });
}

/** Ways of git that destroy uncommitted work, as programs of ours would say them: arguments in an array. */
const calls: readonly RegExp[] = [
  /["']reset["']\s*,[^\]]*["']--hard["']/,
  /["']clean["']\s*,\s*["']-/,
  /["']checkout["']\s*,[^\]]*["'](?:-f|--force)["']/,
  /["']worktree["']\s*,\s*["']remove["']\s*,[^\]]*["'](?:-f|--force)["']/,
  /["']switch["']\s*,[^\]]*["'](?:-f|--force|--discard-changes)["']/,
  /["']checkout-index["']\s*,[^\]]*["'](?:-f|--force)["']/,
  /["']stash["']\s*,\s*["'](?:drop|clear)["']/,
];
/** The same as shell scripts (shipped hooks, bin) would say them. */
const commands =
  /\bgit\b.*\b(?:reset --hard|clean -|checkout (?:-f|--force)\b|worktree remove (?:-f|--force)\b|switch (?:-f|--discard-changes)\b|stash (?:drop|clear))/;

function destroys(name: string, text: string): boolean {
  if (/\.(?:ts|mjs|js)$/.test(name)) return calls.some((pattern) => pattern.test(text));
  return commands.test(text);
}

// P24
test("no source but the salvage module tells git to destroy uncommitted work", () => {
  const files = ["packages", "apps", "bin", "scripts"].flatMap((name) => sources(join(workspace, name)));
  expect(files.length).toBeGreaterThan(50);
  const found = files
    .filter((path) => !/\/control-plane\/src\/salvage[\w-]*\.ts$/.test(path))
    .filter((path) => destroys(path, readFileSync(path, "utf8")));
  expect(found.map((path) => relative(workspace, path))).toEqual([]);
});

test("the search finds what it looks for", () => {
  for (const text of [
    'git.run(["reset", "--hard", "HEAD"])',
    'git.run(["clean", "-fdx"])',
    'git.run(["checkout", "--quiet", "-f", branch])',
    'git.run(["worktree", "remove", "--force", "--", path])',
  ]) {
    expect(destroys("x.ts", text)).toBe(true);
  }
  for (const text of ["git reset --hard HEAD", "git -C x clean -fd", "git worktree remove --force y"]) {
    expect(destroys("hook", text)).toBe(true);
  }
  expect(destroys("x.ts", 'git.run(["worktree", "remove", "--", path])')).toBe(false);
});

test("no statement of SQL gives its values numbers: Node 22 takes them by place for bare question marks only", () => {
  const numbered = ["packages", "apps"]
    .flatMap((folder) => sources(join(workspace, folder)))
    .filter(
      (path) =>
        path.endsWith(".ts") &&
        /["'`][^"'`]*\b(?:SELECT|UPDATE|DELETE|INSERT)\b[^"'`]*\?\d/.test(readFileSync(path, "utf8")),
    );
  expect(numbered.map((path) => relative(workspace, path))).toEqual([]);
});
