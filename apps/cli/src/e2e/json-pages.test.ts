// `--help` and `--version` with `--json`: a program that asks gets what every command answers in.
import { afterAll, beforeAll, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { createRepository, type Repository } from "./built-wiggum.js";

let nowhere: Repository;
beforeAll(async () => {
  nowhere = await createRepository({ kind: "no repository" });
});
afterAll(() => nowhere.remove());

async function answer(typed: readonly string[]) {
  const { exitCode, stdout, stderr } = await nowhere.wiggum(typed);
  expect({ exitCode, stderr, lines: stdout.split("\n").length }).toEqual({
    exitCode: 0,
    stderr: "",
    lines: 2,
  });
  return JSON.parse(stdout) as { readonly command: string; readonly data: Record<string, unknown> };
}

test("--version --json is one line of JSON, whichever flag stands first; without it nothing is", async () => {
  const expected = {
    schemaVersion: 1,
    command: "",
    store: null,
    asOf: null,
    data: { version: manifest.version },
  };
  for (const typed of [
    ["--version", "--json"],
    ["--json", "--version"],
    ["-v", "--json"],
  ])
    expect(await answer(typed)).toEqual(expected);
  expect((await nowhere.wiggum(["--version"])).stdout).toBe(`wiggum v${manifest.version}\n`);
});

test.each([
  ["everything", ["--help", "--json"], "", "ticket show"],
  ["everything, the flag first", ["--json", "-h"], "", "ticket show"],
  ["a group", ["ticket", "--help", "--json"], "ticket", "ticket show"],
  ["a command", ["ticket", "show", "--help", "--json"], "ticket show", "ticket show"],
  ["a command, flags between", ["--json", "ticket", "show", "-h"], "ticket show", "ticket show"],
  ["help and words", ["help", "ticket", "show", "--json"], "ticket show", "ticket show"],
])("--help --json of %s", async (_name, typed, words, named) => {
  const { command, data } = await answer(typed);
  expect(command).toBe(words);
  const { text, commands } = data as { text: string; commands: { command: string; brief: string }[] };
  expect(text).toBe((await nowhere.wiggum(typed.filter((word) => word !== "--json"))).stdout);
  expect(commands.map((one) => one.command)).toContain(named);
  expect(commands.every(({ brief }) => brief.length > 0)).toBe(true);
  expect(commands.every((one) => one.command.startsWith(words))).toBe(true);
});

test("a page of the documentation, too", async () => {
  const { data } = await answer(["help", "ticket-types", "--json"]);
  expect(data["topic"]).toBe("ticket-types");
  expect(data["text"]).toBe((await nowhere.wiggum(["help", "ticket-types"])).stdout);
});
