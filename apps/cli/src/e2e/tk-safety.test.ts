// `tk` as it is built: many writers at once, kills, hostile files. The table in docs/tk.md names these tests.
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTkFolder, type TkFolder } from "./built-tk.js";

let folder: TkFolder;
beforeEach(() => {
  folder = createTkFolder();
});
afterEach(() => folder.remove());

async function all(commands: readonly (readonly string[])[]): Promise<readonly (number | null)[]> {
  const children = commands.map((words) => folder.start(words));
  return await Promise.all(
    children.map(async (child) => {
      child.stdout?.resume();
      child.stderr?.resume();
      const [code] = (await once(child, "exit")) as [number | null];
      return code;
    }),
  );
}

describe("many writers", () => {
  // P3
  test("concurrent changes of one file: each that was acknowledged is there, exactly once", async () => {
    folder.ticket("a-1", { deps: "[]", links: "[]" });
    const others = Array.from({ length: 8 }, (_, index) => `d-${index}`);
    for (const id of others) folder.ticket(id, { links: "[]" });
    const codes = await all([
      ...others.map((id) => ["dep", "a-1", id]),
      ...others.map((id) => ["link", "a-1", id]),
      ...others.map((id) => ["add-note", "a-1", `note of ${id}`]),
      ["start", "a-1"],
    ]);
    expect(new Set(codes)).toEqual(new Set([0]));
    const text = folder.read(".tickets/a-1.md");
    const members = (key: string) =>
      (new RegExp(`^${key}: \\[(.*)\\]$`, "m").exec(text)?.[1] ?? "").split(", ").sort();
    expect(members("deps")).toEqual(others);
    expect(members("links")).toEqual(others);
    expect(text).toContain("status: in_progress");
    for (const id of others) {
      expect(text.split(`note of ${id}\n`)).toHaveLength(2);
      expect(folder.read(`.tickets/${id}.md`)).toContain("links: [a-1]");
    }
  }, 180_000);

  // P6
  test("concurrent creates: as many tickets as ids were printed", async () => {
    const codes = await all(Array.from({ length: 16 }, (_, index) => ["create", `T ${index}`]));
    expect(new Set(codes)).toEqual(new Set([0]));
    const files = readdirSync(join(folder.root, ".tickets")).filter((name) => name.endsWith(".md"));
    expect(files).toHaveLength(16);
    expect(new Set(files.map((name) => /# T \d+/.exec(folder.read(`.tickets/${name}`))?.[0])).size).toBe(16);
  }, 120_000);

  // P4 P9
  test("kill -9 at any instant: no file is torn, no lock is left, the next command works", async () => {
    const ids = ["k-1", "k-2", "k-3"];
    for (const id of ids) folder.ticket(id, { links: "[]" }, `# T\n\n${"text of it\n".repeat(2000)}`);
    const sizes = ids.map((id) => statSync(join(folder.root, `.tickets/${id}.md`)).size);
    for (let round = 0; round < 24; round += 1) {
      const child = folder.start(
        round % 2 === 0 ? ["link", ...ids] : ["status", "k-1", round % 4 === 1 ? "closed" : "open"],
      );
      child.stdout?.resume();
      const end = once(child, "exit");
      // The script replaces itself by the program, so that this is its process. Where it is by then is different each time.
      await new Promise((resolve) => setTimeout(resolve, round * 4));
      child.kill("SIGKILL");
      await end;
      for (const [index, id] of ids.entries()) {
        const text = folder.read(`.tickets/${id}.md`);
        expect(text.startsWith("---\nid: ") && text.endsWith("text of it\n")).toBe(true);
        expect(Math.abs(text.length - (sizes[index] ?? 0))).toBeLessThan(40);
      }
      if (round % 2 === 1) for (const id of ids.slice(1)) folder.tk(["unlink", "k-1", id]);
    }
    expect(folder.ok(["start", "k-2"])).toBe("Updated k-2 -> in_progress");
    folder.tk(["link", ...ids]);
    for (const id of ids) {
      expect(folder.read(`.tickets/${id}.md`)).toMatch(/^links: \[k-\d, k-\d\]$/m);
    }
    expect(readdirSync(join(folder.root, ".tickets")).filter((name) => !name.startsWith("."))).toHaveLength(
      3,
    );
  }, 180_000);
});

describe("files of others", () => {
  // P2 P18
  test("a write touches its ticket and nothing else, whatever stands in it", () => {
    const body = "# T\r\n\r\n---\r\nstatus: x\r\n---\r\n| a | b |\r\n\u202e\u0007 no end";
    const odd = `\ufeff---\r\nid: o-1\r\nstatus:   open  \r\n# a comment\r\nx-list:\r\n  - a\r\ndeps:\r\n  - p-1\r\n---\r\n${body}`;
    folder.write(".tickets/o-1.md", odd);
    folder.ticket("p-1");
    const other = folder.read(".tickets/p-1.md");
    folder.ok(["start", "o-1"]);
    expect(folder.read(".tickets/o-1.md")).toBe(odd.replace("status:   open  ", "status: in_progress"));
    folder.ok(["dep", "p-1", "o-1"]);
    folder.ok(["undep", "p-1", "o-1"]);
    folder.ok(["undep", "o-1", "p-1"]);
    expect(folder.read(".tickets/o-1.md")).toContain("x-list:\r\n  - a\r\ndeps: []\r\n---\r\n# T");
    expect(folder.read(".tickets/p-1.md").replace("deps: []\n", "")).toBe(other);
  });

  test("malformed files are named with path and line, and everything else goes on", () => {
    folder.ticket("good", { deps: "[bad]" });
    folder.write(".tickets/bad.md", "no front matter\n");
    folder.write(".tickets/open.md", "---\nid: open\nstatus: open\n");
    folder.write(
      ".tickets/torn.md",
      "---\nid: torn\n<<<<<<< HEAD\nstatus: open\n=======\nstatus: closed\n>>>>>>> x\n---\n# T\n",
    );
    folder.write(".tickets/twice.md", "---\nid: twice\nstatus: open\nstatus: closed\n---\n# T\n");
    folder.write(".tickets/moved.md", "---\nid: elsewhere\nstatus: open\n---\n# T\n");
    mkdirSync(join(folder.root, ".tickets/dir.md"));
    const at = (name: string) => `Warning: ${folder.root}/.tickets/${name}`;
    const warnings = [
      `${at("bad.md:1")}: expected \`---\` on the first line, where the front matter begins`,
      `${at("dir.md")}: it is a folder`,
      `${at("moved.md:2")}: it bears the id elsewhere`,
      `${at("open.md:1")}: the front matter that begins here has no closing \`---\``,
      `${at("torn.md:3")}: git left a merge conflict here`,
      `${at("twice.md:4")}: \`status\` stands there twice, first on line 3`,
    ];
    for (const command of ["ls", "ready", "blocked", "closed", "query"]) {
      const { exitCode, stderr } = folder.tk([command]);
      expect({ exitCode, lines: stderr.trim().split("\n") }).toEqual({ exitCode: 0, lines: warnings });
    }
    expect(folder.tk(["blocked"]).stdout).toBe("good     [P2][open] - Title of good <- [bad]\n");
    expect(folder.tk(["show", "bad"]).stdout).toMatch(/^no front matter\n\n## Blocking\n\n- good /);
    expect(folder.tk(["start", "torn"])).toMatchObject({
      exitCode: 1,
      stderr: `Error: ${folder.root}/.tickets/torn.md:3: git left a merge conflict here\n`,
    });
    for (const id of ["twice", "moved"]) {
      const before = folder.read(`.tickets/${id}.md`);
      expect(folder.tk(["close", id])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`/.tickets/${id}.md:`),
      });
      expect(folder.read(`.tickets/${id}.md`)).toBe(before);
    }
    expect(folder.tk(["start", "good"])).toMatchObject({ exitCode: 0 });
  });

  test("symbolic links are neither read nor written through", () => {
    const secret = folder.write(join(folder.base, "secret.md"), "---\nid: s\nstatus: open\n---\n# Secret\n");
    folder.ticket("good");
    symlinkSync(secret, join(folder.root, ".tickets/link.md"));
    symlinkSync("/nonexistent", join(folder.root, ".tickets/broken.md"));
    expect(folder.tk(["ls"])).toMatchObject({
      exitCode: 0,
      stdout: "good     [open] - Title of good\n",
      stderr: expect.stringContaining("link.md: it is a symbolic link"),
    });
    for (const words of [
      ["show", "link"],
      ["start", "link"],
      ["add-note", "link", "x"],
      ["dep", "link", "good"],
      ["link", "good", "link"],
      ["start", "broken"],
    ]) {
      const { exitCode, stdout } = folder.tk(words);
      expect({ exitCode, stdout }, words.join(" ")).toEqual({ exitCode: 1, stdout: "" });
    }
    expect(readFileSync(secret, "utf8")).toBe("---\nid: s\nstatus: open\n---\n# Secret\n");
    expect(folder.read(".tickets/good.md")).not.toContain("links");
  });

  test("odd names: spaces, unicode, what looks like an option or a pattern; what cannot stand in a list is refused", () => {
    for (const id of ["with space", "ünï-😀", "--full", "a*b", "$(touch x)", "x;y"])
      folder.ticket(id, { deps: "[]" });
    folder.write(".tickets/a,b.md", "---\nid: a,b\nstatus: open\n---\n# Comma\n");
    expect(folder.ok(["dep", "with space", "ünï"])).toBe("Added dependency: with space -> ünï-😀");
    expect(folder.ok(["dep", "with space", "$(touch x)"])).toContain("$(touch x)");
    expect(folder.ok(["blocked"])).toContain(
      "with space [P2][open] - Title of with space <- [ünï-😀, $(touch x)]",
    );
    expect(folder.ok(["start", "a*"])).toBe("Updated a*b -> in_progress");
    expect(folder.ok(["start", "--full"])).toBe("Updated --full -> in_progress");
    expect(folder.tk(["dep", "x;y", "a,b"])).toMatchObject({ exitCode: 1, stdout: "" });
    expect(folder.ok(["ls"])).toContain("a,b      [open] - Comma");
  });

  test("titles and ids that steer a terminal are escaped in listings", () => {
    folder.ticket("a-1", {}, "# \u001b]0;owned\u0007 title \u202e\n");
    folder.ticket("e\u001b[2J", {});
    const { stdout } = folder.tk(["ls"]);
    expect(stdout).toBe(
      "a-1      [open] - \\x1b]0;owned\\x07 title \\u202e\ne\\x1b[2J".concat(
        "    [open] - Title of e\\x1b[2J\n",
      ),
    );
  });

  test("a large ticket: read, listed and changed", () => {
    folder.ticket("big", {}, `${"x".repeat(8000)}\n# Title far down\n${"y".repeat(10_000_000)}`);
    folder.ticket("wide", { note: "z".repeat(20_000) });
    expect(folder.ok(["ls"])).toBe("big      [open] - Title far down\nwide     [open] - Title of wide");
    folder.ok(["close", "big"]);
    expect(statSync(join(folder.root, ".tickets/big.md")).size).toBeGreaterThan(10_000_000);
  }, 60_000);
});
