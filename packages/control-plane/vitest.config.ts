import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "control-plane",
    testTimeout: 180_000,
    hookTimeout: 180_000,
    include: ["src/**/*.test.ts"],
    globalSetup: ["src/testing/bundle-programs.ts"],
  },
});
