import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";

const action = fileURLToPath(new URL("../doctor-action/", import.meta.url));
const { inputs, runs } = parse(readFileSync(join(action, "action.yml"), "utf8"));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-action-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The action's last step, as a runner of GitHub's runs it. */
function doctor(tickets = inputs.folder.default) {
  const { name, run, shell, env } = runs.steps.at(-1);
  expect([name, shell, env]).toEqual(["Doctor", "bash", { TICKETS_FOLDER: "${{ inputs.folder }}" }]);
  const environment = { ...process.env, GITHUB_ACTION_PATH: action, TICKETS_FOLDER: tickets };
  return spawnSync("bash", ["-e", "-o", "pipefail", "-c", run], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
  });
}

function write(path: string, text: string) {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

const ticket = (id: string, more = "deps: []") =>
  `---\nid: ${id}\nstatus: open\n${more}\nlinks: []\ncreated: 2026-01-02T03:04:05Z\ntype: task\npriority: 2\n---\n# ${id}\n`;

test("sound tickets pass", () => {
  write(".tickets/a-1.md", ticket("a-1"));
  write(".tickets/a-2.md", ticket("a-2", "deps: [a-1]"));
  expect(doctor()).toMatchObject({ status: 0, stdout: ".tickets: 0 errors, 0 warnings\n" });
});

test("a circle and a broken file fail, each with its words; the sound ones are no finding", () => {
  write(".tickets/a-1.md", ticket("a-1", "deps: [a-2]"));
  write(".tickets/a-2.md", ticket("a-2", "deps: [a-1]"));
  write(".tickets/a-3.md", "---\nid: a-3\nno end\n");
  write(".tickets/a-4.md", ticket("a-4"));
  const { status, stdout } = doctor();
  expect(status).toBe(1);
  expect(stdout).toMatch(/^::error file=\.tickets\/a-1\.md::.*a-1.*a-2/m);
  expect(stdout).toMatch(/^::error file=\.tickets\/a-3\.md,line=1::.*a-3\.md/m);
  expect(stdout).not.toContain("a-4");
});

test("a finding names its file and line, whatever the file is called", () => {
  write(".tickets/a-1.md", ticket("a-1", "<<<<<<< HEAD\ndeps: []\n=======\ndeps: [a-2]\n>>>>>>> other"));
  write("a,b:c/open/x/item.md", "no front matter");
  expect(doctor().stdout).toContain("::error file=.tickets/a-1.md,line=4::");
  expect(doctor("a,b:c").stdout).toMatch(/^::error file=a%2Cb%3Ac\/open\/x\/item\.md,line=1::open\/x\/item/m);
});

test("work items are known by their folders; a folder that is not there is an error", () => {
  write("items/open/notes.txt", "not an item");
  const found = doctor("items");
  expect(found.stdout).toMatch(/items: \d+ errors, \d+ warnings\n$/);
  expect(doctor("nowhere")).toMatchObject({ status: 1, stdout: "::error::There is no folder nowhere\n" });
});

test("what a ticket says cannot begin a command of GitHub's", () => {
  write(".tickets/a-1.md", ticket("a-1", 'deps: ["x\\n::stop-commands::y"]'));
  expect(doctor().stdout).not.toMatch(/^::stop-commands/m);
});
