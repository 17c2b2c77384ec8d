// `tk` as it is built: commands that file and change tickets. The table in docs/tk.md names these tests.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTkFolder, type TkFolder } from "./built-tk.js";

let folder: TkFolder;
beforeEach(() => {
  folder = createTkFolder();
});
afterEach(() => folder.remove());

const stamp = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/;

describe("create", () => {
  test("create: prints the id and nothing else; the file is that of the contract", () => {
    const parent = folder.ok(["create"]);
    expect(parent).toMatch(/^mca-[a-z0-9]{4}$/);
    expect(folder.read(`.tickets/${parent}.md`).replace(stamp, "AT")).toBe(
      `---\nid: ${parent}\nstatus: open\ndeps: []\nlinks: []\ncreated: AT\ntype: task\npriority: 2\nassignee: Jane Doe\n---\n# Untitled\n\n`,
    );
    const id = folder.ok([
      "create", "lost", "Title: with | all", "-d", "Description\n---\nstatus: closed", "--design", "text", "--acceptance", "a\nb",
      "-t", "odd", "-p", "7", "-a", "Ann", "--external-ref", "GH-12", "--parent", parent.slice(-3), "--tags", "ui, backend,",
    ]); // biome-ignore format: one command line
    expect(folder.read(`.tickets/${id}.md`).replace(stamp, "AT")).toBe(
      `---\nid: ${id}\nstatus: open\ndeps: []\nlinks: []\ncreated: AT\ntype: odd\npriority: 7\nassignee: Ann\nexternal-ref: GH-12\nparent: ${parent}\ntags: [ui, backend]\n---\n` +
        "# Title: with | all\n\nDescription\n---\nstatus: closed\n\n## Design\n\ntext\n\n## Acceptance Criteria\n\na\nb\n\n",
    );
    expect(folder.ok(["ls", "--status=closed"])).toBe("");
  });

  test("create, long options: the same fields", () => {
    const id = folder.ok([
      "create", "--description", "D", "--type", "bug", "--priority", "0", "--assignee", "", "T",
    ]); // biome-ignore format: one command line
    expect(folder.read(`.tickets/${id}.md`)).toMatch(/type: bug\npriority: 0\n---\n# T\n\nD\n\n$/);
  });

  test("create, bad input: unknown option, option without value, parent that is none, a value of two lines; nothing is filed", () => {
    folder.ticket("a-1");
    const refused: readonly (readonly [readonly string[], string])[] = [
      [["create", "--nope"], "Unknown option: --nope\n"],
      [["create", "T", "-d"], "Error: option -d needs a value\n"],
      [["create", "T", "--parent", "zz"], "Error: ticket 'zz' not found\n"],
      [["create", "T", "-a", "x\nstatus: closed"], "Error: the value of -a must be one line\n"],
      [["create", "T", "--tags", "a]"], "Error: 'a]' cannot be a tag: no brackets\n"],
    ];
    for (const [words, stderr] of refused) {
      expect(folder.tk(words)).toEqual({ exitCode: 1, stdout: "", stderr });
    }
    expect(folder.ok(["ls"])).toBe("a-1      [open] - Title of a-1");
  });

  test("create, prefix: of the folder that one is in; nobody as assignee without git", () => {
    const plan = folder.write("plan/x", "").replace(/\/x$/, "");
    const id = folder.ok(["create", "T"], { cwd: plan, environment: { HOME: "/nonexistent" } });
    expect(id).toMatch(/^pla-[a-z0-9]{4}$/);
    expect(folder.read(`plan/.tickets/${id}.md`)).not.toContain("assignee");
  });
});

describe("status", () => {
  test("status, start, close, reopen: any may follow any other; every other byte stays", () => {
    const below = "# T\n\n---\nstatus: body\n---\ntext without end";
    folder.ticket("a-1", { x: "1: 2: 3", deps: "[b-2]" }, below);
    const before = folder.read(".tickets/a-1.md");
    const steps: readonly (readonly [readonly string[], string])[] = [
      [["close", "a-1"], "closed"],
      [["start", "a"], "in_progress"],
      [["status", "-1", "closed"], "closed"],
      [["status", "a-1", "closed"], "closed"],
      [["reopen", "a-1"], "open"],
    ];
    for (const [words, status] of steps) {
      expect(folder.ok(words)).toBe(`Updated a-1 -> ${status}`);
      expect(folder.read(".tickets/a-1.md")).toBe(before.replace("status: open", `status: ${status}`));
    }
  });

  test("status, usage and wrong words: the status is looked at before the id", () => {
    folder.ticket("a-1");
    expect(folder.tk(["status", "a-1"])).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "Usage: tk status <id> <status>\nValid statuses: open in_progress closed\n",
    });
    expect(folder.tk(["status", "zz", "done"]).stderr).toBe(
      "Error: invalid status 'done'. Must be one of: open in_progress closed\n",
    );
    for (const command of ["start", "close", "reopen"]) {
      expect(folder.tk([command])).toEqual({
        exitCode: 1,
        stdout: "",
        stderr: `Usage: tk ${command} <id>\n`,
      });
    }
    folder.write(".tickets/n-1.md", "---\nid: n-1\n---\n# T\n");
    folder.ok(["start", "n-1"]);
    expect(folder.read(".tickets/n-1.md")).toBe("---\nstatus: in_progress\nid: n-1\n---\n# T\n");
  });
});

