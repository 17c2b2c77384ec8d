import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessRunner } from "@wiggum/runner-process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initProject } from "./init.js";
import { openProject } from "./open-project.js";
import type { ProjectFinding } from "./project.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;

beforeEach(async () => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
  await initProject({ cwd: repository.root, environment: repository.environment, agent: "sh -c true" });
});

afterEach(() => repository.remove());

async function doctor(environment: Record<string, string> = {}): Promise<readonly ProjectFinding[]> {
  const project = await openProject(repository.root, {
    environment: { ...repository.environment, ...environment },
    runner: createProcessRunner(),
  });
  try {
    // A note says only that no profile knows the agent program of these tests.
    return (await project.doctor()).filter(({ severity }) => severity !== "note");
  } finally {
    await project.close();
  }
}

const useCommand = (command: string) => writeFileSync(paths.configShell, `WIGGUM_AGENT_CMD="${command}"\n`);

function writePrompt(role: string, text: string | Uint8Array): void {
  writeFileSync(join(paths.promptsDirectory, `${role}.md`), text);
}

test("an agent command that is there is nothing to tell", async () => {
  expect(await doctor()).toEqual([]);
});

test("an agent command that is nowhere: named with the roles that it stops, and the next step", async () => {
  useCommand("no-such-agent --print");
  expect(await doctor()).toEqual([
    {
      area: "settings",
      severity: "warning",
      code: "AGENT_COMMAND_MISSING",
      message:
        "The agent command 'no-such-agent' was not found in PATH: no qa, reviewer, supervisor or worker can be started",
      hint: "Install it, or name another one: 'wiggum init --agent COMMAND' writes it into .wiggum/config.sh.",
    },
  ]);
});

test("one of the environment: correcting the file would not help, and is not advised", async () => {
  const [finding, ...others] = await doctor({ WIGGUM_AGENT_CMD: "no-such-agent" });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: "AGENT_COMMAND_MISSING" });
  expect(finding?.hint).toContain("WIGGUM_AGENT_CMD in the environment");
});

test("a role's own command is told with the role and its file; the project's is not blamed for it", async () => {
  writePrompt("qa", "---\ncommand: [./tools/tester, --fast]\n---\nTest it.\n");
  expect(await doctor()).toMatchObject([
    {
      code: "AGENT_COMMAND_MISSING",
      message: "The agent command './tools/tester' was not found: no qa can be started",
      hint: "Install it, or correct 'command' in .wiggum/prompts/qa.md.",
    },
  ]);
});

test("why a file that is there cannot be started is said", async () => {
  mkdirSync(join(repository.root, "tools"));
  const tester = join(repository.root, "tools", "tester");
  writePrompt("qa", "---\ncommand: ./tools/tester\n---\nTest it.\n");
  writeFileSync(tester, "#!/no/such/interpreter\n", { mode: 0o755 });
  expect((await doctor())[0]?.message).toContain("needs the interpreter '/no/such/interpreter'");
});

test("the project's command is looked for only where a role uses it", async () => {
  useCommand("no-such-agent");
  for (const role of ["qa", "reviewer", "supervisor", "worker"])
    writePrompt(role, "---\ncommand: sh -c true\n---\n");
  expect(await doctor()).toEqual([]);
});

test("a prompt that is no text: code, file with line, next step; commands of other roles are still looked at", async () => {
  writePrompt("reviewer", Buffer.from([0x23, 0x20, 0x0a, 0x80, 0x81]));
  writePrompt("qa", "---\ncommand: no-such-tester\n---\n");
  const findings = await doctor();
  expect(findings).toMatchObject([
    {
      area: "settings",
      severity: "error",
      code: "SETTINGS_INVALID",
      message: ".wiggum/prompts/reviewer.md:2: the file is no text: it is not UTF-8 from here on",
      hint: "Correct .wiggum/prompts/reviewer.md, then run the command again.",
    },
    { code: "AGENT_COMMAND_MISSING", message: expect.stringContaining("no qa can be started") },
  ]);
});

test("an unknown placeholder: the hint names those that exist", async () => {
  writePrompt("worker", "Do {TICKET_NAME}.\n");
  const [finding] = await doctor();
  expect(finding).toMatchObject({ code: "PLACEHOLDER_UNKNOWN" });
  for (const name of ["{TICKET_ID}", "{TICKET_CONTENT}", "{COMMENT}", "{BRANCH}"])
    expect(finding?.hint).toContain(name);
});

// P13
test("looking for commands starts none of them", async () => {
  const proof = join(repository.base, "started");
  mkdirSync(join(repository.root, "tools"));
  writeFileSync(join(repository.root, "tools", "agent"), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
  useCommand("./tools/agent");
  expect(await doctor()).toEqual([]);
  expect(existsSync(proof)).toBe(false);
});

test("a base branch that is not there: named, and where it is configured; made, there is nothing to tell", async () => {
  const [finding, ...others] = await withBaseBranch("gone");
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ area: "settings", severity: "warning", code: "BRANCH_MISSING" });
  expect(finding?.message).toContain("The base branch 'gone' does not exist");
  expect(finding?.hint).toContain("Correct baseBranch in .wiggum/config.yaml");
  repository.git("branch", "gone");
  expect(await withBaseBranch("gone")).toEqual([]);
});

function withBaseBranch(name: string): Promise<readonly ProjectFinding[]> {
  writeFileSync(paths.configYaml, `baseBranch: ${name}\n`);
  return doctor();
}
