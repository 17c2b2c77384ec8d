import { builtinTypes, TicketError } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { runWithFakes } from "./testing/fake-host.js";
import { version } from "./version.js";

const backend = { name: "memory", read: async () => ({ asOf: "c7" }) };

function changed() {
  return new TicketError("TICKET_CHANGED", "changed", {
    id: "tk-1a2b",
    changes: [
      {
        field: "state",
        before: "ready",
        after: "in-progress",
        by: "worker-1",
        at: "2026-01-02T03:04:05Z",
      },
    ],
  });
}

describe("words", () => {
  test("no command and no project: usage on standard error, exit 2", async () => {
    const ran = await runWithFakes([], {
      get project(): object {
        const sentence = "Not in a wiggum project. Run 'wiggum init' first.";
        throw new WorkflowError("NOT_A_PROJECT", sentence, { path: "/nowhere" });
      },
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toMatch(
      /^\[error\] No command given\n {8}Not in a wiggum project\. Run 'wiggum init' first\.\n {8}next: /,
    );
    expect(ran.stderr).toContain("Usage: wiggum <command> [options]");
  });

  test.each([["--help"], ["-h"], ["help"]])("%s: usage on standard output, exit 0", async (word) => {
    const ran = await runWithFakes([word]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^Usage: wiggum <command> \[options\]\n/);
  });

  test.each([["--version"], ["-v"]])("%s: the version", async (word) => {
    expect(await runWithFakes([word])).toMatchObject({ exitCode: 0, stdout: `wiggum v${version}\n` });
  });

  test("unknown command: named, then usage, all on standard error, exit 2", async () => {
    const ran = await runWithFakes(["frobnicate"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toMatch(/^\[error\] Unknown command: frobnicate\n {8}next: /);
    expect(ran.stderr).toContain("Ticket Management:");
  });

  test("on a terminal the message stands below the usage text, where it is seen", async () => {
    const { stderr, exitCode } = await runWithFakes(["frobnicate"], { isTerminal: true });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^Usage: wiggum <command>/);
    expect(stderr.replaceAll(/\u001b\[\d+m/g, "")).toMatch(
      /\n\n\[error\] Unknown command: frobnicate\n {8}next: .*\n$/,
    );
  });

  test("a typing error is answered with what may have been meant", async () => {
    expect((await runWithFakes(["staus"])).stderr).toContain("Did you mean: wiggum status?");
    expect((await runWithFakes(["ticket", "lsit"])).stderr).toContain("Did you mean: wiggum ticket list?");
  });

  test("a group alone: its commands, exit 2; with --help exit 0", async () => {
    const alone = await runWithFakes(["ticket"]);
    expect(alone).toMatchObject({ exitCode: 2, stdout: "" });
    expect(alone.stderr).toContain("transition <id> <state>");
    const help = await runWithFakes(["ticket", "--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("transition <id> <state>");
  });

  test("unknown subcommand: named, exit 2", async () => {
    const ran = await runWithFakes(["ticket", "frobnicate"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("[error] Unknown subcommand: frobnicate\n");
  });

  test.each(["constructor", "__proto__", "toString"])("%s is no command", async (word) => {
    expect((await runWithFakes([word])).exitCode).toBe(2);
    expect((await runWithFakes(["ticket", word])).exitCode).toBe(2);
  });

  test("control characters of what was typed are shown escaped", async () => {
    const ran = await runWithFakes(["\u001b[31mred"]);
    expect(ran.stderr).not.toContain("\u001b");
    expect(ran.stderr).toContain("\\x1b[31mred");
  });
});

describe("flags", () => {
  const project = {
    tickets: { backend, ready: async () => [] },
  };

  test.each([
    [["--session", "s", "--config=/c", "--verbose", "ticket", "ready"]],
    [["ticket", "--session=s", "--config", "/c", "ready", "--verbose"]],
    [["ticket", "ready", "--session", "s", "--config", "/c", "--verbose"]],
  ])("global flags before, within and after the command: %j", async (typed) => {
    const ran = await runWithFakes(typed, { project });
    expect(ran.exitCode).toBe(0);
    expect(ran.opened).toMatchObject([{ session: "s", config: "/c", verbose: true, quiet: false }]);
    expect(ran.stderr).toContain("[debug] project /project");
  });

  test.each([
    [["--wrong", "ticket", "ready"], "--wrong"],
    [["ticket", "ready", "--wrong"], "--wrong"],
    [["ticket", "ready", "-x"], "-x"],
    [["ticket", "--wrong", "ready"], "--wrong"],
  ])("an unknown flag is refused by name: %j", async (typed, name) => {
    const ran = await runWithFakes(typed);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "", opened: [] });
    expect(ran.stderr).toContain(`[error] Unknown flag: ${name}\n`);
  });

  test("a flag that is nearly right is answered with the right one", async () => {
    const ran = await runWithFakes(["ticket", "transition", "tk-1", "review", "--no-hook"]);
    expect(ran.stderr).toContain("next: Did you mean --no-hooks?");
  });

  test.each([
    [["ticket", "transition"], "Missing argument: <id>"],
    [["ticket", "transition", "tk-1"], "Missing argument: <state>"],
    [["ticket", "feedback", "tk-1"], "Missing argument: <source>"],
    [["ticket", "feedback", "tk-1", "me"], "Missing argument: <message>"],
    [["ping", "worker-0"], "Missing argument: <message>"],
    [["ticket", "show", "a", "b"], "Unexpected argument: b"],
    [["ticket", "create", "T", "--priority", "9"], "--priority: '9' is not a whole number, 0 to 4"],
    [["ticket", "create", "T", "--priority"], "--priority needs a value"],
    [["ticket", "create", "  "], "<title> is empty"],
    [["ticket", "create", "a\nb"], "<title> must be one line"],
    [["list", "--format", "xml"], "--format: 'xml' is none of table, json, ids"],
    [["logs", "worker-0", "--tail", "-3"], "--tail: '-3' is not a whole number, 0 or more"],
    [["ticket", "sync", "--pull", "--push"], "--pull and --push exclude each other"],
    [["run", "--once", "--until-done"], "--once and --until-done exclude each other"],
    [["ticket", "assign", "tk-1", "a\nb"], "<agent> must be one line"],
  ])("arguments are checked before the project is opened: %j", async (typed, message) => {
    const ran = await runWithFakes(typed);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "", opened: [] });
    expect(ran.stderr).toContain(`[error] ${message}`);
    expect(ran.stderr).toMatch(/ {8}Usage: wiggum /);
    expect(ran.stderr).toMatch(/ {8}next: /);
  });

  test("--flag=value takes any text: several lines, nothing, dashes", async () => {
    const created: unknown[] = [];
    const project = {
      tickets: {
        create: async (input: unknown) => {
          created.push(input);
          return { ticket: { id: "tk-1a2b", state: "ready" }, revision: "r1" };
        },
      },
      write: (_id: undefined, action: (context: object) => unknown) => action({}),
    };
    for (const text of ["one\ntwo", "-x\n--help", "--draft", "", "a=b"]) {
      await runWithFakes(["ticket", "create", "T", `--description=${text}`], { project });
    }
    expect(created.map((input) => (input as { description: string }).description)).toEqual([
      "one\ntwo",
      "-x\n--help",
      "--draft",
      "",
      "a=b",
    ]);
  });

  test("after -- every word is an argument", async () => {
    const added: unknown[] = [];
    const project = {
      tickets: {
        resolve: async () => "tk-1a2b",
        addEvent: async (_id: string, event: unknown) => {
          added.push(event);
          return { ticket: { id: "tk-1a2b", state: "ready" }, revision: "r2" };
        },
      },
      write: (_id: string, action: (context: object) => unknown) => action({}),
    };
    const ran = await runWithFakes(["ticket", "comment", "1a2b", "me", "--", "--json", "-h", "--"], {
      project,
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(added).toEqual([{ kind: "comment", source: "me", text: "--json -h --" }]);
  });

  test("a command's own flag of a global flag's name wins", async () => {
    const ran = await runWithFakes(["status", "--help"]);
    expect(ran.stdout).toContain("-v, --verbose");
  });
});

describe("the same command again", () => {
  const operationOf = async (typed: readonly string[]) => {
    let given: unknown;
    const project = {
      types: builtinTypes,
      tickets: {
        resolve: async () => "tk-1a2b",
        clearAction: async (_id: string, write: { operationId: string }) => {
          given = write.operationId;
          return { ticket: { id: "tk-1a2b", type: "task", state: "ready" }, revision: "r2" };
        },
      },
      write: (_id: string, action: (context: object) => unknown) => action({ operationId: "fresh" }),
    };
    const ran = await runWithFakes(typed, { project });
    return { given, exitCode: ran.exitCode };
  };

  test("--operation-id replaces the fresh id of a write", async () => {
    expect(await operationOf(["ticket", "action", "clear", "1a"])).toEqual({ given: "fresh", exitCode: 0 });
    const again = ["ticket", "action", "clear", "1a", "--operation-id", "01J"];
    expect(await operationOf(again)).toEqual({ given: "01J", exitCode: 0 });
  });

  test("an operation id that could not be kept is refused", async () => {
    const again = ["ticket", "action", "clear", "1a", "--operation-id", "a b"];
    expect(await operationOf(again)).toEqual({ given: undefined, exitCode: 2 });
  });
});

// P20: no prompt without a terminal, exit codes that really occur, one JSON document on standard output.
describe("exit 8", () => {
  const project = (tries: string[]) => ({
    tickets: { resolve: async () => "tk-1a2b", backend },
    transition: async () => {
      tries.push("transition");
      if (tries.length < 3) throw changed();
      const record = {
        ticket: { id: "tk-1a2b", state: "review" },
        revision: "r9",
        fence: { id: "tk-1a2b", epoch: 2 },
      };
      return { record, from: "in-progress", to: "review", operationId: "01J", already: false };
    },
  });
  const typed = ["ticket", "transition", "tk-1a2b", "review"];

  test("without a terminal: the change on standard error, exit 8, no question", async () => {
    const tries: string[] = [];
    const ran = await runWithFakes(typed, { project: project(tries) });
    expect(ran).toMatchObject({ exitCode: 8, stdout: "", questions: [] });
    expect(ran.stderr).toContain("state: ready -> in-progress (worker-1, 2026-01-02T03:04:05Z)");
    expect(tries).toHaveLength(1);
  });

  test("on a terminal: shown and asked; yes is the same command again, as often as it changes", async () => {
    const tries: string[] = [];
    const ran = await runWithFakes(typed, { project: project(tries), answers: ["y", "yes"] });
    expect(ran.exitCode).toBe(0);
    expect(ran.questions).toHaveLength(2);
    expect(ran.stderr).toContain("state: ready -> in-progress (worker-1, 2026-01-02T03:04:05Z)");
    expect(tries).toHaveLength(3);
  });

  test.each(["", "n", "what?"])("on a terminal: the answer %j is a no, exit 8", async (answer) => {
    const tries: string[] = [];
    const ran = await runWithFakes(typed, { project: project(tries), answers: [answer] });
    expect(ran.exitCode).toBe(8);
    expect(tries).toHaveLength(1);
  });

  test("with --json: the failure as one document on standard output", async () => {
    const ran = await runWithFakes([...typed, "--json"], { project: project([]) });
    expect(ran.exitCode).toBe(8);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schemaVersion: 1,
      command: "ticket transition",
      error: { code: "TICKET_CHANGED", exitCode: 8, data: { id: "tk-1a2b" } },
    });
  });
});

describe("--json", () => {
  test("says which store and which point of its history the answer is from", async () => {
    const project = { tickets: { backend, ready: async () => [] } };
    const ran = await runWithFakes(["ticket", "ready", "--json"], { project });
    expect(JSON.parse(ran.stdout)).toEqual({
      schemaVersion: 1,
      command: "ticket ready",
      store: { backend: "memory", project: "/project" },
      asOf: "c7",
      data: [],
    });
  });

  test.each([
    [["ticket", "transition", "--json"], "USAGE"],
    [["frobnicate", "--json"], "COMMAND_UNKNOWN"],
    [["ticket", "--json"], "USAGE"],
    [["--json", "ticket", "ready", "--wrong"], "USAGE"],
  ])("errors of usage, too: %j", async (typed, code) => {
    const ran = await runWithFakes(typed);
    expect(ran.exitCode).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ schemaVersion: 1, error: { code, exitCode: 2 } });
  });

  test("is safe to look at: characters that steer a terminal are escaped", async () => {
    const record = { ticket: { id: "tk-1a2b", title: "\u009b31m\u202e\u001b" }, revision: "r1" };
    const project = { tickets: { backend, ready: async () => [record] } };
    const ran = await runWithFakes(["ticket", "ready", "--json"], { project });
    expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(ran.stdout).data[0].title).toBe("\u009b31m\u202e\u001b");
  });
});

describe("failures", () => {
  const failing = (error: unknown) => ({
    tickets: {
      backend,
      ready: async () => {
        throw error;
      },
    },
  });

  test("quiet keeps errors", async () => {
    const project = failing(new TicketError("STORE_BUSY", "The store is busy", { waitedMs: 10_000 }));
    const ran = await runWithFakes(["ticket", "ready", "--quiet"], { project });
    expect(ran.exitCode).toBe(12);
    expect(ran.stderr).toBe(
      "[error] The store is busy\n        next: Nothing was written. Try again in a moment.\n",
    );
  });

  test("a defect is exit 1 and named as one; its place is told with --verbose", async () => {
    const project = failing(new TypeError("x is not a function"));
    const plain = await runWithFakes(["ticket", "ready"], { project });
    expect(plain.exitCode).toBe(1);
    expect(plain.stderr).toContain("[error] Unexpected failure: x is not a function\n");
    expect(plain.stderr).not.toContain("[debug]");
    const told = await runWithFakes(["ticket", "ready", "--verbose"], { project });
    expect(told.stderr).toMatch(/\[debug\] .*run-command-line\.test\.ts/);
  });

  test("exit 11 prints the operation id and the command that asks with it", async () => {
    const error = new TicketError("COMMIT_UNKNOWN", "unknown", { operationId: "01JQ" });
    const ran = await runWithFakes(["ticket", "ready"], { project: failing(error) });
    expect(ran.exitCode).toBe(11);
    expect(ran.stderr).toContain("operation: 01JQ");
    expect(ran.stderr).toContain("wiggum ticket outcome 01JQ");
  });

  test("exit 9 names the winner, exit 10 tells to stop", async () => {
    const held = new TicketError("TICKET_HELD", "held", {
      id: "tk-1",
      holder: "worker-3",
      state: "in-progress",
    });
    const beaten = await runWithFakes(["ticket", "ready"], { project: failing(held) });
    expect(beaten.exitCode).toBe(9);
    expect(beaten.stderr).toContain("[error] tk-1 is held by worker-3\n");
    const fenced = new TicketError("TICKET_FENCED", "fenced", {
      id: "tk-1",
      epoch: 1,
      current: 2,
      holder: "worker-3",
    });
    const former = await runWithFakes(["ticket", "ready"], { project: failing(fenced) });
    expect(former.exitCode).toBe(10);
    expect(former.stderr).toContain("Stop working on it");
  });
});

describe("colours", () => {
  const project = { tickets: { backend, ready: async () => [] }, read: async () => ["tk-1 changed"] };

  test("only on a terminal, never with NO_COLOR, never on standard output", async () => {
    const coloured = await runWithFakes(["ticket", "ready"], { project, isTerminal: true });
    expect(coloured.stderr).toBe("\u001b[34m[info]\u001b[0m tk-1 changed\n");
    const plain = await runWithFakes(["ticket", "ready"], {
      project,
      isTerminal: true,
      environment: { NO_COLOR: "1" },
    });
    expect(plain.stderr).toBe("[info] tk-1 changed\n");
    expect((await runWithFakes(["ticket", "ready"], { project })).stderr).toBe("[info] tk-1 changed\n");
  });
});
