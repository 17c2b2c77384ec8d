import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWorkflowError } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { unknownPlaceholders } from "./render-prompt.js";
import { listRoles, loadRole } from "./roles.js";
import { templatePath } from "./templates.js";

let root: ProjectRoot;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-roles-"))) as ProjectRoot;
  mkdirSync(projectPaths(root).promptsDirectory, { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(role: string, text: string): void {
  writeFileSync(join(projectPaths(root).promptsDirectory, `${role}.md`), text);
}

const load = (role: string, promptPath?: string) => loadRole(projectPaths(root), role, { promptPath });

test("a prompt of the project: front matter is the role, every byte after it the prompt", async () => {
  const body = "\n# Do {TICKET_ID}\r\n---\nnot front matter\n";
  write(
    "worker",
    `---\ndescription: Ours\ncommand: node 'my agent.mjs'\nneeds: [structuredState]\n---\n${body}`,
  );
  expect(await load("worker")).toMatchObject({
    source: "project",
    description: "Ours",
    command: ["node", "my agent.mjs"],
    needs: ["structuredState"],
    prompt: body,
  });
});

test.each(["no front matter\n", "---\nnever closed\n", "", "text\n---\na: 1\n---\n"])(
  "all prompt: %j",
  async (text) => {
    write("worker", text);
    expect(await load("worker")).toMatchObject({ source: "project", prompt: text, needs: [] });
  },
);

test("empty front matter, CRLF and a byte order mark", async () => {
  write("worker", "---\n---\nx");
  expect((await load("worker")).prompt).toBe("x");
  write("worker", "\uFEFF---\r\ndescription: d\r\n---\r\nx");
  expect(await load("worker")).toMatchObject({ prompt: "x", description: "d" });
});

test("without a file of the project: the shipped one, else one general line", async () => {
  expect(await load("reviewer")).toMatchObject({
    source: "default",
    path: templatePath("prompts", "reviewer.md"),
  });
  const generic = await load("gardener");
  expect(generic.source).toBe("generic");
  expect(generic.prompt).toMatch(/^[^\n]*gardener[^\n]*\{TICKET_ID\}[^\n]*\n$/);
});

test("another file may take the place of the project's; a missing one is refused", async () => {
  write("worker", "project's");
  const other = join(root, "other.md");
  writeFileSync(other, "other");
  expect((await load("worker", other)).prompt).toBe("other");
  const none = join(root, "none.md");
  await expect(load("worker", none)).rejects.toMatchObject({
    code: "FLAG_INVALID",
    message: `--prompt names ${none}, which does not exist`,
  });
});

test("a prompt that is no text is refused, never handed to an agent", async () => {
  const binary = Buffer.from([0x23, 0x0a, 0xff, 0xfe, 0x00]);
  writeFileSync(join(projectPaths(root).promptsDirectory, "worker.md"), binary);
  await expect(load("worker")).rejects.toMatchObject({
    code: "SETTINGS_INVALID",
    message: ".wiggum/prompts/worker.md:2: the file is no text: it is not UTF-8 from here on",
    hint: "Correct .wiggum/prompts/worker.md, then run the command again.",
  });
  const other = join(root, "other.md");
  writeFileSync(other, binary);
  await expect(load("worker", other)).rejects.toMatchObject({ code: "FLAG_INVALID" });
});

test.each([
  ["---\ncomand: x\n---\n", "comand", 2],
  ["---\ndescription: d\nneeds: [flying]\n---\n", "needs.0", 3],
  ["---\ncommand: ''\n---\n", "command", 2],
  ["---\na: [\n---\n", "YAML", 2],
  ["---\ndescription: d\ndescription: e\n---\n", "description", 3],
  ["---\ndescription: 5\n---\n", "description", 2],
  ["---\nneeds: attach\n---\n", "needs", 2],
])("refused with line: %j", async (text, at, line) => {
  write("worker", text);
  const error = await load("worker").catch((reason: unknown) => reason);
  if (!isWorkflowError(error, "SETTINGS_INVALID")) throw error;
  expect(error.data.problems).toMatchObject([{ at, line: expect.any(Number) }]);
  expect(error.data.problems[0]?.line).toBeGreaterThanOrEqual(line);
  expect(error.message).toContain(".wiggum/prompts/worker.md:");
  expect(error.message).not.toMatch(/Invalid|expected|received/);
});

test.each(["../x", "a/b", "", ".", "..", "-x", "a b", "a\u001b"])("%j is no role", async (name) => {
  await expect(load(name)).rejects.toMatchObject({ code: "ROLE_NAME_INVALID" });
});

test("roles that have a prompt", async () => {
  write("gardener", "x");
  expect(await listRoles(projectPaths(root))).toEqual(["gardener", "qa", "reviewer", "supervisor", "worker"]);
});

describe("shipped prompts", () => {
  test.each(readdirSync(templatePath("prompts")))(
    "%s names only known placeholders and says what an agent needs",
    async (file) => {
      const name = file.slice(0, -3);
      const { prompt, description } = await load(name);
      expect(unknownPlaceholders(prompt)).toEqual([]);
      expect(description).toBeTruthy();
      // Where nothing types into its pane, an agent hears only what it looks for.
      expect(prompt).toContain("{INBOX}");
      if (name === "supervisor") return;
      expect(prompt).toContain("{TICKET_CONTENT}");
      for (const word of ["wiggum ticket show", "10", "8", "by hand"]) expect(prompt).toContain(word);
    },
  );
});
