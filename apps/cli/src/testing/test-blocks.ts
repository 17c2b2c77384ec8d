// Which test types which command: read from the text of the tests that run the built command.
import { readdirSync, readFileSync } from "node:fs";

/** One test of a file: its title as it stands between the quotes, and its text up to the next one. */
export interface TestBlock {
  readonly file: string;
  readonly title: string;
  readonly text: string;
}

const start =
  /^[ \t]*test(?:\.\w+\((?:[^()]|\([^()]*\))*\))*\(\s*(?:"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)')/gm;

/** Tests of all files of a folder that end in `.test.ts`. */
export function testBlocks(folder: URL): readonly TestBlock[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => blocksOf(file, readFileSync(new URL(file, folder), "utf8")));
}

export function blocksOf(file: string, text: string): readonly TestBlock[] {
  const found = [...text.matchAll(start)];
  const groups = [...text.matchAll(/^[ \t]*describe/gm)].map(({ index }) => index);
  // What stands between the beginning of a group (or of the file) and its first test belongs to that test.
  const beginOf = (index: number) => {
    const own = found[index]?.index ?? text.length;
    const before = found[index - 1]?.index ?? -1;
    return index === 0 ? 0 : (groups.find((group) => group > before && group < own) ?? own);
  };
  return found.map((match, index) => ({
    file,
    title: (match[1] ?? match[2] ?? match[3] ?? "").replace(/\\(["'`])/g, "$1"),
    text: text.slice(beginOf(index), index + 1 < found.length ? beginOf(index + 1) : text.length),
  }));
}

/** Does the test write these words, one after another, in one list? `flag` may follow anywhere in that list, or stand before the words. */
export function types({ text }: TestBlock, words: readonly string[], flag?: readonly string[]): boolean {
  const list = words.map((word) => `"${escaped(word)}"`).join(",\\s*");
  const before = '(?:"--(?:session|config)",\\s*"[^"]*",\\s*|"--?[^"]*",\\s*)*';
  const typed = new RegExp(`\\[\\s*${before}${list}(?=[\\s,\\]])[^\\]]*`, "g");
  const lists = text.match(typed) ?? [];
  if (flag === undefined) return lists.length > 0;
  return lists.some((one) => flag.some((name) => one.includes(`"${name}"`) || one.includes(`"${name}=`)));
}

function escaped(word: string): string {
  return word.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
