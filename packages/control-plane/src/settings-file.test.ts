import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSettingsFile, writeSetting } from "./settings-file.js";

function values(text: string, environment: Record<string, string> = {}): Record<string, string> {
  const read = readSettingsFile(text, environment);
  expect(read.problems).toEqual([]);
  return Object.fromEntries(read.settings.map(({ name, value }) => [name, value]));
}

describe("spellings", () => {
  test.each([
    ['WIGGUM_SESSION="wiggum-mine"', "wiggum-mine"],
    ['WIGGUM_SESSION="a b"  # a comment with "quotes" and \'more', "a b"],
    ["WIGGUM_SESSION='single $HOME'", "single $HOME"],
    ["WIGGUM_SESSION=bare", "bare"],
    ["WIGGUM_SESSION=bare # comment", "bare"],
    ["WIGGUM_SESSION=a#b", "a#b"],
    ["export WIGGUM_SESSION=exported", "exported"],
    ['export WIGGUM_SESSION="exported too"', "exported too"],
    [': "${WIGGUM_SESSION:=orig}"', "orig"],
    [': "${WIGGUM_SESSION:=two words}"   # why', "two words"],
    [": ${WIGGUM_SESSION:=loose}", "loose"],
    [": ${WIGGUM_SESSION:='quoted # no comment'}", "quoted # no comment"],
    [': "${WIGGUM_SESSION:=it\'s}"', "it's"],
    ['WIGGUM_SESSION="say \\"hi\\" for \\$5 \\\\ \\n"', 'say "hi" for $5 \\ \\n'],
    ["WIGGUM_SESSION=a\\ b", "a b"],
    ["WIGGUM_SESSION='a'\"b\"c", "abc"],
    ["WIGGUM_SESSION=", ""],
    ["  WIGGUM_SESSION=indented\r", "indented"],
  ])("%s", (line, expected) => {
    expect(values(line)).toEqual({ WIGGUM_SESSION: expected });
  });

  test("every spelling above is read as a shell would", () => {
    const folder = mkdtempSync(join(tmpdir(), "wiggum-settings-"));
    try {
      const text = [
        'A="say \\"hi\\" for \\$5 \\\\ \\n"  # "x"',
        "B='single $HOME'",
        "C=a#b",
        ': "${D:=two words}"   # why',
        ": ${E:='quoted # no comment'}",
        ': "${F:=it\'s}"',
        "G='a'\"b\"c\\ d",
        'export H="$A-${B}" # both',
        ': "${I:=${EDITOR_OF_NOBODY:-vim -n}}"',
        'J="${A}"',
        'J="last wins"',
        ': "${J:=never}"',
      ].join("\n");
      writeFileSync(join(folder, "config.sh"), `${text}\n`);
      const names = "ABCDEFGHIJ".split("");
      const script = `. ./config.sh; printf '%s\\n' ${names.map((name) => `"$${name}"`).join(" ")}`;
      const shell = execFileSync("sh", ["-c", script], { cwd: folder, env: {}, encoding: "utf8" });
      const ours = values(text);
      expect(names.map((name) => ours[name])).toEqual(shell.split("\n").slice(0, -1));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("names are filled in from the lines above, then from the environment", () => {
    expect(
      values('A=1\nB="$A/$HOME"\nC=${EDITOR:-vim}\nD=${EDITOR:-vim}', { HOME: "/h", EDITOR: "nano" }),
    ).toEqual({
      A: "1",
      B: "1//h",
      C: "nano",
      D: "nano",
    });
  });
});

describe("nothing is executed", () => {
  test.each([
    "WIGGUM_SESSION=$(touch executed)",
    'WIGGUM_SESSION="`touch executed`"',
    ': "${WIGGUM_SESSION:=$(touch executed)}"',
    "WIGGUM_SESSION=a; touch executed",
    "WIGGUM_SESSION=${HOME%/*}",
    "WIGGUM_SESSION=two words",
    'WIGGUM_SESSION="open',
    "WIGGUM_SESSION='open",
    ': "${WIGGUM_SESSION:=open"',
  ])("%s is a problem, with its line", (line) => {
    const read = readSettingsFile(`# first\n${line}\n`);
    expect(read.settings).toEqual([]);
    expect(read.problems).toMatchObject([{ name: "WIGGUM_SESSION", line: 2 }]);
  });

  test("other shell lines are named and have no effect", () => {
    const read = readSettingsFile("source ./other.sh\nWIGGUM_LAYOUT=tiled\nif true; then\nfi\n");
    expect(read.settings).toEqual([{ name: "WIGGUM_LAYOUT", value: "tiled", line: 2 }]);
    expect(read.unread.map(({ line }) => line)).toEqual([1, 3, 4]);
  });

  test("no text at all makes it throw", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => void readSettingsFile(`A=${text}`)));
  });
});

describe("writing one value", () => {
  test("what was written is read back, every other line stays byte-equal", () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/[\n\r\0]/.test(value)),
        (value) => {
          const before = '# head\r\nA="1" # one\n\n: "${WIGGUM_AGENT_CMD:=claude}"\nZ=9';
          const after = writeSetting(before, "WIGGUM_AGENT_CMD", value);
          expect(values(after)["WIGGUM_AGENT_CMD"]).toBe(value);
          const others = (text: string) =>
            text.split("\n").filter((line) => !line.includes("WIGGUM_AGENT_CMD"));
          expect(others(after)).toEqual(others(before));
        },
      ),
    );
  });

  test("a name that is not there is appended on a line of its own", () => {
    expect(writeSetting("A=1", "B", 'x "y"')).toBe('A=1\nB="x \\"y\\""\n');
    expect(writeSetting("", "B", "x")).toBe('B="x"\n');
  });

  test("the comment after the value stays", () => {
    expect(writeSetting('A="1"   # "why"\n', "A", "2")).toBe('A="2"   # "why"\n');
    expect(writeSetting(': "${A:=1 # no}"   # it\'s\r\n', "A", "2")).toBe('A="2"   # it\'s\r\n');
  });
});
