import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { markingScript, outsideSessions, sessionMark } from "./session-mark.js";

const token = "0123456789abcdef0123456789abcdef";

test("a mark is a number of its own for each token, in a range that nobody sets by hand and every shell can hold", () => {
  const marks = ["0".repeat(32), "f".repeat(32), token].map(sessionMark);
  expect(new Set(marks).size).toBe(3);
  for (const mark of marks) {
    expect(BigInt(mark ?? "0")).toBeGreaterThanOrEqual(2n ** 56n);
    expect(BigInt(mark ?? "0")).toBeLessThan(2n ** 57n);
  }
  expect(sessionMark(token)).toBe(sessionMark(token));
  for (const other of ["", "abc123", `${token}0`, token.toUpperCase(), `${token}\n`]) {
    expect(sessionMark(other)).toBeUndefined();
  }
});

describe.each(["sh", "dash", "bash"])("in %s", (shell) => {
  const limit = /^Max file locks\s+(\S+)/m;
  const run = (script: string, ...words: readonly string[]) =>
    execFileSync(shell, ["-c", script, shell, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] },
    });
  const cleared = "env -i setsid cat /proc/self/limits";

  // P36
  test("the mark stays where environment, session and parent go; what is outside has none, whoever starts it", () => {
    const mark = sessionMark(token) ?? "";
    const marked = run(`${markingScript('"$1"')}\n(${cleared})`, mark);
    expect(limit.exec(marked)?.[1]).toBe(mark);
    const outside = outsideSessions(["sh", "-c", cleared]);
    const freed = run(`${markingScript('"$1"')}\nshift; exec "$@"`, mark, ...outside);
    const hard = /^Max file locks\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    expect(limit.exec(freed)?.[1]).toBe(hard);
  });

  test("a limit that cannot be set stops nothing, and no variable of the program's is touched", () => {
    const before = run("cat /proc/self/limits; env -u _ -u SHLVL -u PWD");
    expect(run(`${markingScript("nonsense")}\ncat /proc/self/limits; env -u _ -u SHLVL -u PWD`)).toBe(before);
  });

  test("a command that is started outside gets its words as they are, and its own exit code", () => {
    const words = ["it's", "", "a b", "$HOME", "-x"];
    const [program = "", ...rest] = outsideSessions(["printf", "%s\\n", ...words]);
    expect(execFileSync(program, rest, { encoding: "utf8" })).toBe(`${words.join("\n")}\n`);
    const [again = "", ...failing] = outsideSessions([shell, "-c", "exit 7"]);
    expect(() => execFileSync(again, failing)).toThrow(expect.objectContaining({ status: 7 }));
  });
});
