import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "ticket-backend-git",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["src/**/*.test.ts"],
  },
});
