// Somebody who has nothing but the tarballs: installs them into an empty folder, type-checks and runs what the READMEs show, and uses the
// command, on the oldest supported Node and on the pinned one.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { findOpenCode, makeOpenCodeHome } from "../../examples/scripted-model/src/open-code.mjs";
import { tryCommand } from "./command.mjs";
import { missingLines, readmeExample } from "./readme-example.mjs";
import { outputOf, plainEnvironment, run } from "./run.mjs";

const nodes = {
  oldest: resolve("examples/oldest-node/node_modules/node/bin/node"),
  pinned: resolve("node_modules/node/bin/node"),
};

/** How TypeScript looks for packages: as Node does, or as bundlers do. */
const resolutions = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "preserve", moduleResolution: "bundler" },
};

/** Without it the example of the runner of panes is type-checked only, as that of OpenCode where that is not installed. */
const isTmuxThere = spawnSync("tmux", ["-V"]).error === undefined;
const isOpenCodeThere = findOpenCode() !== undefined;

/** Answers what is wrong. `tarballs` = path of the file by name of the package. */
export function tryAsStranger(home, tarballs) {
  mkdirSync(home);
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  const manifest = { name: "stranger", private: true, type: "module", dependencies, overrides: dependencies };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const installed = run(home, "npm", ["install", ...options]);
  if (installed.status !== 0) return [`npm install of the tarballs:\n${outputOf(installed)}`];
  // The types of Node are the one thing that a stranger brings along.
  mkdirSync(join(home, "types"));
  symlinkSync(resolve("node_modules/@types/node"), join(home, "types", "node"));

  const libraries = [...tarballs.keys()].filter((name) => name !== "@wiggum/cli");
  const examples = new Map(libraries.map((name) => [name, readmeExample(installedReadme(home, name), "ts")]));
  const problems = [];
  mkdirSync(join(home, "src"));
  for (const [name, { code }] of examples) writeFileSync(join(home, "src", fileOf(name, "ts")), code);
  writeFileSync(join(home, "src", "use.ts"), importEverything(home, libraries));
  for (const name of Object.keys(resolutions)) problems.push(...typeCheck(home, name));
  if (problems.length > 0) return problems;
  problems.push(...bareTypeCheck(home, libraries));

  // Examples leave their folders: beside the stranger's, where they go with it.
  const temporary = join(dirname(home), "temporary");
  mkdirSync(temporary);
  for (const [which, node] of Object.entries(nodes)) {
    for (const [name, example] of [["everything", undefined], ...examples]) {
      if (name === "@wiggum/runner-tmux" && !isTmuxThere) continue;
      if (name === "@wiggum/runner-opencode" && !isOpenCodeThere) continue;
      const file = join("nodenext", example === undefined ? "use.js" : fileOf(name, "js"));
      const environment = { ...plainEnvironment, TMPDIR: temporary };
      const result =
        name === "@wiggum/runner-opencode"
          ? runWithModel(home, node, file)
          : run(home, node, [file], environment);
      const missing = example === undefined ? [] : missingLines(example, result.stdout);
      if (result.status === 0 && withoutNote(result.stderr) === "" && missing.length === 0) continue;
      problems.push(
        `${name} on the ${which} Node: ${missing.map((line) => `does not print '${line}'; `).join("")}${outputOf(result)}`,
      );
    }
    problems.push(
      ...tryCommand(home, which, node, readmeExample(installedReadme(home, "@wiggum/cli"), "sh")),
    );
  }
  return problems;
}

/** With a model whose answers are a script, in a home of its own: a stranger would have a login. */
function runWithModel(home, node, file) {
  const log = openSync(join(home, "model.log"), "w");
  const model = spawn(nodes.pinned, [resolve("examples/scripted-model/src/serve.mjs")], {
    stdio: ["ignore", log, "inherit"],
  });
  try {
    let said = "";
    while (!said.includes("\n")) {
      if (model.pid === undefined) throw new Error("the scripted model did not start");
      said = readFileSync(join(home, "model.log"), "utf8");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    const [url] = /http:\/\/\S+/.exec(said);
    const environment = { ...plainEnvironment, ...makeOpenCodeHome(join(home, "open-code"), url) };
    return run(home, node, [file], environment);
  } finally {
    model.kill("SIGTERM");
    closeSync(log);
  }
}

/** Node 22 says of its own SQLite that it is experimental. Programs decide about that note, libraries do not. */
function withoutNote(stderr) {
  return stderr.replace(/^\(node:\d+\) ExperimentalWarning: SQLite .*\n\(Use .*\n/m, "");
}

function installedReadme(home, name) {
  return readFileSync(join(home, "node_modules", name, "README.md"), "utf8");
}

function fileOf(name, extension) {
  return `${name.slice(name.indexOf("/") + 1)}.${extension}`;
}

/** A module that imports every entry point of every library, and calls the conformance kits by their names. */
function importEverything(home, libraries) {
  const entries = libraries.flatMap((name) => {
    const { exports } = JSON.parse(readFileSync(join(home, "node_modules", name, "package.json"), "utf8"));
    return Object.keys(exports)
      .filter((subpath) => subpath !== "./package.json")
      .map((subpath) => `${name}${subpath.slice(1)}`);
  });
  const imports = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};`);
  return `${imports.join("\n")}
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { agentRunnerConformance } from "@wiggum/workflow/conformance";
for (const entry of [${entries.map((_, index) => `entry${index}`).join(", ")}]) {
  if (Object.keys(entry).length === 0) throw new Error("an entry point exports nothing");
}
if (typeof ticketBackendConformance !== "function" || typeof agentRunnerConformance !== "function") throw new Error("no kit");
`;
}

/** Types are checked in full, those of the declarations, too; `nodenext` also writes the JavaScript that is run. */
function typeCheck(home, name) {
  const compilerOptions = {
    ...resolutions[name],
    target: "es2023",
    lib: ["es2023"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    typeRoots: [join(home, "types")],
    types: ["node"],
    rootDir: "src",
    outDir: name,
  };
  const project = join(home, `tsconfig.${name}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, include: ["src"] }));
  const checked = run(home, resolve("node_modules/.bin/tsc"), ["-p", project]);
  return checked.status === 0 ? [] : [`types with moduleResolution ${name}:\n${outputOf(checked)}`];
}

/** Without the types of Node: exactly those packages fail whose README says that TypeScript wants them. */
function bareTypeCheck(home, libraries) {
  const compilerOptions = {
    ...{ ...resolutions.nodenext, target: "es2023", lib: ["es2023", "dom"], strict: true, noEmit: true },
    ...{ skipLibCheck: false, typeRoots: [], types: [], rootDir: "src" },
  };
  const project = join(home, "tsconfig.bare.json");
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ["src/use.ts"] }));
  const { stdout } = run(home, resolve("node_modules/.bin/tsc"), ["-p", project, "--pretty", "false"]);
  const failing = new Set(
    [...stdout.matchAll(/^(?:.*\/)?node_modules\/(@wiggum\/[^/]+)\/.*: error /gm)].map(([, name]) => name),
  );
  return libraries.flatMap((name) => {
    const isSaid = installedReadme(home, name).includes("`@types/node`");
    if (isSaid === failing.has(name)) return [];
    return [
      `${name}: its README ${isSaid ? "asks for" : "does not ask for"} the types of Node, and its own ${isSaid ? "need none" : "need them"}\n${stdout}`,
    ];
  });
}
