// docs/contract.md: every command, flag, exit code and text of the contract names a test, and that test does what the row says.
import { describe, expect, test } from "vitest";
import { app } from "./app.js";
import { exitCodes } from "./exit-codes.js";
import { globalFlags } from "./global-flags.js";
import { type ContractRow, contractRows, unseenRows } from "./testing/contract-rows.js";
import { blocksOf, type TestBlock, testBlocks, types } from "./testing/test-blocks.js";
import { allLeaves, rootCommands } from "./tree.js";

const blocks = testBlocks(new URL("./e2e/", import.meta.url));
const rowsOf = contractRows();

const blockOf = ({ file, title }: ContractRow): TestBlock | undefined =>
  blocks.find((block) => block.file === file && block.title === title);

const sections = {
  commands: rowsOf("Commands and flags"),
  everywhere: rowsOf("Flags of every command"),
  codes: rowsOf("Exit codes"),
  ends: rowsOf("Exit codes of commands"),
  texts: rowsOf("Texts and tables"),
};

/** `wiggum ticket list --state` in its words and its flag. */
function typedIn(what: string): { readonly words: readonly string[]; readonly flag?: string } {
  const words = (/^`wiggum (.+)`/.exec(what)?.[1] ?? "").split(" ");
  // One command looks like a flag.
  const flag = commands.has(words.join(" ")) ? undefined : words.findLast((word) => word.startsWith("-"));
  return { words: words.filter((word) => word !== flag), ...(flag === undefined ? {} : { flag }) };
}

/** Every command of the tree by its words, with its flags and the letters that stand for them. */
const commands = new Map(
  await Promise.all(
    [...allLeaves(rootCommands(app))].map(async ({ words, leaf }) => {
      const { flags = {}, aliases = {} } = (await leaf.load()).default.parameters;
      const spellings = Object.keys(flags).map((name) => [
        `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        ...Object.keys(aliases).flatMap((letter) => (aliases[letter] === name ? [`-${letter}`] : [])),
      ]);
      return [words.join(" "), spellings] as const;
    }),
  ),
);

/** What users of the original type, commands that take a subcommand with it. A name that is missing here could get lost without a word. */
const original: Readonly<Record<string, readonly string[]>> = {
  init: [],
  attach: [],
  teardown: ["--force"],
  spawn: ["--prompt"],
  list: ["--format"],
  kill: ["--release", "--release-ticket", "--force"],
  ping: [],
  "send-keys": [],
  "has-capacity": [],
  status: ["--verbose", "--format"],
  fetch: [],
  digest: [],
  "--ephemeral": ["--prompt"],
  logs: ["--tail", "--follow"],
  "hook run": [],
  "hook list": [],
  "branch list": [],
  "branch cleanup": [],
  "branch merge": [],
  rebase: [],
  "ticket create": ["--type", "--priority", "--dep", "--description", "--acceptance-test"],
  "ticket list": ["--state", "--type"],
  "ticket show": [],
  "ticket ready": ["--limit"],
  "ticket blocked": [],
  "ticket tree": [],
  "ticket transition": ["--no-hooks", "--no-sync"],
  "ticket assign": [],
  "ticket unassign": [],
  "ticket edit": [],
  "ticket feedback": [],
  "ticket comment": [],
  "ticket sync": ["--pull", "--push"],
};

test("every row names one test that exists", () => {
  const rows = Object.values(sections).flat();
  expect(rows.length).toBeGreaterThan(300);
  expect(rows.filter((row) => blockOf(row) === undefined)).toEqual([]);
  for (const [name, some] of Object.entries(sections)) expect([name, some.length]).not.toEqual([name, 0]);
});

describe("commands and flags", () => {
  test("every command and flag of the tree has a row, and no row is about another", () => {
    const wanted = [...commands].flatMap(([words, spellings]) => [
      `\`wiggum ${words}\``,
      ...spellings.map(([long]) => `\`wiggum ${words} ${long}\``),
    ]);
    expect(sections.commands.map(({ what }) => what).sort()).toEqual(wanted.sort());
  });

  test("whatever is typed by users of the original is there", () => {
    const rows = new Set(sections.commands.map(({ what }) => what));
    const wanted = Object.entries(original).flatMap(([words, flags]) => [
      `\`wiggum ${words}\``,
      ...flags.map((flag) => `\`wiggum ${words} ${flag}\``),
    ]);
    expect(wanted.filter((what) => !rows.has(what))).toEqual([]);
  });

  test("each row's test types the command, with the flag", () => {
    const untrue = sections.commands.filter((row) => {
      const { words, flag } = typedIn(row.what);
      const block = blockOf(row);
      const spelling = commands.get(words.join(" "))?.find(([long]) => long === flag);
      return block === undefined || !types(block, words, flag === undefined ? undefined : spelling);
    });
    expect(untrue).toEqual([]);
  });

  test("flags of every command: each has a row whose test types it", () => {
    const wanted = [
      ...Object.keys(globalFlags).map((name) => `--${name}`),
      "--help",
      "-h",
      "--version",
      "-v",
    ];
    expect(sections.everywhere.map(({ what }) => what.slice(1, -1)).sort()).toEqual(wanted.sort());
    const untrue = sections.everywhere.filter(
      (row) => !blockOf(row)?.text.includes(`"${row.what.slice(1, -1)}"`),
    );
    expect(untrue).toEqual([]);
  });
});

