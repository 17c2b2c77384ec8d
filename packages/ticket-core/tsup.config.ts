import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    light: "src/light.ts",
    parsers: "src/parsers.ts",
    "conformance/index": "src/conformance/index.ts",
    // An entry of its own, so that it stays beside the program that it starts.
    "conformance/processes/other-processes": "src/conformance/processes/other-processes.ts",
    "conformance/processes/other-process": "src/conformance/processes/other-process.ts",
  },
  format: ["esm"],
  target: "node22",
  // `node:sqlite` exists only under that name.
  removeNodeProtocol: false,
  clean: true,
});
