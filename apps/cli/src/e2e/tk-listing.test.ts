// `tk` as it is built: commands that only look. The table in docs/tk.md names these tests.
import { spawnSync } from "node:child_process";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTkFolder, type TkFolder, tkScript } from "./built-tk.js";

let folder: TkFolder;
beforeEach(() => {
  folder = createTkFolder();
});
afterEach(() => folder.remove());

describe("listings", () => {
  beforeEach(() => {
    folder.ticket("b-1", { priority: "10", assignee: "Jane Doe", tags: "[ui, api]" }, "# a | b: c\n");
    folder.ticket("a-1", { deps: "[c-1, gone]", priority: "2", tags: "[u]" });
    folder.ticket("c-1", { status: "closed", priority: "0", assignee: "Jane" });
    folder.ticket("d-1", { status: "in_progress", deps: "[c-1]", assignee: "Jane Doe" });
    folder.ticket("e-1", { status: "done" });
    folder.ticket("long-identifier", { deps: "[d-1]", priority: "2" });
  });

  test("ls, list: all, by file name, dependencies shown whether closed or not", () => {
    const all = [
      "a-1      [open] - Title of a-1 <- [c-1, gone]",
      "b-1      [open] - a | b: c",
      "c-1      [closed] - Title of c-1",
      "d-1      [in_progress] - Title of d-1 <- [c-1]",
      "e-1      [done] - Title of e-1",
      "long-identifier [open] - Title of long-identifier <- [d-1]",
    ].join("\n");
    expect(folder.ok(["ls"])).toBe(all);
    expect(folder.ok(["list", "ignored", "--what=ever"])).toBe(all);
  });

  test("ready: every dependency closed; priority as a number, then id", () => {
    expect(folder.ok(["ready"])).toBe(
      "d-1      [P2][in_progress] - Title of d-1\nb-1      [P10][open] - a | b: c",
    );
  });

  test("blocked: with what is not closed; a dependency without a file blocks", () => {
    expect(folder.ok(["blocked"])).toBe(
      "a-1      [P2][open] - Title of a-1 <- [gone]\nlong-identifier [P2][open] - Title of long-identifier <- [d-1]",
    );
  });

  test("closed, closed --limit=N: newest first, `done` too, as many as asked for", () => {
    utimesSync(join(folder.root, ".tickets/e-1.md"), 1000, 1000);
    expect(folder.ok(["closed"])).toBe("c-1      [closed] - Title of c-1\ne-1      [done] - Title of e-1");
    expect(folder.ok(["closed", "--limit=1"])).toBe("c-1      [closed] - Title of c-1");
    expect(folder.ok(["closed", "--limit=0"])).toBe("");
    for (let number = 0; number < 150; number += 1) {
      folder.ticket(`z-${number}`, { status: number < 25 ? "closed" : "open" });
      utimesSync(join(folder.root, `.tickets/z-${number}.md`), 2000 + number, 2000 + number);
    }
    expect(folder.ok(["closed"]).split("\n")).toHaveLength(20);
    expect(folder.ok(["closed", "--limit=22"]).split("\n").at(-1)).toMatch(/^z-4 /);
    expect(folder.tk(["closed", "--limit=x"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: --limit=x is no whole number\n",
    });
  });

  test("filters -a, --assignee=, -T, --tag=, --status=: exact, in every listing", () => {
    const ids = (...words: readonly string[]) =>
      folder
        .ok(words)
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(" ")[0]);
    expect(ids("ls", "-a", "Jane Doe")).toEqual(["b-1", "d-1"]);
    expect(ids("ls", "--assignee=Jane")).toEqual(["c-1"]);
    expect(ids("ls", "-T", "ui")).toEqual(["b-1"]);
    expect(ids("ls", "--tag=u", "--status=open")).toEqual(["a-1"]);
    expect(ids("ls", "--status=in_progress")).toEqual(["d-1"]);
    expect(ids("ready", "--assignee=Jane Doe", "-T", "api")).toEqual(["b-1"]);
    expect(ids("blocked", "--tag=u")).toEqual(["a-1"]);
    expect(ids("closed", "-a", "Jane")).toEqual(["c-1"]);
    expect(folder.tk(["ls", "-a"])).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("an output that is cut is no failure", () => {
    for (let number = 0; number < 1500; number += 1) folder.ticket(`z-${number}`, { status: "closed" });
    const command = `"${tkScript}" closed --limit=2000 | head -1; echo "\${PIPESTATUS[0]}"`;
    const ran = spawnSync("bash", ["-c", command], {
      cwd: folder.root,
      env: folder.environment(),
      encoding: "utf8",
    });
    expect(ran.stdout.split("\n")[1]).toBe("0");
    expect(ran.stderr).toBe("");
  }, 60_000);
});

test("an empty folder: nothing, exit 0, in every listing", () => {
  folder.write(".tickets/README.md", "# About this folder\n");
  for (const command of ["ls", "list", "ready", "blocked", "closed", "query"]) {
    expect(folder.tk([command])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  }
});

describe("show", () => {
  test("show: the file as it is, the title of its parent, and the four sections", () => {
    folder.ticket("p", {}, "# Parent: title\n");
    folder.ticket(
      "m",
      { deps: "[p, gone, done]", parent: "p", links: "[x]" },
      "# M\n\nparent: p\n\u001b[31m ü \r\n",
    );
    folder.ticket("done", { status: "closed", deps: "[m]" });
    folder.ticket("w", { deps: "[m]" });
    folder.ticket("kid", { parent: "m", status: "closed" });
    const shown = folder.ok(["show", "m"]);
    expect(shown).toBe(
      "---\nid: m\nstatus: open\ndeps: [p, gone, done]\nparent: p  # Parent: title\nlinks: [x]\n---\n# M\n\nparent: p\n\u001b[31m ü \r\n" +
        "\n## Blockers\n\n- p [open] Parent: title\n- gone [] \n\n## Blocking\n\n- w [open] Title of w\n\n## Children\n\n- kid [closed] Title of kid\n\n## Linked\n\n- x [] ",
    );
    expect(folder.tk(["show"])).toMatchObject({ exitCode: 1, stderr: "Usage: ticket show <id>\n" });
  });

  test("show of bytes that are no text gives those bytes", () => {
    const bytes = Buffer.from([
      ...Buffer.from("---\nid: b\nparent: p\n---\n# T \u00e0\n"),
      0xff,
      0xa0,
      0x0d,
      0x0a,
      0x00,
    ]);
    folder.ticket("p");
    folder.write(".tickets/b.md", bytes);
    const ran = spawnSync(tkScript, ["show", "b"], { cwd: folder.root, env: folder.environment() });
    const expected = Buffer.from(
      bytes.toString("latin1").replace("parent: p", "parent: p  # Title of p"),
      "latin1",
    );
    expect(ran.stdout.equals(expected)).toBe(true);
    folder.ok(["start", "b"]);
    const after = spawnSync("cat", [join(folder.root, ".tickets/b.md")]).stdout;
    expect(
      after.equals(
        Buffer.from(bytes.toString("latin1").replace("---\n", "---\nstatus: in_progress\n"), "latin1"),
      ),
    ).toBe(true);
  });
});

describe("edit", () => {
  test("edit without a terminal: says where the file is, and does not wait", () => {
    folder.ticket("a-1");
    expect(folder.ok(["edit", "a"], { environment: { EDITOR: "false" } })).toBe(
      `Edit ticket file: ${folder.root}/.tickets/a-1.md`,
    );
    expect(folder.ok(["edit", "a"], { environment: { TICKETS_DIR: ".tickets" } })).toBe(
      "Edit ticket file: .tickets/a-1.md",
    );
    expect(folder.tk(["edit"])).toMatchObject({ exitCode: 1, stderr: "Usage: tk edit <id>\n" });
    expect(folder.tk(["edit", "zz"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: ticket 'zz' not found\n",
    });
  });
});

describe("query", () => {
  test("query: front matter in file order, lists as lists, all else as text; valid JSON whatever is in it", () => {
    folder.ticket("a-1", { deps: "[]", tags: "[ui, api]", priority: "2", note: 'a "b" \\ c: d\u007f' });
    const [line = ""] = folder.ok(["query"]).split("\n");
    expect(line).toBe(
      '{"id":"a-1","status":"open","deps":[],"tags":["ui","api"],"priority":"2","note":"a \\"b\\" \\\\ c: d\\u007f"}',
    );
    expect(JSON.parse(line)).toMatchObject({ note: 'a "b" \\ c: d\u007f' });
  });

  test("query with a filter: those for which it is true; what cannot be evaluated is refused", () => {
    folder.ticket("a-1", { deps: "[b-2]", tags: "[ui]" });
    folder.ticket("b-2", { status: "closed" });
    const ids = (filter: string) =>
      folder
        .ok(["query", filter])
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids('.status == "open"')).toEqual(["a-1"]);
    expect(ids(".deps | length > 0")).toEqual(["a-1"]);
    expect(ids('.tags | index("ui")')).toEqual(["a-1"]);
    expect(ids('.id | test("^b")')).toEqual(["b-2"]);
    expect(folder.tk(["query", ".status =="])).toMatchObject({ exitCode: 1, stdout: "" });
    const withoutJq = { environment: { PATH: "/nonexistent" }, program: process.execPath };
    const built = join(tkScript, "../../apps/cli/dist/tk.js");
    expect(folder.tk([built, "query", '.status == "open"'], withoutJq).stdout).toContain("a-1");
    expect(folder.tk([built, "query", '.id | test("^b")'], withoutJq)).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringContaining("needs jq, which is not installed: 'test'"),
    });
  });
});
