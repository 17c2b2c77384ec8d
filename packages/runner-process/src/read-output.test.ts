import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { readLastLines } from "./read-output.js";

test("gives what cutting the whole text into lines would give, whatever the pieces it is read in", async () => {
  const path = await emptyFile();
  const text = fc
    .array(fc.constantFrom("a", "\n", "\n", "ü", "🦊", "\r\n", "  "), { maxLength: 60 })
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.nat(20), fc.integer({ min: 1, max: 9 }), async (whole, lines, chunkBytes) => {
      await writeFile(path, whole);
      const all = whole.replace(/\n$/, "").split("\n");
      const expected = lines === 0 ? "" : all.slice(-lines).join("\n");
      expect(await readLastLines(path, lines, 1_000, chunkBytes)).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

test("reads no more than its limit, and cuts no character", async () => {
  const path = await emptyFile();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "ü", "日", "🦊", "\n"), { maxLength: 40 }).map((parts) => parts.join("")),
      fc.integer({ min: 4, max: 30 }),
      fc.integer({ min: 1, max: 9 }),
      async (whole, maxBytes, chunkBytes) => {
        await writeFile(path, whole);
        const got = await readLastLines(path, 1_000, maxBytes, chunkBytes);
        expect(Buffer.byteLength(got)).toBeLessThanOrEqual(maxBytes);
        expect(whole.replace(/\n$/, "").endsWith(got)).toBe(true);
        // At most the rest of one character is given up.
        const possible = Math.min(maxBytes, Buffer.byteLength(whole)) - (whole.endsWith("\n") ? 1 : 0);
        expect(Buffer.byteLength(got)).toBeGreaterThan(possible - 4);
      },
    ),
    { numRuns: 500 },
  );
});

test("reads the end of a file of 10 GB only", async () => {
  const path = await emptyFile();
  const file = await open(path, "r+");
  const size = 10 * 1024 ** 3;
  await file.truncate(size);
  await file.write("\nbefore\nlast\n", size);
  await file.close();
  expect(await readLastLines(path, 2, 1024 * 1024)).toBe("before\nlast");
  // Also where there is no line end to be found.
  expect((await readLastLines(path, 3, 1024 * 1024)).length).toBeLessThanOrEqual(1024 * 1024);
});

test("a missing file is empty", async () => {
  expect(await readLastLines(join(tmpdir(), "wiggum-no-such-file"), 5, 1_000)).toBe("");
});

async function emptyFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wiggum-output-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "output.log");
  await writeFile(path, "");
  return path;
}
