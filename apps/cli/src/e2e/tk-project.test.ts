// `tk` in a Wiggum project: the same commands over the project's tickets. The table in docs/tk.md names these tests.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

const script = fileURLToPath(new URL("../../../../bin/tk", import.meta.url));
let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
}, 60_000);
afterAll(() => repository.remove());

function tk(...words: readonly string[]) {
  const ran = spawnSync(script, words, {
    cwd: repository.root,
    env: { ...repository.environment },
    input: "",
    encoding: "utf8",
  });
  return { exitCode: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

function ok(...words: readonly string[]): string {
  const { exitCode, stdout, stderr } = tk(...words);
  if (exitCode !== 0) throw new Error(`tk ${words.join(" ")}: ${exitCode} ${stdout}${stderr}`);
  return stdout.replace(/\n$/, "");
}

describe("in a project", () => {
  test("project: create, listings, show, query and dependencies are those of the project", async () => {
    const first = ok(
      "create",
      "First | one",
      "-p",
      "1",
      "--tags",
      "ui",
      "-d",
      "Text",
      "--design",
      "Plan",
      "--acceptance",
      "- [ ] holds",
      "--external-ref",
      "GH-1",
    );
    const second = ok("create", "Second", "--parent", first, "-t", "bug");
    expect(first).toMatch(/^tk-[0-9a-f]{4}$/);
    expect(ok("dep", second, first.slice(3))).toBe(`Added dependency: ${second} -> ${first}`);
    expect(ok("dep", second, first)).toBe("Dependency already exists");
    expect(ok("ready")).toBe(`${first}  [P1][ready] - First | one`);
    expect(ok("blocked")).toBe(`${second}  [P2][ready] - Second <- [${first}]`);
    expect(ok("ls", "--status=open").split("\n")).toHaveLength(2);
    expect(ok("ls", "--status=ready", "--tag=ui")).toBe(`${first}  [ready] - First | one`);
    expect(ok("dep", "tree", second)).toBe(`${second} [ready] Second\n└── ${first} [ready] First | one`);
    expect(ok("dep", "cycle")).toBe("No dependency cycles found");
    const shown = ok("show", first);
    expect(shown).toContain(`# First | one\n`);
    for (const part of [
      "## Description\n\nText",
      "- [ ] holds",
      "## Design\n\nPlan",
      "## Children",
      "## Blocking",
    ]) {
      expect(shown).toContain(part);
    }
    expect(JSON.parse(ok("query", '.["external-ref"] == "GH-1"'))).toMatchObject({
      id: first,
      status: "ready",
      priority: "1",
      tags: ["ui"],
      "external-ref": "GH-1",
    });
    expect(ok("link", first, second)).toBe("Added 2 link(s) between 2 tickets");
    expect(ok("link", first, second)).toBe("All links already exist");
    expect(ok("show", first)).toContain(`## Linked\n\n- ${second} [ready] Second`);
    expect(ok("unlink", second, first)).toBe(`Removed link: ${second} <-> ${first}`);
    expect(tk("unlink", second, first)).toMatchObject({ exitCode: 1, stdout: "Link not found\n" });
    expect(ok("undep", second, first)).toBe(`Removed dependency: ${second} -/-> ${first}`);
    expect(ok("add-note", second, "a", "note")).toBe(`Note added to ${second}`);
    expect(await repository.succeed(["ticket", "show", second])).toContain("a note");
    expect(ok("edit", second)).toMatch(new RegExp(`^Edit ticket file: .*${second}\\.md$`));
  }, 120_000);

  test("project: close is the type's closing edge, all else a clear refusal", async () => {
    const id = ok("create", "To be closed");
    expect(ok("close", id)).toBe(`Updated ${id} -> closed`);
    expect(ok("close", id)).toBe(`Updated ${id} -> closed`);
    expect(ok("closed")).toContain(`${id}  [closed] - To be closed`);
    expect(tk("reopen", id)).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: `Error: ${id} is in state 'closed', and its type 'task' has no way from there to 'open'\nNo transition leaves that state.\n`,
    });
    const other = ok("create", "Other");
    expect(ok("reopen", other)).toBe(`Updated ${other} -> ready`);
    expect(tk("start", other)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`wiggum ticket claim ${other} <agent>`),
    });
    await repository.succeed(["ticket", "claim", other, "worker-7", "--no-hooks"]);
    expect(ok("start", other)).toBe(`Updated ${other} -> in-progress`);
    expect(tk("close", other)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("From there it can go to: review"),
    });
    expect(tk("status", other, "nonsense").stderr).toMatch(
      /^Error: invalid status 'nonsense'\. Must be one of: open/,
    );
    expect(tk("status", other, "qa")).toMatchObject({ exitCode: 1, stdout: "" });
    expect(tk("migrate-beads").stderr).toContain("wiggum ticket import");
    expect(tk("create", "T", "-p", "9").stderr).toBe("Error: priority '9' is none of 0 (highest) to 4\n");
    expect(tk("create", "T", "-t", "nonsense")).toMatchObject({ exitCode: 1, stdout: "" });
  }, 120_000);

  test("project: a .tickets folder above wins; TICKETS_DIR wins over both", () => {
    repository.write("sub/.tickets/a-1.md", "---\nid: a-1\nstatus: open\n---\n# In a folder\n");
    const at = (cwd: string, more = {}) =>
      spawnSync(script, ["ls"], { cwd, env: { ...repository.environment, ...more }, encoding: "utf8" })
        .stdout;
    expect(at(join(repository.root, "sub"))).toBe("a-1      [open] - In a folder\n");
    expect(at(repository.root)).toMatch(/^tk-/);
    expect(at(repository.root, { TICKETS_DIR: "sub/.tickets" })).toBe("a-1      [open] - In a folder\n");
  }, 60_000);
});
