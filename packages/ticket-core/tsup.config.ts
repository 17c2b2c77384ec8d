import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    light: "src/light.ts",
    parsers: "src/parsers.ts",
    "conformance/index": "src/conformance/index.ts",
  },
  format: ["esm"],
  target: "node22",
  // `node:sqlite` exists only under that name.
  removeNodeProtocol: false,
  clean: true,
  sourcemap: true,
});
