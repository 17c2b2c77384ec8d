// Sets the workspace up with nothing but Node 20, npm and git, then runs one of its scripts with the pinned pnpm and Node.
// Usage: node scripts/set-up.mjs <script> [arguments]
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [script, ...scriptArguments] = process.argv.slice(2);

// npm exports its own settings to its children as npm_config_*; pnpm would read and complain about them.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_")),
);
environment.TURBO_TELEMETRY_DISABLED = "1";
environment.DO_NOT_TRACK = "1";

function pnpm(...parts) {
  const run = spawnSync("npx", ["-y", packageManager, ...parts], {
    cwd: root,
    stdio: "inherit",
    env: environment,
    shell: process.platform === "win32",
  });
  if (run.error) {
    console.error(
      `[error] npx could not be started: ${run.error.message}\n        next: install Node 20 or later with npm`,
    );
    process.exit(1);
  }
  if (run.status !== 0) process.exit(run.status ?? 1);
}

pnpm("install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only");
pnpm("run", "--silent", script, ...scriptArguments);
