// The kit says the same under each test runner: as many rules, all of them held.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMemoryBackend } from "@wiggum/ticket-core";
import { casesFor } from "@wiggum/ticket-core/conformance";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const timeoutMs = 120_000;

const rules = await casesFor(async ({ judge }) => {
  const backend = createMemoryBackend({ judge });
  return { backend, plant: backend.plant };
});

/** The words for Node, and how the runner tells how many tests passed and failed. */
const runners: Readonly<Record<string, { words: readonly string[]; passed: RegExp }>> = {
  "node:test": { words: ["--test", "src/node-test/backend.test.mjs"], passed: /^ℹ pass (\d+)\nℹ fail 0$/m },
  jest: {
    words: ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "src/jest/"],
    passed: /^Tests: +(\d+) passed, \1 total$/m,
  },
  mocha: {
    words: ["node_modules/mocha/bin/mocha.js", "src/mocha/backend.test.mjs"],
    passed: /^ +(\d+) passing/m,
  },
};

describe("the conformance kit", () => {
  test.each(Object.entries(runners))(
    "under %s",
    (_name, { words, passed }) => {
      // What this process inherited from vitest means something else to others.
      const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], NO_COLOR: "1" };
      const { status, stdout, stderr } = spawnSync(process.execPath, words, {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      const output = `${stdout}${stderr}`;
      expect(status, output).toBe(0);
      expect(Number(passed.exec(output)?.[1]), output).toBe(rules.length);
    },
    timeoutMs,
  );
});
