import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { app } from "./app.js";
import { runWithFakes } from "./testing/fake-host.js";
import { topics } from "./topics.js";
import { allLeaves, rootCommands } from "./tree.js";

const leaves = [...allLeaves(rootCommands(app))];
const commands = await Promise.all(
  leaves.map(async ({ words, leaf }) => ({
    name: words.join(" "),
    words,
    leaf,
    command: (await leaf.load()).default,
  })),
);

const groups = [
  ...new Set(
    leaves.flatMap(({ words }) => words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join(" "))),
  ),
].map((words) => words.split(" "));

describe("every command", () => {
  test.each(commands)(
    "$name: help with arguments and examples that begin with its words",
    async ({ words, leaf, command }) => {
      const { stdout, stderr, exitCode } = await runWithFakes([...words, "--help"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout.split("\n")[0]).toBe(`Usage: ${["wiggum", ...words, leaf.synopsis].join(" ").trimEnd()}`);
      expect(stdout).toContain("\nExamples:\n  ");
      expect(await runWithFakes(["help", ...words])).toMatchObject({ exitCode: 0, stdout });
      for (const example of command.examples) expect(example).toContain(`wiggum ${words.join(" ")}`);
      // Arguments are written below the usage line as they are in it.
      const listed = /\nArguments:\n([\s\S]*?)\n\n/.exec(stdout)?.[1]?.match(/^ {2}[<[]\S+/gm) ?? [];
      expect(listed.map((line) => line.trim())).toHaveLength(command.inputs.length);
      for (const line of listed) expect(leaf.synopsis).toContain(line.trim());
    },
  );

  test.each(commands)(
    "$name: its help fits 80 columns; only what is copied whole is longer",
    async ({ words }) => {
      const { stdout } = await runWithFakes([...words, "--help"], { columns: 80, isTerminal: true });
      const [usage = "", ...lines] = stdout.slice(0, stdout.indexOf("\nExamples:\n")).split("\n");
      expect(usage).toMatch(/^Usage: wiggum /);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test.each(commands)(
    "$name: its synopsis names the arguments in order and only flags that it has",
    ({ leaf, command }) => {
      const typed = leaf.synopsis.replaceAll(/\[(?:-|options)[^\]]*\]/g, "");
      const named = [...typed.matchAll(/[<[]([a-z]+)(?:\.\.\.)?[>\]]/g)].map(([, name]) => name);
      expect(named).toEqual(command.inputs.map(({ placeholder }) => placeholder));
      const flags = Object.keys(command.parameters.flags ?? {}).map((name) =>
        name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      );
      for (const [, flag] of leaf.synopsis.matchAll(/--([a-z-]+)/g)) expect(flags).toContain(flag);
      if (flags.length > 0) expect(leaf.synopsis).toMatch(/--|\[options\]|^<id>/);
    },
  );

  test("stands in the file that its words name, and no file is left over", async () => {
    const folder = fileURLToPath(new URL("commands/", import.meta.url));
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".ts"));
    expect(files.toSorted()).toEqual(leaves.map(({ words }) => `${words.join("/")}.ts`).toSorted());
    for (const { words, command } of commands) {
      const file = join(folder, `${words.join("/")}.ts`);
      expect(((await import(file)) as { default: unknown }).default).toBe(command);
    }
  });

  test.each(commands)("$name: an unknown flag is refused by name", async ({ words }) => {
    const ran = await runWithFakes([...words, "--no-such-flag"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "", opened: [] });
    expect(ran.stderr).toContain("Unknown flag: --no-such-flag");
  });
});

describe("overview", () => {
  test("has the headings of the original and a line for every command that is for people", async () => {
    const { stdout } = await runWithFakes(["--help"]);
    for (const heading of [
      "Session Management:",
      "Agent Management:",
      "Observability:",
      "Branch Management:",
      "Ticket Management:",
      "Global Options:",
      "Examples:",
    ]) {
      expect(stdout).toContain(`\n${heading}\n`);
    }
    for (const { words, leaf } of leaves) {
      const line = `\n  ${[...words, leaf.synopsis].join(" ").trimEnd()}`;
      if (leaf.isInternal) expect(stdout).not.toContain(`  ${words.join(" ")}`);
      else expect(stdout).toContain(line);
    }
  });

  test("topics: each is listed and shown; another is refused with what may have been meant", async () => {
    const { stdout } = await runWithFakes(["help"]);
    for (const [name, { brief }] of Object.entries(topics)) {
      expect(stdout.replace(/\n {30,}/g, " ")).toContain(`${`  help ${name}`.padEnd(36)}  ${brief}`);
      const page = await runWithFakes(["help", name]);
      expect(page).toMatchObject({ exitCode: 0, stderr: "", opened: [] });
      expect(page.stdout.length).toBeGreaterThan(500);
    }
    const wrong = await runWithFakes(["help", "ticket-type"]);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
    expect(wrong.stderr).toContain("[error] Unknown command or topic: ticket-type\n");
    expect(wrong.stderr).toContain("Did you mean: wiggum help ticket, wiggum help ticket-types?");
    expect((await runWithFakes(["help", "hooks", "list"])).exitCode).toBe(2);
    // A topic's name is no command.
    expect((await runWithFakes(["hooks"])).exitCode).toBe(2);
  });

  test("no line is wider than the terminal, whatever its width", async () => {
    for (const columns of [60, 80, 200]) {
      const { stdout } = await runWithFakes(["--help"], { columns, isTerminal: true });
      // Commands and examples are copied whole: they are not wrapped.
      const whole = [...leaves.map(({ leaf }) => leaf.synopsis), ...app.examples].filter(
        (text) => text.length > 20,
      );
      const wrapped = stdout.split("\n").filter((line) => !whole.some((text) => line.endsWith(text)));
      for (const line of wrapped) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 110));
    }
  });
});

test("the whole help text", async () => {
  const texts = [(await runWithFakes(["--help"])).stdout];
  for (const group of groups) texts.push((await runWithFakes([...group, "--help"])).stdout);
  for (const { words } of leaves) texts.push((await runWithFakes([...words, "--help"])).stdout);
  await expect(texts.join(`\n${"=".repeat(80)}\n\n`)).toMatchFileSnapshot("__snapshots__/help.txt");
});
