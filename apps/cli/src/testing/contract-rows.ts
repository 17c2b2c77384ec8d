// The rows of docs/contract.md, for the tests that hold them and for what those tests see.
import { readFileSync } from "node:fs";

/** A row: what is promised, and the test that holds it. */
export interface ContractRow {
  /** What stands in the first column. */
  readonly what: string;
  readonly file: string;
  readonly title: string;
}

/** Reads the page. Rows of one section by its heading. */
export function contractRows(): (heading: string) => readonly ContractRow[] {
  const page = readFileSync(new URL("../../../../docs/contract.md", import.meta.url), "utf8");
  return (heading) => {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
    const rows = section
      .split("\n")
      .filter((line) => /^\| (?!-)/.test(line))
      .slice(1);
    return rows.map((line) => {
      const [what = "", file = "", title = ""] = line
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((cell) => cell.replaceAll("\\|", "|"));
      return { what, file, title };
    });
  };
}

/** What a test saw of one run of the built command. */
export interface ObservedRun {
  readonly typed: readonly string[];
  readonly exitCode: number;
  readonly output: string;
}

/** Rows of exit codes and texts that name this test, and of which it saw nothing. */
export function unseenRows(
  rows: (heading: string) => readonly ContractRow[],
  runs: readonly ObservedRun[],
  isNamed: (row: ContractRow) => boolean,
): readonly string[] {
  const unseen = (heading: string, isSeen: (row: ContractRow) => boolean) =>
    rows(heading)
      .filter((row) => isNamed(row) && !isSeen(row))
      .map(({ what, title }) => `${what} (${title})`);
  return [
    ...unseen("Exit codes", ({ what }) => {
      const code = Number(/^`(\d+)/.exec(what)?.[1]);
      return runs.some(({ exitCode }) => exitCode === code);
    }),
    ...unseen("Exit codes of commands", ({ what }) => {
      const [, words = "", code] = /^`wiggum ?([^`]*)` (\d+)$/.exec(what) ?? [];
      const wanted = words === "" ? [] : words.split(" ");
      return runs.some(({ typed, exitCode }) => exitCode === Number(code) && isTyped(typed, wanted));
    }),
    ...unseen("Texts and tables", ({ what }) => {
      const text = textPattern(what.slice(1, -1));
      return runs.some(({ output }) => text.test(output));
    }),
  ];
}

/** Are these the words of the command, flags before them left out? */
function isTyped(typed: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return typed.every((word) => word.startsWith("-"));
  return typed.some((_, start) => wanted.every((word, index) => typed[start + index] === word));
}

/** `<…>` is anything on that line, `…` whatever follows. Runs of blanks are columns, and as wide as may be. */
function textPattern(text: string): RegExp {
  const pieces = text.split(/<[^<>]+>|…/).map((piece) =>
    piece
      .replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")
      .trim()
      .replace(/ +/g, " +"),
  );
  return new RegExp(pieces.filter((piece) => piece !== "").join("[^\\n]*"));
}
