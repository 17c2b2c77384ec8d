import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "conformance/index": "src/conformance/index.ts",
    "simulation/index": "src/testing/pool/index.ts",
    "conformance/scripted-agent": "src/conformance/scripted-agent.ts",
  },
  format: ["esm"],
  target: "node22",
  // `node:sqlite` exists only under that name.
  removeNodeProtocol: false,
  clean: true,
});
