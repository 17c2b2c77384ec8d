import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Options } from "tsup";
import { thirdPartyNotices } from "../../scripts/third-party-notices.mjs";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

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
  esbuildPlugins: [thirdPartyNotices(here(".")), together],
});
