import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts" },
  format: ["esm"],
  target: "node22",
  // `node:sqlite` exists only under that name.
  removeNodeProtocol: false,
  clean: true,
});
