import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "packages/*",
      "apps/*",
      "examples/conformance",
      "examples/demo",
      "examples/embedding",
      "examples/scripted-model",
      "published",
      "bench",
    ],
    // Most tests wait for git, agents and timers rather than compute: with as many workers as cores these are idle half of the time.
    maxWorkers: 2 * availableParallelism() + 1,
  },
});
