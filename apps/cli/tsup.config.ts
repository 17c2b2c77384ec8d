import { cp, readdir, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";

type PluginBuild = Parameters<NonNullable<Options["esbuildPlugins"]>[number]["setup"]>[0];

const output = new URL("./dist/", import.meta.url);
const startedAtMs = Date.now();

/** What an earlier build left. Removed at the end, not at the beginning: a command that runs meanwhile keeps its files. */
async function removeOlderChunks() {
  const folder = new URL("chunks/", output);
  for (const name of await readdir(folder)) {
    const file = new URL(name, folder);
    if ((await stat(file)).mtimeMs < startedAtMs) await rm(file);
  }
}

/** Our packages import the root of ticket-core, which loads both parsers. The command provides them itself, when a text needs them. */
const lightTickets = {
  name: "light-tickets",
  setup(build: PluginBuild) {
    build.onResolve({ filter: /^@wiggum\/ticket-core$/ }, ({ path, ...options }) =>
      build.resolve(`${path}/light`, {
        importer: options.importer,
        kind: options.kind,
        resolveDir: options.resolveDir,
      }),
    );
  },
};

/** Built-in modules that are slow to load are loaded at the first call. */
const lateModules = {
  name: "late-modules",
  setup(build: PluginBuild) {
    const path = fileURLToPath(new URL("./src/late-modules.ts", import.meta.url));
    build.onResolve({ filter: /^node:(?:crypto|zlib)$/ }, () => ({ path, sideEffects: false }));
  },
};

export default defineConfig([
  {
    // Alone and in old syntax: a Node that is too old parses it and says what is needed.
    entry: { bin: "src/bin.ts" },
    format: ["esm"],
    target: "es2018",
    splitting: false,
    external: ["./main.js"],
  },
  {
    // The full parsers stand alone: only what cannot be read otherwise loads them (see main.ts).
    entry: { main: "src/main.ts", parsers: "src/parsers.ts" },
    format: ["esm"],
    target: "node22",
    // `node:sqlite` has no name without the prefix.
    removeNodeProtocol: false,
    splitting: true,
    minify: true,
    noExternal: [/.*/],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);',
    },
    // The chunks lie one folder down, so that `../templates` from them is the folder copied below.
    esbuildOptions(options) {
      options.chunkNames = "chunks/[name]-[hash]";
      // From the sources: unused parts of our own packages fall away file by file.
      options.conditions = ["wiggum-source"];
    },
    esbuildPlugins: [lightTickets, lateModules],
    async onSuccess() {
      const templates = new URL("../../packages/control-plane/templates/", import.meta.url);
      await cp(templates, new URL("templates/", output), { recursive: true });
      await removeOlderChunks();
    },
  },
]);
