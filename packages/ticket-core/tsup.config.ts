import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The licences of the packages whose code is in the bundle, as they ask for. */
const notices: Plugin = {
  name: "notices",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const inputs = Object.keys(metafile?.inputs ?? {});
      const folders = new Set(
        inputs.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
      );
      const texts = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(here(`${folder}/package.json`), "utf8"));
        const file = readdirSync(here(folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
        if (file === undefined) throw new Error(`${name} has no licence to hand on`);
        return `${name} ${version} (${license})\n\n${readFileSync(here(`${folder}/${file}`), "utf8").trim()}\n`;
      });
      mkdirSync(here("dist"), { recursive: true });
      writeFileSync(here("dist/third-party-notices.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
    });
  },
};

const entry = {
  index: "src/index.ts",
  light: "src/light.ts",
  parsers: "src/parsers.ts",
  "conformance/index": "src/conformance/index.ts",
  // An entry of its own, so that it stays beside the program that it starts.
  "conformance/processes/other-processes": "src/conformance/processes/other-processes.ts",
  "conformance/processes/other-process": "src/conformance/processes/other-process.ts",
};

/**
 * The bundler makes a file of what the same entries share, so every entry has all that `light` has: then it is one file, and not one for each
 * way to share it. Each file that is opened costs about a hundredth of a start of Node.
 */
const together: Plugin = {
  name: "together",
  setup(build) {
    const light = here(entry.light);
    const others = new Set(Object.values(entry).map(here));
    others.delete(light);
    build.onResolve({ filter: /^together$/ }, () => ({ path: light, sideEffects: true }));
    build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
      others.has(path)
        ? { contents: `${readFileSync(path, "utf8")}\nimport "together";\n`, loader: "ts" }
        : undefined,
    );
  },
};

export default defineConfig({
  entry,
  format: ["esm"],
  target: "node22",
  clean: true,
  // The parsers are in the bundle: opening their 135 modules took three times as long as starting Node.
  noExternal: [/.*/],
  esbuildOptions(options) {
    // As ES modules, of which the unused parts fall away.
    options.alias = { yaml: here("node_modules/yaml/browser/index.js") };
    options.minify = true;
    options.logOverride = { "ignored-bare-import": "silent" };
  },
  esbuildPlugins: [notices, together],
});
