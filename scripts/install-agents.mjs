// Installs the real agent programs that tests run against the scripted model, in the versions that their profiles were verified with,
// below `.agents/`. Tests that need one are skipped, by name, where it is missing. About 1 GB.
// Usage: node scripts/install-agents.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, ".agents");
const { agents } = JSON.parse(readFileSync(join(root, "scripts", "agents.json"), "utf8"));

const isThere = ([name, version]) => {
  try {
    return (
      JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version === version
    );
  } catch {
    return false;
  }
};

const wanted = Object.entries(agents).map(([program, { name, version }]) => ({ program, name, version }));
if (wanted.every(({ program, name, version }) => isThere([name, version]) && answers(program, version))) {
  console.log(`agent programs are there: ${describe()}`);
  process.exit(0);
}
mkdirSync(folder, { recursive: true });
const dependencies = Object.fromEntries(wanted.map(({ name, version }) => [name, version]));
writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`);
console.log(`installing agent programs: ${describe()}`);
const started = performance.now();
const run = spawnSync(
  "npm",
  ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
  {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  },
);
if (run.status !== 0) {
  console.error(
    "[error] npm could not install the agent programs\n        next: see above, then run this again",
  );
  process.exit(1);
}
const silent = wanted.filter(({ program, version }) => !answers(program, version));
for (const { program, version } of silent)
  console.error(`[error] ${program} does not answer as version ${version}`);
if (silent.length === 0) console.log(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
process.exit(silent.length === 0 ? 0 : 1);

function describe() {
  return wanted.map(({ program, version }) => `${program} ${version}`).join(", ");
}

/** The program itself, not only its package: what it downloads may be missing. */
function answers(program, version) {
  const path = join(folder, "node_modules", ".bin", program);
  if (!existsSync(path)) return false;
  const home = join(folder, "home");
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
  };
  const run = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 60_000, env });
  return run.status === 0 && run.stdout.includes(version);
}
