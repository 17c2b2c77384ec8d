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
    // Most tests wait for git, agents and timers rather than compute: vitest's one worker on two cores would leave them idle.
    maxWorkers: availableParallelism() + 1,
  },
});
