import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSource } from "./exchange/read-source.js";
import { textOf } from "./exchange/text-lines.js";
import { readFileBounded } from "./read-bounded.js";
import { readFileContent } from "./read-file-content.js";

const root = mkdtempSync(join(tmpdir(), "read-bounded-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a file is read as far as it may go: a device without an end is refused, not read until the memory is full", async () => {
  const path = join(root, "file");
  writeFileSync(path, "abc");
  expect((await readFileBounded(path, 3))?.toString()).toBe("abc");
  expect(await readFileBounded(path, 2)).toBeUndefined();
  await expect(
    readFileContent("/dev/zero", { id: "tk-1", name: "zero", most: 5_000_000 }),
  ).rejects.toMatchObject({
    code: "ATTACHMENT_INVALID",
    message: "/dev/zero has more than 5000000 bytes; an attachment may have 5000000",
  });
});

test("a source without an end is refused", { timeout: 120_000 }, async () => {
  const from = { workingDirectory: root, readStdinBytes: () => Promise.reject(new Error("nothing to read")) };
  await expect(readSource("beads", "/dev/zero", from)).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
    message: "Nothing to import at '/dev/zero': it is over 1 GiB; split it",
  });
});

test("standard input is a source that may be no larger than a file", async () => {
  const asked: (number | undefined)[] = [];
  const from = {
    workingDirectory: root,
    // As the process reads: on until there is more than it was asked for.
    readStdinBytes: async (most?: number) => {
      asked.push(most);
      return new Uint8Array((most ?? 0) + 1);
    },
  };
  await expect(readSource("beads", "-", from)).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
    message: "Nothing to import at '-': it is over 1 GiB; split it",
  });
  expect(asked).toEqual([1024 ** 3]);
});

test("a document that is larger than a text may be says that, and nothing of its letters", () => {
  const bytes = new Uint8Array(600 * 1024 * 1024);
  expect(textOf({ path: "issues.json", name: "issues.json", bytes })).toEqual({
    problem: {
      path: "issues.json",
      message: "It is over 512 MiB, more than one text may be: split it",
    },
  });
});