describe("dep and undep", () => {
  test("dep, undep: whole ids; what is there already, or is not there, writes nothing", () => {
    for (const id of ["t-1", "t-10", "t-2"]) folder.ticket(id, { deps: "[]" });
    expect(folder.ok(["dep", "t-2", "t-10"])).toBe("Added dependency: t-2 -> t-10");
    expect(folder.ok(["dep", "t-2", "t-1"])).toBe("Added dependency: t-2 -> t-1");
    const before = folder.read(".tickets/t-2.md");
    expect(before).toContain("deps: [t-10, t-1]\n");
    expect(folder.ok(["dep", "t-2", "t-1"])).toBe("Dependency already exists");
    expect(folder.read(".tickets/t-2.md")).toBe(before);
    expect(folder.ok(["undep", "t-2", "t-1"])).toBe("Removed dependency: t-2 -/-> t-1");
    expect(folder.read(".tickets/t-2.md")).toContain("deps: [t-10]\n");
    expect(folder.tk(["undep", "t-2", "t-1"])).toEqual({
      exitCode: 1,
      stdout: "Dependency not found\n",
      stderr: "",
    });
  });

  test("dep, undep, usage and refusals: too few words, itself, ids that are none", () => {
    folder.ticket("t-1");
    expect(folder.tk(["dep", "t-1"]).stderr).toBe(
      "Usage: ticket dep <id> <dependency-id>\n       ticket dep tree <id>  - show dependency tree\n       ticket dep cycle      - find dependency cycles\n",
    );
    expect(folder.tk(["undep", "t-1"]).stderr).toBe("Usage: ticket undep <id> <dependency-id>\n");
    expect(folder.tk(["dep", "t-1", "t-1"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: 't-1' cannot depend on itself\n",
    });
    expect(folder.tk(["dep", "t-1", "zz"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: ticket 'zz' not found\n",
    });
    expect(folder.tk(["undep", "t-1", "zz"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: ticket 'zz' not found\n",
    });
  });

  test("dep tree, dep tree --full: the example of the contract; the flag may stand anywhere", () => {
    const title = (name: string) => `# ${name}\n`;
    folder.ticket("r", { deps: "[b, c, d, gone]" }, title("Root"));
    folder.ticket("b", {}, title("B"));
    folder.ticket("c", {}, title("C"));
    folder.ticket("d", { deps: "[c, r]", status: "closed" }, title("D"));
    const main = "r [open] Root\n├── b [open] B\n└── d [closed] D\n    └── c [open] C";
    const full = "r [open] Root\n├── b [open] B\n├── c [open] C\n└── d [closed] D\n    └── c [open] C";
    expect(folder.ok(["dep", "tree", "r"])).toBe(main);
    expect(folder.ok(["dep", "tree", "--full", "r"])).toBe(full);
    expect(folder.ok(["dep", "tree", "r", "--full"])).toBe(full);
    expect(folder.tk(["dep", "tree"])).toMatchObject({
      exitCode: 1,
      stderr: "Usage: ticket dep tree [--full] <id>\n",
    });
    expect(folder.tk(["dep", "tree", "zz"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: ticket 'zz' not found\n",
    });
  });

  test("dep cycle: each once, in order; what only leads into one is in none; exit 0 in both cases", () => {
    folder.ticket("a");
    expect(folder.ok(["dep", "cycle"])).toBe("No dependency cycles found");
    folder.ticket("b", { deps: "[c]" });
    folder.ticket("c", { deps: "[b]", status: "in_progress" });
    folder.ticket("into", { deps: "[b]" });
    folder.ticket("x", { deps: "[x]", status: "closed" });
    folder.ticket("s", { deps: "[s]" });
    expect(folder.ok(["dep", "cycle"])).toBe(
      "Cycle 1: b -> c -> b\n  b        [open] Title of b\n  c        [in_progress] Title of c\n\nCycle 2: s -> s\n  s        [open] Title of s",
    );
  });
});

describe("link and unlink", () => {
  test("link, unlink: both directions, entries counted, also where a file has no line for them", () => {
    for (const id of ["a", "b", "c"]) folder.ticket(id);
    expect(folder.ok(["link", "a", "b"])).toBe("Added 2 link(s) between 2 tickets");
    expect(folder.ok(["link", "a", "b", "c"])).toBe("Added 4 link(s) between 3 tickets");
    expect(folder.ok(["link", "c", "a"])).toBe("All links already exist");
    expect(folder.read(".tickets/a.md")).toContain("links: [b, c]\n");
    expect(folder.ok(["unlink", "b", "a"])).toBe("Removed link: b <-> a");
    expect(folder.read(".tickets/a.md")).toContain("links: [c]\n");
    expect(folder.read(".tickets/b.md")).toContain("links: [c]\n");
    expect(folder.tk(["unlink", "b", "a"])).toEqual({ exitCode: 1, stdout: "Link not found\n", stderr: "" });
  });

  test("link, unlink, usage and refusals: a ticket is not linked to itself", () => {
    for (const id of ["a", "b"]) folder.ticket(id);
    expect(folder.tk(["link", "a"]).stderr).toBe("Usage: ticket link <id> <id> [id...]\n");
    expect(folder.tk(["unlink", "a"]).stderr).toBe("Usage: ticket unlink <id> <target-id>\n");
    expect(folder.tk(["link", "a", "a"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: 'a' cannot be linked to itself\n",
    });
    expect(folder.ok(["link", "a", "b", "a"])).toBe("Added 2 link(s) between 2 tickets");
    expect(folder.tk(["link", "a", "zz"])).toMatchObject({ exitCode: 1, stdout: "" });
    expect(folder.read(".tickets/a.md")).toContain("links: [b]\n");
  });
});

describe("add-note", () => {
  test("add-note: the heading once, at the end always; words, standard input, nothing at all", () => {
    folder.ticket("a-1", {}, "# T\n\ntext");
    const before = folder.read(".tickets/a-1.md");
    expect(folder.ok(["add-note", "a-1", "one", "two"])).toBe("Note added to a-1");
    expect(folder.ok(["add-note", "a-1"], { input: "from\nstdin\n" })).toBe("Note added to a-1");
    expect(folder.ok(["add-note", "a-1", ""])).toBe("Note added to a-1");
    expect(folder.read(".tickets/a-1.md").replaceAll(new RegExp(stamp, "g"), "AT")).toBe(
      `${before}\n\n## Notes\n\n**AT**\n\none two\n\n**AT**\n\nfrom\nstdin\n\n**AT**\n\n\n`,
    );
    expect(folder.tk(["add-note"])).toMatchObject({
      exitCode: 1,
      stderr: "Usage: ticket add-note <id> [note text]\n",
    });
    expect(folder.tk(["add-note", "zz", "x"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: ticket 'zz' not found\n",
    });
  });
});

describe("migrate-beads", () => {
  test("migrate-beads: fields, dependencies and sections as in the contract; it makes the folder", () => {
    const records = [
      { id: "bd-1", title: "One", description: "D", design: "X", acceptance_criteria: "A", notes: "N", status: "closed", priority: 1, issue_type: "bug", created_at: "2025-01-02T03:04:05Z", assignee: "ann", external_ref: "GH-1", dependencies: [{ type: "blocks", depends_on_id: "bd-2" }, { type: "related", depends_on_id: "bd-3" }, { type: "parent-child", depends_on_id: "bd-4" }] },
      { id: "bd-2" },
    ]; // biome-ignore format: records
    folder.write(".beads/issues.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    expect(folder.ok(["migrate-beads"])).toBe(
      "Migrated: bd-1\nMigrated: bd-2\nMigrated 2 tickets from beads",
    );
    expect(folder.read(".tickets/bd-1.md")).toBe(
      "---\nid: bd-1\nstatus: closed\ndeps: [bd-2]\nlinks: [bd-3]\ncreated: 2025-01-02T03:04:05Z\ntype: bug\npriority: 1\nassignee: ann\nexternal-ref: GH-1\nparent: bd-4\n---\n# One\n\nD\n\n## Design\n\nX\n\n## Acceptance Criteria\n\nA\n\n## Notes\n\nN\n\n",
    );
    expect(folder.read(".tickets/bd-2.md")).toContain("# Untitled\n");
  });

  test("migrate-beads, bad input: the lines are named and nothing is filed; what is there is not overwritten", () => {
    folder.ticket("bd-1");
    expect(folder.tk(["migrate-beads"])).toMatchObject({
      exitCode: 1,
      stderr: "Error: .beads/issues.jsonl not found\n",
    });
    folder.write(".beads/issues.jsonl", '{"id":"bd-2"}\nnot json\n{"id":"../x"}\n{"id":"bd-1"}\n');
    expect(folder.tk(["migrate-beads"])).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        "Error: nothing was migrated\n.beads/issues.jsonl:2: not JSON\n.beads/issues.jsonl:3: `id` cannot be the name of a file\n.beads/issues.jsonl:4: there is a ticket bd-1 already\n",
    });
    expect(folder.has(".tickets/bd-2.md")).toBe(false);
  });
});
