// The table of docs/tk.md names a test for each command and flag of `tk`. This holds the table to the command and to the tests.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { builtinCommands } from "./builtin-commands.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const page = readFileSync(at("../../../../docs/tk.md"), "utf8");
const table = page.slice(page.indexOf("## The contract, and what holds it"));
const rows = [...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)]
  .map(([, what = "", name = ""]) => ({ what, name }))
  .filter(({ what, name }) => what !== "command or flag" && !/^-+$/.test(name));
const words = new Set(
  rows.flatMap(({ what }) => [...what.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word)),
);
const tests = readdirSync(at("../e2e"))
  .filter((name) => /^tk-.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(at(`../e2e/${name}`), "utf8"))
  .join("\n");
const testNames = new Set([...tests.matchAll(/^\s*test\("((?:[^"\\]|\\.)+)"/gm)].map(([, name]) => name));

test("every command and option of the sources stands in the table", () => {
  const sources = readdirSync(at("commands"))
    .map((name) => readFileSync(at(`commands/${name}`), "utf8"))
    .concat(readFileSync(at("list-filters.ts"), "utf8"))
    .join("\n");
  const options = [...sources.matchAll(/"(--?[a-zA-Z][a-z-]*)"/g)].map(([, option = ""]) => option);
  expect(options).toContain("--external-ref");
  const filters = ["--assignee", "--tag", "--status", "--limit"];
  for (const word of [...builtinCommands.keys(), "help", "super", ...options, ...filters]) {
    expect(words, word).toContain(word);
  }
});

test("each row names a test that there is, and each test is named by a row", () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const { name } of rows) expect(testNames, name).toContain(name);
  const named = new Set(rows.map(({ name }) => name));
  for (const name of testNames) expect(named, name).toContain(name);
});
