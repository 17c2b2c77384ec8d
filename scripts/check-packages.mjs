// Each published package: publint, types resolve, and the packed tarballs install into an empty folder and run there,
// on the oldest supported Node and on the pinned one.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const oldestNode = resolve("examples/oldest-node/node_modules/node/bin/node");
const folders = [...readdirSync("packages").map((name) => join("packages", name)), "apps/cli"];
const problems = [];

function run(cwd, program, args, environment = process.env) {
  const result = spawnSync(program, args, { cwd, encoding: "utf8", env: environment });
  if (result.error) throw result.error;
  return result;
}

function mustRun(what, cwd, program, args) {
  const result = run(cwd, program, args);
  if (result.status !== 0) problems.push(`${what}:\n${result.stdout}${result.stderr}`);
  return result;
}

const folder = mkdtempSync(join(tmpdir(), "wiggum-packed-"));
try {
  const tarballs = new Map();
  for (const path of folders) {
    const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const packed = mustRun(`pack ${path}`, path, "pnpm", ["pack", "--pack-destination", folder]);
    if (packed.status !== 0) continue;
    const file = join(folder, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
    tarballs.set(manifest.name, file);
    mustRun(`publint ${path}`, ".", "publint", ["run", "--strict", file]);
    if (manifest.exports !== undefined) mustRun(`attw ${path}`, ".", "attw", [file, "--profile", "esm-only"]);
  }
  if (problems.length === 0) tryPackages(join(folder, "empty"), tarballs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

/** A stranger's folder: install the tarballs, import each library, run the command. */
function tryPackages(home, tarballs) {
  mkdirSync(home);
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(
    join(home, "package.json"),
    JSON.stringify({
      name: "stranger",
      private: true,
      type: "module",
      dependencies,
      overrides: dependencies,
    }),
  );
  const installed = run(home, "npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
  ]);
  if (installed.status !== 0) {
    problems.push(`npm install of the tarballs:\n${installed.stderr}`);
    return;
  }
  const names = [...tarballs.keys()].filter((name) => name !== "@wiggum/cli");
  writeFileSync(
    join(home, "use.mjs"),
    `${names.map((name, index) => `import * as package${index} from ${JSON.stringify(name)};`).join("\n")}
import { createMemoryBackend, createJudge, createTickets, builtinTypes } from "@wiggum/ticket-core";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { agentRunnerConformance } from "@wiggum/workflow/conformance";
for (const [index, module] of [${names.map((_, index) => `package${index}`).join(", ")}].entries()) {
  if (Object.keys(module).length === 0) throw new Error("package " + index + " exports nothing");
}
if (typeof ticketBackendConformance !== "function" || typeof agentRunnerConformance !== "function") throw new Error("no kit");
let count = 0;
const backend = createMemoryBackend({ judge: createJudge(builtinTypes) });
const tickets = createTickets({ backend, types: builtinTypes, now: () => new Date(0), newId: () => "01J" + String(count++).padStart(23, "0"), random: () => 7 });
const made = await tickets.create({ title: "From an empty folder" }, { actor: { kind: "person", id: "stranger" } });
console.log(made.ticket.id, made.ticket.state);
`,
  );
  for (const node of [oldestNode, process.execPath]) {
    const used = run(home, node, ["use.mjs"]);
    if (used.status !== 0 || !/^tk-[0-9a-f]{4} ready$/m.test(used.stdout))
      problems.push(`libraries on ${node}:\n${used.stdout}${used.stderr}`);
    const bin = join(home, "node_modules", "@wiggum", "cli", "dist", "bin.js");
    const version = run(home, node, [bin, "--version"]);
    if (version.status !== 0 || version.stderr !== "")
      problems.push(`wiggum --version on ${node}:\n${version.stdout}${version.stderr}`);
    tryCommand(join(home, `project-${node === oldestNode ? "oldest" : "pinned"}`), node, bin);
  }
}

function tryCommand(project, node, bin) {
  mkdirSync(project);
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_|^npm_/.test(name)),
  );
  run(project, "git", ["init", "-q", "-b", "main"], environment);
  run(project, node, [bin, "init", "--agent", "true"], environment);
  const made = run(project, node, [bin, "--quiet", "ticket", "create", "packed"], environment);
  const ready = run(project, node, [bin, "ticket", "ready"], environment);
  if (ready.status !== 0 || ready.stdout !== made.stdout || ready.stderr !== "") {
    problems.push(`wiggum on ${node}: ${made.stdout}${made.stderr}${ready.stdout}${ready.stderr}`);
  }
  const page = run(project, node, [bin, "help", "ticket-types"], environment);
  if (page.status !== 0 || page.stderr !== "" || !page.stdout.includes("schemaVersion")) {
    problems.push(`wiggum help ticket-types on ${node}: ${page.stdout}${page.stderr}`);
  }
}
