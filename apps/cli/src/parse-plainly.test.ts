// Two ways to read a command line: what the quick one reads, the parser must read alike.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { app } from "./app.js";
import type { CliCommand, Execute } from "./command.js";
import { parseFully } from "./parse-fully.js";
import { readPlainly } from "./parse-plainly.js";
import { allLeaves, rootCommands } from "./tree.js";

interface Read {
  readonly values: Readonly<Record<string, unknown>>;
  readonly inputs: readonly unknown[];
}

/** What the parser makes of the words; `undefined` = it complains. */
async function readByParser(command: CliCommand, typed: readonly string[]): Promise<Read | undefined> {
  let read: Read | undefined;
  const noting: CliCommand = {
    ...command,
    async start(values, inputs) {
      read = { values, inputs };
    },
  };
  const nothing: Execute = async () => {};
  const complaint = await parseFully(noting, typed, nothing).catch((error: unknown) => error);
  return complaint === undefined ? read : undefined;
}

const given = ({ values, inputs }: Read) => ({
  values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
  inputs: inputs.filter((value) => value !== undefined),
});

/** Words as people type them for this command: its flags in several forms, values good and bad, arguments. */
function wordsFor(command: CliCommand): fc.Arbitrary<string[]> {
  const flags = Object.keys(command.flags).flatMap((name) => [
    `--${name}`,
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  ]);
  const others = [
    "tk-5c46",
    "review",
    "3",
    "0",
    "a,b",
    "a,,b",
    ",",
    "",
    "-",
    "--",
    "-h",
    "--nosuch",
    "--json=true",
    "x\ny",
    "é",
  ];
  const word = fc.oneof(
    fc.constantFrom(...flags),
    fc.constantFrom(...others),
    fc.constantFrom(...flags.map((flag) => `${flag}=5`)),
    fc.string({ maxLength: 6 }),
  );
  return fc.array(word, { maxLength: 5 });
}

describe("a command line that is read plainly", async () => {
  const leaves = [...allLeaves(rootCommands(app))];
  test.each(leaves.map(({ words, leaf }) => [words.join(" "), leaf] as const))(
    "%s: as the parser reads it",
    async (_name, leaf) => {
      const command = (await leaf.load()).default;
      await fc.assert(
        fc.asyncProperty(wordsFor(command), async (typed) => {
          const plain = readPlainly(command, typed);
          if (plain === undefined) return;
          const full = await readByParser(command, typed);
          expect(full).toBeDefined();
          if (full !== undefined) expect(given(plain)).toEqual(given(full));
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );

  test("what agents type is plain", async () => {
    const lines = [
      "ticket ready --limit 20",
      "ticket show 5c46 --json",
      "ticket transition tk-5c46 review --no-hooks --operation-id 01J",
      "ticket comment tk-5c46 worker-0 Two words",
      "ticket list --state ready,review --type bug",
    ];
    for (const line of lines) {
      const typed = line.split(" ");
      const leaf = leaves.find(({ words }) => words.join(" ") === typed.slice(0, 2).join(" "));
      expect(leaf).toBeDefined();
      if (leaf === undefined) continue;
      expect(readPlainly((await leaf.leaf.load()).default, typed.slice(2)), line).toBeDefined();
    }
  });
});
