import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "./split-words.js";

test.each([
  ["claude", ["claude"]],
  ["  node  agent.mjs --fast ", ["node", "agent.mjs", "--fast"]],
  [`'/opt/my tools/agent' "--say=a \\"b\\"" c\\ d ''`, ["/opt/my tools/agent", '--say=a "b"', "c d", ""]],
  ["agent $HOME `x` $(y) *", ["agent", "$HOME", "`x`", "$(y)", "*"]],
  ["a'b'\"c\"d", ["abcd"]],
])("%s", (command, words) => {
  expect(splitWords(command)).toEqual({ words });
});

test.each(["", "   ", "''", "'open", 'a "open', "a\\"])("refused: %j", (command) => {
  expect(splitWords(command)).toHaveProperty("problem");
});

test("quoted words come apart as a shell takes them apart", () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !/[\0\n\r$`!]/.test(text));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.boolean(), (words, isSingle) => {
      const quote = (text: string) =>
        isSingle ? `'${text.replaceAll("'", "'\\''")}'` : `"${text.replace(/[\\"]/g, "\\$&")}"`;
      const command = words.map(quote).join(" ");
      const shell = execFileSync("sh", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" });
      expect(splitWords(command)).toEqual({ words: shell.split("\0").slice(0, -1) });
    }),
    { numRuns: 40 },
  );
});

test.each(["npm ci && npm run build", "a; b", "a | b", "a > b", "a < b", "a &"])(
  "what needs a shell is refused: %s",
  (command) => {
    expect(splitWords(command)).toMatchObject({ problem: expect.stringContaining("needs a shell") });
    expect(splitWords(`sh -c '${command}'`)).toEqual({ words: ["sh", "-c", command] });
  },
);
