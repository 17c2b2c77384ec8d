import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "runner-opencode",
    // The real program is big: a server takes seconds to start, a first prompt as long again.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxConcurrency: 2,
    include: ["src/**/*.test.ts"],
  },
});
