import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { name: "demo", testTimeout: 600_000, hookTimeout: 600_000, include: ["src/**/*.test.ts"] },
});
