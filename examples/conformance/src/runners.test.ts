// The kits say the same under each test runner: as many rules, all of them held.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createMemoryBackend } from "@wiggum/ticket-core";
import { casesFor } from "@wiggum/ticket-core/conformance";
import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { describe, expect, test } from "vitest";
import { createBlindRunner, createRunner, starter } from "./runner.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
const timeoutMs = 300_000;

const rulesOfBackends = await casesFor(async ({ judge }) => {
  const backend = createMemoryBackend({ judge });
  return { backend, plant: backend.plant };
});

const rulesOfRunners: string[] = [];
agentRunnerConformance({
  test: (name) => rulesOfRunners.push(name),
  createRunner,
  createBlindRunner,
  starter,
});

/** The words for Node, without the file, and how the runner tells how many tests passed, none failed. */
const runners = {
  "node:test": { words: ["--test"], folder: "node-test", passed: /^ℹ pass (\d+)\nℹ fail 0$/m },
  jest: {
    words: ["--experimental-vm-modules", "node_modules/jest/bin/jest.js"],
    folder: "jest",
    passed: /^Tests: +(\d+) passed, \1 total$/m,
  },
  mocha: { words: ["node_modules/mocha/bin/mocha.js"], folder: "mocha", passed: /^ +(\d+) passing/m },
} as const;

const kits = { backend: rulesOfBackends.length, runner: rulesOfRunners.length };

const runs = Object.entries(runners).flatMap(([name, runner]) =>
  Object.entries(kits).map(([kit, rules]) => [name, kit, { ...runner, rules }] as const),
);

describe.concurrent("the conformance kits", () => {
  test.each(runs)(
    "under %s: %s",
    async (_name, kit, { words, folder: own, passed, rules }) => {
      // What this process inherited from vitest means something else to others.
      const { PATH, HOME, TMPDIR } = process.env;
      const child = spawn(process.execPath, [...words, `src/${own}/${kit}.test.mjs`], {
        cwd: folder,
        env: { PATH, HOME, TMPDIR, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [[code], ...outputs] = await Promise.all([
        once(child, "close"),
        text(child.stdout),
        text(child.stderr),
      ]);
      const output = outputs.join("");
      expect(code, output).toBe(0);
      expect(Number(passed.exec(output)?.[1]), output).toBe(rules);
    },
    timeoutMs,
  );
});
