// Every command line that somebody may copy is one that the parser takes: from help, from hints, from the documentation.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { app } from "./app.js";
import { findCommand } from "./find-command.js";
import { asksForHelp, parseAndRun } from "./parse.js";
import { allLeaves, type Group, type Leaf, rootCommands } from "./tree.js";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** The commands of a line as a shell would read it: words, without quotes; redirections left out. */
function commandsIn(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const token = /\s*(?:(&&|\|\|?|;)|[<>]\s*\S+|((?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'|;&<>])+))/gy;
  for (const [, separator, word] of line.trim().matchAll(token)) {
    if (separator !== undefined) commands.push([]);
    if (word !== undefined) commands.at(-1)?.push(word.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, "$1$2"));
  }
  return commands;
}

/** What the parser says to the words after `wiggum`; nothing is run. */
async function complaintAbout(words: readonly string[]): Promise<string | undefined> {
  const wanted = findCommand(app, words);
  if (wanted.kind === "refused") return wanted.message;
  if (wanted.kind !== "command" || asksForHelp(wanted.rest)) return undefined;
  let isParsed = false;
  const complaint = await parseAndRun((await wanted.leaf.load()).default, wanted.rest, async () => {
    isParsed = true;
  });
  return isParsed ? undefined : (complaint?.message ?? "not parsed");
}

async function expectParsed(line: string): Promise<void> {
  const own = commandsIn(line).filter(([program]) => program === "wiggum");
  expect(own.length, line).toBeGreaterThan(0);
  for (const [, ...words] of own) expect(await complaintAbout(words), line).toBeUndefined();
}

function* groupsOf(commands: Readonly<Record<string, Leaf | Group>>): Generator<Group> {
  for (const target of Object.values(commands)) {
    if (target.kind !== "group") continue;
    yield target;
    yield* groupsOf(target.commands);
  }
}

describe("examples of help", () => {
  const groups = [...groupsOf(rootCommands(app))].flatMap(({ examples }) => examples);
  test.each([...app.examples, ...groups])("%s", expectParsed);

  test.each([...allLeaves(rootCommands(app))].map(({ words, leaf }) => [words.join(" "), leaf] as const))(
    "%s",
    async (_name, leaf) => {
      for (const example of (await leaf.load()).default.examples) await expectParsed(example);
    },
  );

  test("the reading of lines is the shell's", () => {
    expect(commandsIn("git log -3 | wiggum ticket comment tk-1 me --stdin")).toEqual([
      ["git", "log", "-3"],
      ["wiggum", "ticket", "comment", "tk-1", "me", "--stdin"],
    ]);
    expect(commandsIn(`wiggum start "Two words" -d 'it' < a.md && wiggum list`)).toEqual([
      ["wiggum", "start", "Two words", "-d", "it"],
      ["wiggum", "list"],
    ]);
  });
});

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.test\.ts$|^testing\/|^e2e\/|\.fixture\.ts$/.test(file))
    .map((file) => join(repository, folder, file));
}

const packages = readdirSync(join(repository, "packages")).map((name) => `packages/${name}/src`);

/** Messages and hints name commands in single quotes. Placeholders stand for what is filled in. */
const named = ["apps/cli/src", ...packages]
  .flatMap(sourcesBelow)
  .flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/'wiggum ([^'\n`"\\]+)'/g)].map(
      ([, words = ""]) => [file.slice(repository.length), words.replace(/\$\{[^}]*\}/g, "x")] as const,
    ),
  );

test("commands that messages name: there are such commands, with such flags", async () => {
  expect(named.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  for (const [file, line] of named) {
    // A command in passing ('wiggum kill') needs no arguments, `<ticket>` and COMMAND stand for some.
    const words = line.split(" ").filter((word) => word !== "");
    const [first, second] = words;
    if (first === "<command>" || (first === "help" && /^x$|^</.test(second ?? ""))) continue;
    const wanted = findCommand(app, words);
    if (wanted.kind === "refused" && wanted.reason !== "command-missing") {
      wrong.push(`${file}: wiggum ${line}: ${wanted.message}`);
      continue;
    }
    if (wanted.kind !== "command") continue;
    const { flags = {} } = (await wanted.leaf.load()).default.parameters;
    for (const word of wanted.rest.filter((typed) => typed.startsWith("--"))) {
      const name = word.slice(2).replace(/-([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
      const isGlobal = ["help", "json", "quiet", "verbose", "session", "config"].includes(name);
      if (!isGlobal && flags[name] === undefined) wrong.push(`${file}: wiggum ${line}: no flag ${word}`);
    }
  }
  expect(wrong).toEqual([]);
});

const pages = ["README.md", ...readdirSync(join(repository, "docs")).map((name) => `docs/${name}`)].filter(
  (page) => page.endsWith(".md"),
);

/** What pages show as typed at a prompt. A command within `$( )` is one of its own. */
const typed = pages.flatMap((page) =>
  [...readFileSync(join(repository, page), "utf8").matchAll(/^\$ (.*\bwiggum .*)$/gm)].map(([, line = ""]) =>
    line.replace(/\$\(([^)]*)\)/g, "; $1 ;"),
  ),
);

test.each([...new Set(typed)])("in the documentation: %s", expectParsed);

const prompts = "packages/control-plane/templates/prompts";
/** What prompts tell agents to type: in backticks, or on an indented line with a remark behind it. */
const told = readdirSync(join(repository, prompts)).flatMap((file) =>
  [
    ...readFileSync(join(repository, prompts, file), "utf8").matchAll(
      /`(wiggum [^`]+)`|^ {4}(wiggum [^#\n]*)/gm,
    ),
  ].map(([, quoted, indented]) => (quoted ?? indented ?? "").replace(/<[a-z]+>|\{[A-Z_]+\}/g, "x")),
);

test.each([...new Set(told)])("in a prompt: %s", expectParsed);
