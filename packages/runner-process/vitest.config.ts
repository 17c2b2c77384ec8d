import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "runner-process",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxConcurrency: 3,
    include: ["src/**/*.test.ts"],
  },
});
