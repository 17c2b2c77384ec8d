import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { name: "published", testTimeout: 300_000, hookTimeout: 300_000, include: ["src/**/*.test.ts"] },
});
