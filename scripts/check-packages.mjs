// Each published package: packs, passes publint, its types resolve; then a stranger installs and uses what `npm pack`,
// which knows nothing of the workspace, makes of it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryAsStranger } from "./packed/stranger.mjs";

const folders = [...readdirSync("packages").map((name) => join("packages", name)), "apps/cli"];
const problems = [];

function mustRun(what, cwd, program, args) {
  const result = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (result.error) throw result.error;
  if (result.status !== 0) problems.push(`${what}:\n${result.stdout}${result.stderr}`);
  return result.status === 0;
}

const folder = mkdtempSync(join(tmpdir(), "wiggum-packed-"));
try {
  const tarballs = new Map();
  for (const path of folders) {
    const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    if (!mustRun(`pack ${path}`, path, "pnpm", ["pack", "--pack-destination", folder])) continue;
    const file = join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
    mustRun(`publint ${path}`, ".", "publint", ["run", "--strict", file]);
    if (manifest.exports !== undefined) mustRun(`attw ${path}`, ".", "attw", [file, "--profile", "esm-only"]);
    if (mustRun(`npm pack ${path}`, path, "npm", ["pack", "--pack-destination", folder]))
      tarballs.set(manifest.name, file);
  }
  if (problems.length === 0) problems.push(...tryAsStranger(join(folder, "a folder"), tarballs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
