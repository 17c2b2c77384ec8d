// `tk` as it is built: where tickets are found, ids, help, plugins, terminals. The table in docs/tk.md names these tests.
import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { builtinCommands } from "../tk/builtin-commands.js";
import { createTkFolder, type TkFolder, tkScript } from "./built-tk.js";

let folder: TkFolder;
beforeEach(() => {
  folder = createTkFolder();
});
afterEach(() => folder.remove());

const nowhere =
  "Error: no .tickets directory found (searched parent directories)\nRun 'tk create' to initialize, or set TICKETS_DIR env var\n";

describe("where tickets are", () => {
  test("no folder: create makes one here, everything else fails and makes nothing", () => {
    for (const command of builtinCommands.keys()) {
      if (command === "create" || command === "migrate-beads") continue;
      expect(folder.tk([command, "a", "b"])).toEqual({ exitCode: 1, stdout: "", stderr: nowhere });
    }
    expect(folder.has(".tickets")).toBe(false);
    mkdirSync(join(folder.root, "deeper"));
    const id = folder.ok(["create", "T"], { cwd: join(folder.root, "deeper") });
    expect(folder.has(`deeper/.tickets/${id}.md`)).toBe(true);
  });

  test("the nearest .tickets here or above", () => {
    folder.ticket("outer");
    folder.write("one/two/x", "");
    expect(folder.ok(["ls"], { cwd: join(folder.root, "one/two") })).toContain("outer");
    folder.write("one/.tickets/inner.md", "---\nid: inner\nstatus: open\n---\n# I\n");
    expect(folder.ok(["ls"], { cwd: join(folder.root, "one/two") })).toBe("inner    [open] - I");
  });

  test("TICKETS_DIR: used as given, wins over .tickets; empty is not set; missing is refused, but by create", () => {
    folder.ticket("outer");
    folder.write("else where/e-1.md", "---\nid: e-1\nstatus: open\n---\n# E\n");
    const at = (path: string) => ({ environment: { TICKETS_DIR: path } });
    expect(folder.ok(["ls"], at("else where"))).toBe("e-1      [open] - E");
    expect(folder.ok(["ls"], at(""))).toContain("outer");
    expect(folder.tk(["ls"], at("gone"))).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "Error: tickets directory 'gone' does not exist\n",
    });
    const id = folder.ok(["create", "T"], at("gone"));
    expect(folder.has(`gone/${id}.md`)).toBe(true);
  });

  test("a folder that is a symbolic link is used", () => {
    folder.ticket("a-1");
    const elsewhere = join(folder.base, "linked");
    mkdirSync(elsewhere);
    symlinkSync(join(folder.root, ".tickets"), join(elsewhere, ".tickets"));
    expect(folder.ok(["close", "a-1"], { cwd: elsewhere })).toBe("Updated a-1 -> closed");
    expect(folder.read(".tickets/a-1.md")).toContain("status: closed");
  });
});

describe("ids", () => {
  test("ids: exact wins, else any part; ambiguous and unknown ones are refused by every command", () => {
    for (const id of ["ab-1", "ab-12", "cd-2"]) folder.ticket(id);
    expect(folder.ok(["start", " ab-1 "])).toBe("Updated ab-1 -> in_progress");
    expect(folder.ok(["start", "12"])).toBe("Updated ab-12 -> in_progress");
    const commands = [
      ["show"], ["start"], ["close"], ["reopen"], ["edit"], ["add-note"], ["dep", "tree"], ["dep", "cd-2"], ["undep", "cd-2"],
      ["link", "cd-2"], ["unlink", "cd-2"], ["create", "--parent"],
    ]; // biome-ignore format: commands
    for (const words of commands) {
      expect(folder.tk([...words, "ab"]), words.join(" ")).toEqual({
        exitCode: 1,
        stdout: "",
        stderr: "Error: ambiguous ID 'ab' matches multiple tickets\n",
      });
      for (const none of ["", "*", "[a]", "../x", "ab-1.md"]) {
        expect(folder.tk([...words, none]), words.join(" ")).toEqual({
          exitCode: 1,
          stdout: "",
          stderr: `Error: ticket '${none}' not found\n`,
        });
      }
    }
  }, 120_000);
});