describe("exit codes", () => {
  test("each has a row", () => {
    const wanted = Object.entries(exitCodes).map(([name, code]) => `\`${code} ${name}\``);
    expect(sections.codes.map(({ what }) => what).sort()).toEqual(wanted.sort());
  });

  test("each row's test types the command and expects the code", () => {
    const untrue = sections.ends.filter((row) => {
      const code = / (\d+)$/.exec(row.what)?.[1] ?? "none";
      const block = blockOf(row);
      const expected = new RegExp(
        `exitCode(?:: ?|\\)?\\.toBe\\(|\\)\\.toBe\\()${code}\\b|\\.toBe\\(${code}\\)`,
      );
      if (block === undefined || !expected.test(block.text)) return true;
      // `wiggum` without a word.
      return row.what.startsWith("`wiggum`")
        ? !block.text.includes(".wiggum([])")
        : !types(block, typedIn(row.what).words);
    });
    expect(untrue).toEqual([]);
  });
});

test("each text stands in its test", () => {
  const untrue = sections.texts.filter((row) => {
    const text = row.what.slice(1, -1);
    // A placeholder is whatever the test writes there; `…` = and so on.
    const pieces = text.split(/<[^<>]+>|…/).filter((piece) => piece.trim() !== "");
    const written = (blockOf(row)?.text ?? "").replaceAll(/\\(?=[[\]().?+*$^{}|/])/g, "");
    return pieces.length === 0 || !pieces.every((piece) => written.includes(piece.trim()));
  });
  expect(untrue).toEqual([]);
});

test("the reader of tests sees titles, groups and typed words as they are", () => {
  const text = `const a = 1;
describe("group", () => {
  const words = ["ticket", "list", "--state", x];
  test("one", async () => {
    run(["--quiet", "ticket", "show", id]);
  });
  test.each(Object.entries(them))("two \\"quoted\\"", () => {});
});
`;
  const [one, two] = blocksOf("a.test.ts", text);
  expect([one?.title, two?.title]).toEqual(["one", 'two "quoted"']);
  if (one === undefined || two === undefined) throw new Error("there are two tests");
  expect([
    types(one, ["ticket", "show"]),
    types(one, ["ticket", "list"], ["--state"]),
    types(two, ["ticket", "show"]),
  ]).toEqual([true, true, false]);
  expect([types(one, ["ticket", "list"], ["--type"]), types(one, ["show"])]).toEqual([false, false]);
});

test("a row is held by what a run did, not by words in the test", () => {
  const rows = (heading: string): readonly ContractRow[] =>
    heading === "Exit codes of commands"
      ? [{ what: "`wiggum ticket show` 5", file: "a", title: "t" }]
      : heading === "Texts and tables"
        ? [{ what: "`[ok] Killed <agent>`", file: "a", title: "t" }]
        : [];
  const unseen = (typed: readonly string[], exitCode: number, output: string) =>
    unseenRows(rows, [{ typed, exitCode, output }], () => true);
  expect(unseen(["--quiet", "ticket", "show", "tk-1"], 5, "[ok] Killed worker-0\n")).toEqual([]);
  expect(unseen(["ticket", "show", "tk-1"], 1, "Killed worker-0\n")).toEqual([
    "`wiggum ticket show` 5 (t)",
    "`[ok] Killed <agent>` (t)",
  ]);
  expect(unseen(["ticket", "list"], 5, "[ok] Killed worker-0\n")).toEqual(["`wiggum ticket show` 5 (t)"]);
});
