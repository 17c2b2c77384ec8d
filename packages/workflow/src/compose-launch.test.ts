import { describe, expect, test } from "vitest";
import type { AgentProfile } from "./agent-profile.js";
import { composeAsk, composeLaunch, composeProbe, isSandboxed } from "./compose-launch.js";

const places = {
  state: "/p/state dir",
  worktree: "/p/w",
  root: "/p/it's",
  report: "/p/state dir/report",
  writableRoots: ["/p/.git", '/p/"odd"'],
};
const profile: AgentProfile = {
  name: "tool",
  programs: ["tool"],
  verified: [],
  versionArguments: ["--version"],
  replaced: { subcommands: ["exec", "e"], flags: ["-p", "--print"] },
  environment: { QUIET: "1", SETTINGS: { plugins: ["{state}/plugin.js"], deep: { own: true } } },
  files: {
    "settings.json": {
      json: {
        hook: "{report:shell} busy",
        roots: "{roots:list}",
        rules: { "{roots:each}/*": "allow", "*": "deny" },
      },
    },
    "plain.txt": { text: "root={root:json} unknown={nothing}" },
  },
  isSandboxed: true,
  headless: {
    subcommand: ["exec"],
    arguments: [
      { words: ["--json"] },
      { words: ["--mode", "edit"], unless: ["--mode", "--yolo"] },
      { words: ["--add-dir", "{roots}"], forEachRoot: true },
      { words: ["-c", "roots={roots:json}"], unless: [] },
    ],
    prompt: ["--", "{prompt_line}"],
    environment: {},
    records: { facts: [], show: [] },
  },
  pane: { subcommand: [], arguments: [], prompt: ["{prompt_line}"], environment: {} },
  ask: {
    subcommand: ["exec"],
    arguments: [],
    prompt: ["-"],
    environment: { SETTINGS: { deep: { own: false } } },
  },
  probe: { arguments: [{ words: ["sandbox"], unless: ["--yolo"] }, { words: ["--", "{command}"] }] },
  screen: { messages: "typed", idle: "^>", vim: { keysBefore: ["Escape", "i"], keysAfter: ["Escape"] } },
  notes: [],
};
const launch = (command: readonly string[], environment: Record<string, string> = {}) =>
  composeLaunch(profile, "headless", { command, environment, places });
const roots = ["--add-dir", "/p/.git", "--add-dir", '/p/"odd"', "-c", 'roots=["/p/.git","/p/\\"odd\\""]'];
const prompt = ["--", "{prompt_line}"];

describe("the command", () => {
  test("program, subcommand, the person's words, the profile's, the prompt", () => {
    expect(launch(["/bin/tool", "--model", "x"]).command).toEqual([
      "/bin/tool",
      "exec",
      "--model",
      "x",
      "--json",
      "--mode",
      "edit",
      ...roots,
      ...prompt,
    ]);
  });

  test("what both say is said once", () => {
    for (const given of [
      ["exec", "--json"],
      ["e", "--json"],
      ["-p", "--json"],
      ["--print", "--json"],
    ]) {
      expect(launch(["tool", ...given]).command).toEqual([
        "tool",
        "exec",
        "--json",
        "--mode",
        "edit",
        ...roots,
        ...prompt,
      ]);
    }
  });

  test("the person's choice of a flag stays, also written with a '='", () => {
    for (const given of ["--yolo", "--mode=plan"]) {
      expect(launch(["tool", given]).command).toEqual(["tool", "exec", given, "--json", ...roots, ...prompt]);
    }
  });

  test("words after '--' stay words", () => {
    expect(launch(["tool", "--", "first", "-p"]).command.slice(-4)).toEqual([
      "--",
      "first",
      "-p",
      "{prompt_line}",
    ]);
  });

  test("one that names the prompt itself is left alone, and so is its environment", () => {
    const own = launch(["tool", "-p", "{prompt_file}"], { A: "b" });
    expect(own).toEqual({
      command: ["tool", "-p", "{prompt_file}"],
      environment: { A: "b" },
      files: {},
      profile: { name: "tool" },
    });
  });
});

describe("environment and files", () => {
  test("the person's variables win, JSON is merged into theirs", () => {
    const settings = '{"plugins":["own.js"],"deep":{"a":1},"x":2}';
    expect(launch(["tool"], { QUIET: "0", SETTINGS: settings, HOME: "/h" }).environment).toEqual({
      QUIET: "0",
      HOME: "/h",
      SETTINGS: '{"plugins":["own.js","/p/state dir/plugin.js"],"deep":{"a":1,"own":true},"x":2}',
    });
    expect(launch(["tool"], { SETTINGS: "no JSON" }).environment["SETTINGS"]).toBe(
      '{"plugins":["/p/state dir/plugin.js"],"deep":{"own":true}}',
    );
  });

  test("placeholders are quoted as asked; unknown ones stay", () => {
    const { files } = launch(["tool"]);
    expect(JSON.parse(files["settings.json"] ?? "")).toEqual({
      hook: "'/p/state dir/report' busy",
      roots: ["/p/.git", '/p/"odd"'],
      rules: { "/p/.git/*": "allow", '/p/"odd"/*': "allow", "*": "deny" },
    });
    expect(files["plain.txt"]).toBe(`root="/p/it's" unknown={nothing}`);
  });
});

test("a session is told of its screen in a pane, of its records without one", () => {
  const request = { command: ["tool"], environment: {}, places };
  expect(composeLaunch(profile, "headless", request).profile).toEqual({
    name: "tool",
    records: { facts: [], show: [] },
  });
  expect(composeLaunch(profile, "pane", request).profile).toEqual({
    name: "tool",
    screen: { name: "tool", messages: "typed", idle: "^>" },
  });
  expect(composeLaunch(profile, "pane", { ...request, isVim: true }).profile.screen).toMatchObject({
    keysBefore: ["Escape", "i"],
    keysAfter: ["Escape"],
  });
});

test("a question has its own words and environment", () => {
  const request = {
    command: ["tool", "e", "--model", "x"],
    environment: {},
    places,
    cwd: "/c",
    prompt: "?",
    timeoutMs: 5,
  };
  expect(composeAsk(profile, request)).toEqual({
    command: ["tool", "exec", "--model", "x", "-"],
    cwd: "/c",
    prompt: "?",
    timeoutMs: 5,
    environment: { QUIET: "1", SETTINGS: '{"plugins":["/p/state dir/plugin.js"],"deep":{"own":false}}' },
  });
  const { ask: _, ...silent } = profile;
  expect(composeAsk(silent, request)).toBeUndefined();
});

test("the sandbox is looked into as the person's command starts it, or is off", () => {
  const request = (command: readonly string[]) => ({ command, environment: {}, places });
  expect(composeProbe(profile, request(["tool"]), ["sh", "-c", "x"])).toEqual([
    "tool",
    "sandbox",
    "--",
    "sh",
    "-c",
    "x",
  ]);
  expect(composeProbe(profile, request(["tool", "--yolo"]), ["sh"])).toBeUndefined();
  expect(isSandboxed(profile, request(["tool"]))).toBe(true);
  expect(isSandboxed(profile, request(["tool", "--yolo"]))).toBe(false);
});
