import { cp, readdir, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";
import { thirdPartyNotices } from "../../scripts/third-party-notices.mjs";
import { chunks, contentsTo, hotChunks, lateModules, mainApart } from "./bundle-plugins.js";
import { asPieces, loadingPieces } from "./pieces-plugin.js";
import { topics } from "./src/topics.js";

const output = new URL("./dist/", import.meta.url);
const startedAtMs = Date.now();

/** Bundles that share the folder of chunks and are not written yet. */
let unwritten = 2;

/**
 * What an earlier build left. Removed at the end, not at the beginning: a command that runs meanwhile keeps its files. And by the last of the two
 * bundles: the other may be about to write a file of that very name again.
 */
async function removeOlderChunks() {
  unwritten -= 1;
  if (unwritten > 0) return;
  const folder = new URL("chunks/", output);
  for (const name of await readdir(folder)) {
    const file = new URL(name, folder);
    if ((await stat(file)).mtimeMs < startedAtMs) await rm(file, { force: true });
  }
}

/** Of all bundles together: they lie in one folder. */
const notices = thirdPartyNotices(fileURLToPath(new URL(".", import.meta.url)));

/** What both bundles are made like. */
const bundled: Options = {
  format: ["esm"],
  target: "node22",
  // `node:sqlite` has no name without the prefix.
  removeNodeProtocol: false,
  minify: true,
  noExternal: [/.*/],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);',
  },
};

export default defineConfig([
  {
    // Alone and in old syntax: a Node that is too old parses it and says what is needed.
    entry: { bin: "src/bin.ts" },
    // Node has at hand what loads a file of this kind.
    format: ["cjs"],
    target: "es2018",
    splitting: false,
    external: ["./main.js"],
    esbuildOptions(options) {
      options.supported = { "dynamic-import": true };
    },
    esbuildPlugins: [loadingPieces],
  },
  {
    entry: { tk: "src/tk.ts" },
    format: ["esm"],
    target: "es2018",
    splitting: false,
    external: ["./main.js", "./tk-main.js"],
  },
  {
    // The full parsers stand alone: only what cannot be read otherwise loads them (see main.ts).
    entry: { main: "src/main.ts", parsers: "src/parsers.ts" },
    ...bundled,
    splitting: true,
    // The chunks lie one folder down, so that `../templates` from them is the folder copied below.
    esbuildOptions(options) {
      options.chunkNames = "chunks/[name]-[hash]";
      // From the sources: unused parts of our own packages fall away file by file.
      options.conditions = ["wiggum-source"];
    },
    esbuildPlugins: [chunks, lateModules, contentsTo(new URL("contents.json", output)), notices],
    async onSuccess() {
      const templates = new URL("../../packages/control-plane/templates/", import.meta.url);
      await cp(templates, new URL("templates/", output), { recursive: true });
      // What `wiggum help <topic>` shows.
      for (const name of Object.keys(topics)) {
        await cp(new URL(`../../docs/${name}.md`, import.meta.url), new URL(`docs/${name}.md`, output));
      }
      await removeOlderChunks();
    },
  },
  {
    // The commands that are run all the time: beside the whole program, and nothing shared with it.
    entry: { hot: "src/hot.ts", "hot-cold": "src/hot-cold.ts" },
    ...bundled,
    banner: {},
    splitting: true,
    esbuildOptions(options) {
      options.chunkNames = "chunks/[name]-[hash]";
      options.conditions = ["wiggum-source"];
    },
    esbuildPlugins: [
      mainApart,
      hotChunks,
      lateModules,
      asPieces,
      contentsTo(new URL("contents-hot.json", output)),
    ],
    onSuccess: removeOlderChunks,
  },
  {
    // One file, and nothing shared with the other program: both would fall into more pieces, each of which takes time to open.
    entry: { "tk-main": "src/tk-main.ts" },
    ...bundled,
    splitting: false,
    esbuildOptions(options) {
      options.conditions = ["wiggum-source"];
    },
    esbuildPlugins: [
      mainApart,
      chunks,
      lateModules,
      contentsTo(new URL("contents-tk.json", output)),
      notices,
    ],
  },
  {
    // The process that attends a session of OpenCode is started by name, once for each agent.
    entry: { "opencode/attendant": "../../packages/runner-opencode/src/attendant.ts" },
    ...bundled,
    splitting: false,
    esbuildOptions(options) {
      options.conditions = ["wiggum-source"];
    },
  },
  {
    // The conformance kits, and the programs that they start by name. Apart for the same reason.
    entry: {
      "kit/tickets": "../../packages/ticket-core/src/conformance/index.ts",
      "kit/runners": "../../packages/workflow/src/conformance/index.ts",
      "kit/other-process": "../../packages/ticket-core/src/conformance/processes/other-process.ts",
      "kit/scripted-agent": "../../packages/workflow/src/conformance/scripted-agent.ts",
      "kit/starter": "src/conformance/starter.ts",
      "kit/trial": "src/conformance/trial.ts",
    },
    ...bundled,
    splitting: false,
    esbuildOptions(options) {
      options.conditions = ["wiggum-source"];
    },
    esbuildPlugins: [notices],
  },
]);
