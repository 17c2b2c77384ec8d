import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: { name: "git", testTimeout: 180_000, hookTimeout: 180_000, include: ["src/**/*.test.ts"] },
});
