import { defineConfig } from "tsup";

export default defineConfig({
  // The attendant is a program of its own: the runner starts it beside each agent.
  entry: { index: "src/index.ts", attendant: "src/attendant.ts" },
  format: ["esm"],
  target: "node22",
  // `node:sqlite` exists only under that name.
  removeNodeProtocol: false,
  clean: true,
});
