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

test("work items that wait for each other or for nothing, and parts of nothing, fail beside their files", () => {
  const item = (id: string, more: string) =>
    write(
      `items/open/${id}/item.md`,
      `---\nid: ${id}\nslug: ${id}\ntitle: ${id}\nstatus: open\nkind: task\npriority: P2\nlabels: []\ncreated_at: 2026-01-02T03:04:05Z\nupdated_at: 2026-01-02T03:04:05Z\nassignee: null\nlegacy_ticket: null\n${more}---\n\nText\n`,
    );
  const beside = (id: string) => {
    write(`items/open/${id}/thread.md`, "");
    write(`items/open/${id}/artifacts/.gitkeep`, "");
  };
  for (const status of ["pending", "closed"]) write(`items/${status}/.gitkeep`, "");
  for (const id of ["a-1", "a-2", "a-3", "a-4"]) beside(id);
  item("a-3", "");
  item("a-4", "depends_on: [a-3]\n");
  item("a-1", "depends_on: [a-4]\n");
  item("a-2", "depends_on: [a-3]\n");
  expect(doctor("items")).toMatchObject({ status: 0, stdout: "items: 0 errors, 0 warnings\n" });

  item("a-1", "depends_on: [a-2, gone]\nparent: nowhere\n");
  item("a-2", "depends_on: [a-1]\n");
  const { status, stdout } = doctor("items");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^::error file=items\/open\/a-1\/item\.md::.*gone/m);
  expect(stdout).toMatch(/^::(?:error|warning) file=items\/open\/a-1\/item\.md::.*nowhere/m);
  expect(stdout).toMatch(/^::error file=items\/open\/a-[12]\/item\.md::.*a-1.*a-2/m);

  // One that cannot be read is said once.
  item("a-3", "no line of a key\n");
  const broken = doctor("items").stdout.split("\n");
  expect(broken.filter((line) => line.includes("open/a-3/item.md"))).toHaveLength(1);
});

test("what a ticket says cannot begin a command of GitHub's", () => {
  write(".tickets/a-1.md", ticket("a-1", 'deps: ["x\\n::stop-commands::y"]'));
  expect(doctor().stdout).not.toMatch(/^::stop-commands/m);
});
