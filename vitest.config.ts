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
  },
});
