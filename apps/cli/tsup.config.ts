import { defineConfig } from "tsup";

export default defineConfig({
  entry: { bin: "src/bin.ts", main: "src/main.ts" },
  format: ["esm"],
  target: "node22",
  splitting: true,
  minify: true,
  clean: true,
  sourcemap: false,
  noExternal: [/.*/],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);',
  },
});
