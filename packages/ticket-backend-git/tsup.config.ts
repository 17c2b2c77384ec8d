import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", http: "src/http/index.ts" },
  format: ["esm"],
  target: "node22",
  clean: true,
  // `node:sqlite` has no name without the prefix.
  removeNodeProtocol: false,
});
