import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exitCodeOf } from "./exit-codes.js";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("every error code that the command can end with is in docs/exit-codes.md, with its exit number", () => {
  const page = read("docs/exit-codes.md");
  const missing = Object.entries(exitCodeOf).filter(
    ([code, exit]) => !page.includes(`| \`${code}\` | ${exit} |`),
  );
  expect(missing).toEqual([]);
});

test("every code that doctor finds something under is in docs/recovery.md", () => {
  const page = read("docs/recovery.md");
  const folder = "packages/control-plane/src";
  const files = readdirSync(new URL(`../../../${folder}`, import.meta.url)).filter((name) =>
    /^project-doctor(?:-\w+)?\.ts$/.test(name),
  );
  const codes = files.flatMap((name) =>
    [...read(`${folder}/${name}`).matchAll(/code: (?:[^"\n]*\? )?"([A-Z_]+)"(?: : "([A-Z_]+)")?/g)].flatMap(
      ([, ...found]) => found.filter((code) => code !== undefined),
    ),
  );
  expect(codes.length).toBeGreaterThan(25);
  expect([...new Set(codes)].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});