describe("help", () => {
  test("help, --help, -h, nothing: on standard output, without a folder, under the name that was called", () => {
    const help = folder.ok(["help"]);
    expect(help.split("\n").slice(0, 5)).toEqual([
      "tk - minimal ticket system with dependency tracking",
      "",
      "Usage: tk <command> [args]",
      "",
      "Commands:",
    ]);
    for (const words of [["--help"], ["-h"], []]) expect(folder.ok(words)).toBe(help);
    for (const command of [...builtinCommands.keys(), "super", "help"]) {
      expect(help).toMatch(new RegExp(`^  (?:[a-z-]+, )?${command}\\b`, "m"));
    }
    expect(help).not.toContain("Plugins (");
    for (const line of help.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("called as ticket: that is its name", () => {
    const ticket = join(folder.programs, "ticket");
    symlinkSync(tkScript, ticket);
    expect(folder.ok([], { program: ticket })).toContain("ticket - minimal ticket system");
    folder.ticket("a");
    expect(folder.tk(["status"], { program: ticket }).stderr).toContain("Usage: ticket status <id> <status>");
  });

  test("unknown command: said on standard error, with help, exit 1", () => {
    const { exitCode, stdout, stderr } = folder.tk(["frobnicate"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^Unknown command: frobnicate\ntk - minimal/);
    for (const word of ["constructor", "__proto__", "toString"]) expect(folder.tk([word]).exitCode).toBe(1);
  });
});

describe("plugins", () => {
  const script = (text: string, header = "") => `#!/bin/sh\n${header}${text}\n`;

  test("plugins: run in our place, arguments, streams and exit code unchanged, before any built-in; tk- before ticket-", () => {
    folder.ticket("a-1");
    folder.write(
      join(folder.programs, "tk-ls"),
      script('printf "[%s]" "$@"; cat; echo err >&2; exit 7'),
      0o755,
    );
    folder.write(join(folder.programs, "ticket-ls"), script("echo never"), 0o755);
    folder.write(join(folder.programs, "ticket-hello"), script("echo hello"), 0o755);
    expect(folder.tk(["ls", "a b", "", "--x=$HOME"], { input: "in" })).toEqual({
      exitCode: 7,
      stdout: "[a b][][--x=$HOME]in",
      stderr: "err\n",
    });
    expect(folder.ok(["hello"])).toBe("hello");
    expect(folder.ok(["super", "ls"])).toBe("a-1      [open] - Title of a-1");
    expect(folder.tk(["super", "hello"]).stderr).toMatch(/^Unknown command: hello/);
    expect(folder.tk(["super"]).stderr).toBe("Usage: tk super <cmd> [args]\n");
    folder.write(join(folder.programs, "tk-help"), script("echo never"), 0o755);
    expect(folder.ok(["help"])).toContain("minimal ticket system");
  });

  test("plugins, environment: TICKETS_DIR and TK_SCRIPT, by which they call back; needs no folder; one that is missing stops it", () => {
    folder.write(
      join(folder.programs, "tk-env"),
      script('echo "${TICKETS_DIR-unset}|$TK_SCRIPT|$WIGGUM_TK_PROGRAM"'),
      0o755,
    );
    folder.write(
      join(folder.programs, "tk-create"),
      script('exec "$TK_SCRIPT" super create "by plugin: $1"'),
      0o755,
    );
    const scriptFolder = realpathSync(dirname(tkScript));
    expect(folder.ok(["env"])).toBe(`unset|${scriptFolder}/tk|`);
    folder.ticket("a-1");
    mkdirSync(join(folder.root, "below"));
    expect(folder.ok(["env"], { cwd: join(folder.root, "below") })).toBe(
      `${folder.root}/.tickets|${scriptFolder}/tk|`,
    );
    expect(folder.ok(["env"], { program: join(dirname(tkScript), "ticket") })).toContain(
      `|${scriptFolder}/ticket|`,
    );
    expect(folder.ok(["env"], { environment: { TICKETS_DIR: ".tickets" } })).toContain(".tickets|");
    expect(folder.tk(["env"], { environment: { TICKETS_DIR: "gone" } })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "Error: tickets directory 'gone' does not exist\n",
    });
    const id = folder.ok(["create", "x"]);
    expect(folder.read(`.tickets/${id}.md`)).toContain("# by plugin: x");
  });

  test("plugins take the place of the process, and end at a closed pipe as programs do", () => {
    folder.write(join(folder.programs, "tk-pid"), script("echo $$"), 0o755);
    folder.write(join(folder.programs, "tk-endless"), script('yes; echo "still here" >&2'), 0o755);
    const shell = (command: string) =>
      spawnSync("bash", ["-c", command], {
        cwd: folder.root,
        env: folder.environment(),
        encoding: "utf8",
        timeout: 60_000,
      });
    const [pid, own] = shell(`"${tkScript}" pid & wait $!; echo $!`).stdout.split("\n");
    expect(pid).toBe(own);
    const cut = shell(`"${tkScript}" endless | head -1`);
    expect(cut.stdout).toBe("y\n");
    expect(cut.stderr).not.toContain("Broken pipe");
  }, 120_000);

  test("plugins that cannot be run: a file without the right to run is none; without an interpreter it is said", () => {
    folder.ticket("a-1");
    folder.write(join(folder.programs, "tk-ls"), script("echo never"), 0o644);
    mkdirSync(join(folder.programs, "tk-ready"));
    expect(folder.ok(["ls"])).toContain("a-1");
    expect(folder.ok(["ready"])).toContain("a-1");
    folder.write(join(folder.programs, "tk-broken"), "#!/nonexistent/sh\n", 0o755);
    const { exitCode, stderr } = folder.tk(["broken"]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("tk-broken");
    folder.write(join(folder.programs, "tk-plain"), 'echo "no first line: $1"\n', 0o755);
    expect(folder.ok(["plain", "x"])).toBe("no first line: x");
  });

  test("help lists plugins: sorted, each name once, described by a line, by --tk-describe, or not", () => {
    folder.write(
      join(folder.programs, "tk-zeta"),
      script("", "# tk-plugin: The last one\n# tk-plugin-version: 1.0.0\n"),
      0o755,
    );
    folder.write(
      join(folder.programs, "tk-asked"),
      script('[ "$1" = --tk-describe ] && echo "tk-plugin: Says it"'),
      0o755,
    );
    folder.write(join(folder.programs, "tk-mute"), script("exit 1"), 0o755);
    folder.write(join(folder.programs, "tk-slow"), script("exec sleep 60"), 0o755);
    folder.write(join(folder.programs, "ticket-zeta"), script("", "# tk-plugin: Hidden\n"), 0o755);
    folder.write(
      join(folder.programs, "ticket-beta"),
      script("", `${"#\n".repeat(10)}# tk-plugin: Too far down\n`),
      0o755,
    );
    const help = folder.ok(["help"]);
    const start = help.indexOf("Plugins (tk-<cmd> or ticket-<cmd> in PATH):\n");
    expect(help.slice(start).split("\n").slice(1, 7)).toEqual([
      "  asked                  Says it",
      "  mute                   (no description)",
      "  slow                   (no description)",
      "  zeta                   The last one",
      "  beta                   (no description)",
      "",
    ]);
  }, 60_000);
});

describe("on a terminal", () => {
  /** Runs a line on a terminal of its own and gives what appeared there. */
  function onTerminal(line: string, environment: Readonly<Record<string, string>> = {}) {
    const ran = spawnSync("script", ["-qec", line, "/dev/null"], {
      cwd: folder.root,
      env: folder.environment({ TERM: "xterm", ...environment }),
      encoding: "utf8",
      input: "",
      timeout: 60_000,
    });
    if (ran.error !== undefined) throw ran.error;
    return { exitCode: ran.status, screen: ran.stdout.replaceAll("\r\n", "\n") };
  }

  test("show: TICKET_PAGER, else PAGER, split at white space; what steers a terminal is escaped", () => {
    folder.ticket("a-1", {}, "# T\n\n\u001b[31mred\n");
    folder.write(join(folder.programs, "my-pager"), '#!/bin/sh\necho "paged $1"; cat\n', 0o755);
    const { screen } = onTerminal(`"${tkScript}" show a-1`, {
      TICKET_PAGER: " my-pager  one ",
      PAGER: "false",
    });
    expect(screen).toContain("paged one\n---\nid: a-1");
    expect(screen).toContain("\\x1b[31mred");
    expect(onTerminal(`"${tkScript}" show a-1`, { PAGER: "my-pager two" }).screen).toContain("paged two");
    expect(onTerminal(`"${tkScript}" show a-1`).screen).toContain("\\x1b[31mred");
    expect(onTerminal(`"${tkScript}" show a-1`, { PAGER: "no-such-pager" })).toMatchObject({ exitCode: 1 });
  }, 60_000);

  test("edit: runs EDITOR with its words and the file", () => {
    folder.ticket("a-1");
    folder.write(join(folder.programs, "my-editor"), '#!/bin/sh\necho "$1" >>"$2"\n', 0o755);
    expect(onTerminal(`"${tkScript}" edit a-1`, { EDITOR: "my-editor appended" }).exitCode).toBe(0);
    expect(folder.read(".tickets/a-1.md")).toMatch(/\nappended\n$/);
    expect(onTerminal(`"${tkScript}" edit a-1`, { EDITOR: "false" })).toMatchObject({
      exitCode: 1,
      screen: expect.stringContaining("the editor 'false' ended with exit code 1"),
    });
  }, 60_000);

  test("add-note without text: does not wait for a person", () => {
    folder.ticket("a-1");
    expect(onTerminal(`"${tkScript}" add-note a-1`)).toEqual({
      exitCode: 1,
      screen: "Error: no note provided\n",
    });
  }, 60_000);
});
