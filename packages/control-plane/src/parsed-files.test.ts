import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keepParsedFiles } from "./parsed-files.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-parsed-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Reads `text` as a program of that name does, and tells whether it had to parse. */
async function read(text: string, value: object = { of: text }, program = "wiggum 1") {
  let isParsed = false;
  const found = await keepParsedFiles(folder, program).parsed("types", text, () => {
    isParsed = true;
    return value;
  });
  return { found, isParsed };
}

const file = () => join(folder, "types.json");

describe("parsed files", () => {
  test("the same text is parsed once", async () => {
    expect(await read("a")).toEqual({ found: { of: "a" }, isParsed: true });
    expect(await read("a")).toEqual({ found: { of: "a" }, isParsed: false });
    expect(readdirSync(folder)).toEqual(["types.json"]);
  });

  test("another text, or another program, parses", async () => {
    await read("a");
    expect(await read("a ")).toEqual({ found: { of: "a " }, isParsed: true });
    expect(await read("a ", {}, "wiggum 2")).toEqual({ found: {}, isParsed: true });
    expect((await read("a ")).isParsed).toBe(true);
  });

  test("what is damaged in any way is never an answer", async () => {
    const value = { states: ["ready", "done"], timeoutMs: 60_000, ü: "\u2028" };
    await read("the text", value);
    const stored = readFileSync(file());
    const damage = fc.oneof(
      fc.nat({ max: stored.length - 1 }).map((length) => stored.subarray(0, length)),
      fc.tuple(fc.nat({ max: stored.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
        const damaged = Buffer.from(stored);
        damaged.writeUInt8(damaged.readUInt8(at) ^ change, at);
        return damaged;
      }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string().map((text) => Buffer.concat([stored, Buffer.from(text || " ")])),
      fc.constantFrom("", "null", "{}", "wiggum parsed 2 0 0\n{}").map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        writeFileSync(file(), bytes);
        expect(await read("the text", value)).toEqual({ found: value, isParsed: true });
        // And it is whole again.
        expect(readFileSync(file())).toEqual(stored);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test("a mistake is not kept", async () => {
    const refusing = () => {
      throw new Error("wrong");
    };
    const files = keepParsedFiles(folder, "wiggum 1");
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(files.parsed("types", "a", refusing)).rejects.toThrow("wrong");
    await files.parsed(
      "types",
      "a",
      () => ({ problems: 1 }),
      ({ problems }) => problems === 0,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test("where nothing can be written, everything is parsed", async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file in the place of the folder");
    expect((await read("a")).isParsed).toBe(true);
    expect((await read("a")).isParsed).toBe(true);
  });
});
