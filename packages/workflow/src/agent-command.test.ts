import { describe, expect, test } from "vitest";
import { agentArguments } from "./agent-command.js";

const prompt = { promptFile: "/w/prompt.md", promptLine: "Read /w/prompt.md" };

describe("agentArguments", () => {
  test("appends the prompt line where no argument names a placeholder", () => {
    expect(agentArguments({ command: ["agent"], ...prompt })).toEqual(["Read /w/prompt.md"]);
    expect(agentArguments({ command: ["agent", "--fast", "{prompt}"], ...prompt })).toEqual([
      "--fast",
      "{prompt}",
      "Read /w/prompt.md",
    ]);
  });

  test("replaces placeholders anywhere in an argument, never in the program", () => {
    expect(
      agentArguments({
        command: ["{prompt_file}", "--from={prompt_file}", "{prompt_line}{prompt_line}"],
        ...prompt,
      }),
    ).toEqual(["--from=/w/prompt.md", "Read /w/prompt.mdRead /w/prompt.md"]);
  });

  test("expands nothing twice, and no replacement pattern", () => {
    expect(
      agentArguments({
        command: ["agent", "{prompt_file}"],
        promptFile: "/w/{prompt_line}/$&/$1",
        promptLine: "secret",
      }),
    ).toEqual(["/w/{prompt_line}/$&/$1"]);
  });
});
