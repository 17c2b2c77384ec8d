import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: {
    name: "ticket-core",
    testTimeout: 120_000,
    include: ["src/**/*.test.ts"],
    // As for whoever imports the root.
    setupFiles: ["src/testing/with-parsers.ts"],
  },
});
