import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["wiggum-source"] },
  ssr: { resolve: { conditions: ["wiggum-source"] } },
  test: { name: "ticket-core", include: ["src/**/*.test.ts"] },
});
