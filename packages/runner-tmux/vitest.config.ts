import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "runner-tmux",
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxConcurrency: 3,
    include: ["src/**/*.test.ts"],
  },
});
