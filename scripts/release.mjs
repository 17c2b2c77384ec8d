// One command for a release: versions and change logs from the changesets, build, gates, tests, one commit, then publication. With `--dry-run`
// all of it but tests and commit happens in a clone that is removed afterwards, and nothing is published.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const isDryRun = process.argv.includes("--dry-run");
const unknown = process.argv.slice(2).filter((word) => word !== "--dry-run");
if (unknown.length > 0) fail(`Unknown: ${unknown.join(" ")}`, "pnpm run release [--dry-run]");
if (answer("git", ["status", "--porcelain"]) !== "") {
  fail("There are changes that are not committed", "Commit or put them away: a release is made of a commit.");
}
// npm compares the provenance of a package with the repository that its manifest names.
const canBeTraced = [...readdirSync("packages").map((name) => join("packages", name)), "apps/cli"].every(
  (path) => JSON.parse(readFileSync(join(path, "package.json"), "utf8")).repository?.url !== undefined,
);
// A release that was committed and not published to its end goes on there.
const isCommitted = /^Release \d/.test(answer("git", ["log", "-1", "--format=%s"]));
if (!isCommitted && readdirSync(".changeset").every((name) => !name.endsWith(".md"))) {
  fail("There is no changeset, so nothing to release", "Describe a change with 'pnpm changeset'.");
}

if (isDryRun) inClone(release);
else release(process.cwd());

function release(folder) {
  if (!isCommitted) {
    step(folder, "versions and change logs", "changeset", ["version"]);
    // The packages name each other by version range, and the lock file repeats the ranges.
    step(folder, "lock file", "pnpm", ["install", "--lockfile-only", "--prefer-offline", "--silent"]);
  }
  step(folder, "what a fresh clone would install", "pnpm", [
    "install",
    "--frozen-lockfile",
    "--lockfile-only",
  ]);
  step(folder, "build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  step(folder, "generated docs", "node", ["scripts/generate-docs.mjs"]);
  step(folder, "gates", "node", ["scripts/check.mjs"]);
  const { version } = JSON.parse(readFileSync(join(folder, "apps/cli/package.json"), "utf8"));
  if (isDryRun) {
    step(folder, "what would be published", "pnpm", [
      "publish",
      "--recursive",
      "--dry-run",
      "--no-git-checks",
    ]);
    console.log(`[ok] ${version} can be released. Nothing was published, and this checkout is as it was.`);
    return;
  }
  step(folder, "tests", "node", ["scripts/test-all.mjs"]);
  if (!isCommitted) {
    step(folder, "all changes", "git", ["add", "--all"]);
    step(folder, "commit", "git", ["commit", "--message", `Release ${version}`]);
  }
  if (!canBeTraced)
    console.log("[info] without provenance: the manifests name no repository, see CONTRIBUTING.md");
  step(folder, "publication", "changeset", ["publish"]);
  console.log(`[ok] Published ${version}. Next: git push --follow-tags`);
}

/** From what is committed alone, with its own dependencies. */
function inClone(action) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-release-"));
  try {
    step(".", "clone", "git", ["clone", "--quiet", "--no-hardlinks", resolve("."), folder]);
    step(folder, "dependencies", "pnpm", ["install", "--frozen-lockfile", "--prefer-offline", "--silent"]);
    action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function step(folder, what, program, args) {
  console.log(`[info] ${what}`);
  const own = join(resolve(folder), "node_modules", ".bin");
  const environment = {
    ...process.env,
    PATH: `${existsSync(own) ? `${own}:` : ""}${process.env.PATH}`,
    // Where a build service vouches for the origin, npm says so beside each package; elsewhere it would refuse to publish.
    ...(canBeTraced &&
      Object.hasOwn(process.env, "ACTIONS_ID_TOKEN_REQUEST_URL") && { NPM_CONFIG_PROVENANCE: "true" }),
  };
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: "inherit", env: environment });
  if (status === 0) return;
  throw new Error(`${what}: ${error?.message ?? `'${program} ${args.join(" ")}' ended with ${status}`}`);
}

function answer(program, args) {
  const { status, stdout, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(" ")} ended with ${status}`);
  return stdout.trim();
}

function fail(message, hint) {
  console.error(`[error] ${message}\n        next: ${hint}`);
  process.exit(1);
}
