import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcessRunner } from "@wiggum/runner-process";
import { evidenceOfReports } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isVimEditing } from "./editor-mode.js";
import { initProject } from "./init.js";
import { openProject } from "./open-project.js";
import { chooseProfile, type FoundProfile, loadProfiles } from "./profiles.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { templatePath } from "./templates.js";
import { type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;

beforeEach(async () => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
  await initProject({ cwd: repository.root, environment: repository.environment, agent: "sleep 600" });
});
afterEach(() => repository.remove());

function writeProfile(name: string, text: string): string {
  mkdirSync(paths.profilesDirectory, { recursive: true });
  const path = join(paths.profilesDirectory, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

const names = (found: readonly FoundProfile[]) => found.map(({ profile }) => profile.name);

describe("loading and choosing", () => {
  test("every shipped profile can be read, and says itself how far it was proved", async () => {
    const found = await loadProfiles(paths);
    expect(names(found)).toEqual(["aider", "amp", "claude", "codex", "custom", "gemini", "opencode"]);
    const verified = found.filter(({ profile }) => profile.verified.length > 0);
    expect(names(verified)).toEqual(["claude", "codex", "opencode"]);
  });

  test("the program's base name chooses; any other program is custom; a name that is asked for wins", async () => {
    const found = await loadProfiles(paths);
    const chosen = (command: readonly string[]) => chooseProfile(found, command).profile.name;
    expect(chosen(["/opt/bin/codex", "exec"])).toBe("codex");
    expect(chosen(["claude --version"])).toBe("custom");
    expect(chosen([])).toBe("custom");
    expect(chooseProfile(found, ["my-claude"], { name: "claude", by: "x" }).profile.name).toBe("claude");
    expect(() => chooseProfile(found, ["a"], { name: "nobody", by: "config.yaml: agentProfile" })).toThrow(
      /config.yaml: agentProfile names the agent profile "nobody".*aider, amp, claude/,
    );
  });

  test("a project's file replaces the shipped one of its name, and may name other programs", async () => {
    writeProfile(
      "claude",
      "name: claude\nprograms: [claude, my-claude]\nheadless:\n  prompt: ['{prompt_line}']\n",
    );
    const found = await loadProfiles(paths);
    const { profile, source } = chooseProfile(found, ["my-claude"]);
    expect([profile.name, source, profile.verified]).toEqual(["claude", "project", []]);
    expect(names(found).filter((name) => name === "claude")).toHaveLength(1);
  });

  test.each([
    ["name: mine\nheadless: {}\nspeed: fast\n", /profiles\/mine.yaml:3: speed is not known here/],
    ["name: mine\n", /profiles\/mine.yaml:1: headless is missing/],
    [
      "name: mine\nheadless: 7\nprograms: x\n",
      /:3: programs must be a list, not "x"\n.*:2: headless must be a mapping of names to values, not 7$/,
    ],
    ["name: other\nheadless: {}\n", /profiles\/mine.yaml:1: name must be the name of the file/],
    ["name: mine\nheadless: {}\nscreen: { messages: typed, idle: '(' }\n", /regular expression/],
    [
      'name: mine\nheadless: {}\nscreen: { messages: typed, commandStarts: [""], commandTexts: [""], keysToClear: [""] }\n',
      /commandStarts\.0 must be a text that is not empty.*\n.*commandTexts\.0 must.*\n.*keysToClear\.0 must/,
    ],
    ["name: mine\nheadless: {}\nfiles: { ../x: { text: a } }\n", /file name|files/],
    ["name: mine\nheadless: {}\nfiles: { x: { both: a } }\n", /text|json/],
  ])("a wrong file is refused with its place: %j", async (text, message) => {
    writeProfile("mine", text);
    await expect(loadProfiles(paths)).rejects.toMatchObject({ code: "SETTINGS_INVALID" });
    await expect(loadProfiles(paths)).rejects.toThrow(message);
  });
});

describe("the program that hooks call", () => {
  const folder = () => {
    const path = realpathSync(mkdtempSync(join(tmpdir(), "wiggum it's ")));
    copyFileSync(templatePath("report.sh"), join(path, "report"));
    return path;
  };
  const facts = (path: string) =>
    evidenceOfReports(readFileSync(join(path, "reports.jsonl"), "utf8"), {
      generation: 1,
      nowMs: 0,
      wallNowMs: 0,
    }).map(({ fact }) => fact);

  test("notes a fact, with words from its standard input or last argument", () => {
    const path = folder();
    const report = (words: readonly string[], input = "") =>
      execFileSync("sh", [join(path, "report"), ...words], { input, encoding: "utf8" });
    expect(report(["hook", "busy", "none"])).toBe("");
    expect(facts(path)).toEqual([{ kind: "busy" }]);
    report(
      ["hook", "waiting", "stdin", "a", "b.c"],
      JSON.stringify({ a: "x", b: { c: "line\n$(y) ' \"" } }, null, 2),
    );
    expect(facts(path)).toEqual([{ kind: "waiting", question: "x: line\n$(y) ' \"" }]);
    report(["hook", "blocked", "last", "why", JSON.stringify({ why: "no login" })]);
    expect(facts(path)).toEqual([{ kind: "blocked", reason: "no login" }]);
    rmSync(path, { recursive: true });
  });

  test.each([["no JSON {"], [""], ["x".repeat(100_000)], ['{"a":"'], ["\0\u0001\xff"]])(
    "a payload that it cannot use costs the words, never the fact",
    (input) => {
      const path = folder();
      execFileSync("sh", [join(path, "report"), "hook", "waiting", "stdin", "a"], { input });
      expect(facts(path)).toEqual([{ kind: "waiting" }]);
      rmSync(path, { recursive: true });
    },
  );

  test("where nothing can be written it fails nobody", () => {
    const path = folder();
    mkdirSync(join(path, "reports.jsonl"));
    expect(
      execFileSync("sh", [join(path, "report"), "hook", "busy", "none"], { stdio: "pipe" }).toString(),
    ).toBe("");
    rmSync(path, { recursive: true });
  });
});

describe("a program with a sandbox of its own", () => {
  /** A program whose sandbox is open to everything but `closed`. */
  async function project(closed: string) {
    const program = join(repository.base, "boxed");
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1" = sandbox ] || exec sleep 600\nshift\ncase " $* " in *'${closed}'*) echo "cannot write: ${closed}"; exit 1;; esac\nexec "$@"\n`,
      { mode: 0o755 },
    );
    writeFileSync(paths.configShell, `WIGGUM_AGENT_CMD="${program}"\n`);
    const probe = "probe: { arguments: [{ words: [sandbox], unless: [--open] }, { words: ['{command}'] }] }";
    writeProfile("boxed", `name: boxed\nprograms: [boxed]\nisSandboxed: true\nheadless: {}\n${probe}\n`);
    return openProject(repository.root, {
      environment: repository.environment,
      runner: createProcessRunner(),
    });
  }

  test("is refused before anything is claimed when a folder is closed that it must write into", async () => {
    const opened = await project(paths.controlDirectory);
    const { ticket } = await opened.write(undefined, (context) =>
      opened.tickets.create({ title: "T" }, context),
    );
    await expect(opened.spawn("worker", ticket.id)).rejects.toMatchObject({
      code: "AGENT_CANNOT_WRITE",
      data: { folders: [paths.controlDirectory] },
    });
    expect((await opened.tickets.show(ticket.id)).ticket.state).toBe("ready");
    expect(await opened.registry.list()).toEqual([]);
    await opened.close();
  });

  test("starts when all are open, leaves no probe, and is told that it is in a sandbox", async () => {
    const opened = await project("nowhere at all");
    const { ticket } = await opened.write(undefined, (context) =>
      opened.tickets.create({ title: "T" }, context),
    );
    const { agentId } = await opened.spawn("worker", ticket.id);
    for (const folder of [paths.controlDirectory, join(paths.root, ".git")])
      expect(readdirSync(folder).filter((name) => name.includes("probe"))).toEqual([]);
    expect(existsSync(join(paths.stateRoot, agentId, "1", "report"))).toBe(true);
    const environ = readFileSync(`/proc/${keeperPid(agentId)}/environ`, "utf8");
    expect(environ.split("\0")).toContain("WIGGUM_SANDBOXED=1");
    await opened.kill(agentId, { force: true });
    await opened.close();
  });

  const keeperPid = (agentId: string) =>
    readFileSync(join(paths.stateRoot, agentId, "1", "started"), "utf8").trim();
});

describe("what doctor says of profiles", () => {
  async function notes(command: string): Promise<readonly string[]> {
    writeFileSync(paths.configShell, `WIGGUM_AGENT_CMD="${command}"\n`);
    const opened = await openProject(repository.root, {
      environment: repository.environment,
      runner: createProcessRunner(),
    });
    const findings = await opened.doctor();
    await opened.close();
    return findings
      .filter(({ area }) => area === "agents")
      .map(({ severity, code }) => `${severity} ${code}`);
  }
  const program = (name: string, version: string) => {
    const path = join(repository.base, name);
    writeFileSync(path, `#!/bin/sh\necho "${version}"\n`, { mode: 0o755 });
    return path;
  };

  test("unknown and unverified ones are notes, a verified version is nothing", async () => {
    expect(await notes("sleep 600")).toEqual(["note AGENT_PROGRAM_UNKNOWN"]);
    expect(await notes("amp")).toEqual(["note AGENT_PROFILE_UNVERIFIED"]);
    expect(await notes(program("claude", "2.1.197 (Claude Code)"))).toEqual([]);
    expect(await notes(program("claude", "3.0.0"))).toEqual(["note AGENT_VERSION_UNVERIFIED"]);
    expect(await notes(program("codex", "what?"))).toEqual(["note AGENT_VERSION_UNVERIFIED"]);
  });

  test("a wrong profile is an error", async () => {
    writeProfile("mine", "name: mine\n");
    expect(await notes("sleep 600")).toEqual(["error AGENT_PROFILE_INVALID"]);
  });
});

test("vim editing: the setting, else where the program keeps it", async () => {
  const found = await loadProfiles(paths);
  const claude = chooseProfile(found, ["claude"]).profile;
  const folder = join(repository.base, "claude-home");
  mkdirSync(folder);
  const environment = { CLAUDE_CONFIG_DIR: folder };
  expect(await isVimEditing(claude, "auto", environment)).toBe(false);
  writeFileSync(join(folder, ".claude.json"), "{");
  expect(await isVimEditing(claude, "auto", environment)).toBe(false);
  writeFileSync(join(folder, ".claude.json"), '{"editorMode":"vim"}');
  expect(await isVimEditing(claude, "auto", environment)).toBe(true);
  expect(await isVimEditing(claude, "normal", environment)).toBe(false);
  expect(await isVimEditing(chooseProfile(found, ["x"]).profile, "vim", {})).toBe(true);
});
