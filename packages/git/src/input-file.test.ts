import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openInputFile } from "./input-file.js";

const before = process.env["TMPDIR"];
const folder = mkdtempSync(join(tmpdir(), "wiggum-input-"));
afterEach(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
});

test("the child reads every byte and then the end; no name is left", () => {
  process.env["TMPDIR"] = folder;
  for (const input of ["", "text häß", Buffer.from([0, 255, 10, 0]), Buffer.alloc(3_000_000, 7)]) {
    const file = openInputFile(input, []);
    if (file === undefined) throw new Error("the folder can be written");
    const { stdout } = spawnSync("cat", { stdio: [file, "pipe", "inherit"], maxBuffer: 10_000_000 });
    closeSync(file);
    expect(Buffer.compare(stdout, Buffer.from(input))).toBe(0);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("without a temporary folder another one serves; without any there is none", () => {
  process.env["TMPDIR"] = join(folder, "missing");
  const file = openInputFile("x", [join(folder, "missing, too"), folder]);
  expect(file).toBeDefined();
  if (file !== undefined) closeSync(file);
  expect(openInputFile("x", [join(folder, "missing, too")])).toBeUndefined();
  rmSync(folder, { recursive: true });
});
