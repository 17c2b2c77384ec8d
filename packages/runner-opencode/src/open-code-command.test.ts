import { describe, expect, test } from "vitest";
import { openCodeCommand } from "./open-code-command.js";

describe("a command that starts OpenCode", () => {
  test.each([
    [["opencode"], { program: "opencode" }],
    [["/opt/bin/opencode", "run", "--format", "json"], { program: "/opt/bin/opencode" }],
    [
      ["opencode", "-m", "near/fast/1", "--agent=plan", "--variant", "high", "--prompt", "{prompt_line}"],
      {
        program: "opencode",
        model: { providerID: "near", modelID: "fast/1" },
        agent: "plan",
        variant: "high",
      },
    ],
  ])("%j", (words, expected) => {
    expect(openCodeCommand(words)).toEqual(expected);
  });

  test.each([[["claude"]], [["node", "opencode"]], [["opencode-like"]], [[]]])(
    "%j is another program's",
    (words) => {
      expect(openCodeCommand(words)).toBeUndefined();
    },
  );

  test.each([
    [["opencode", "--yolo"], "--yolo"],
    [["opencode", "--model"], "--model"],
    [["opencode", "--model", "fast"], "--model fast"],
    [["opencode", "serve"], "serve"],
  ])("%j has a word that would be left out silently", (words, named) => {
    expect(() => openCodeCommand(words)).toThrow(
      expect.objectContaining({ code: "RUNNER_FAILED", message: expect.stringContaining(named) }),
    );
  });
});
