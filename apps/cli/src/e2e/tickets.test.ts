// Filing tickets and writing to them with the built program: results, messages, exit codes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string, ...flags: readonly string[]) =>
  repository.succeed(["ticket", "create", title, ...flags]);

describe("create and show", () => {
  test("prints the bare id; the message is on standard error", async () => {
    const ran = await repository.wiggum(["ticket", "create", "Fix the login"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^tk-[0-9a-f]{4}\n$/);
    expect(ran.stderr).toBe(`[ok] Created ticket: ${ran.stdout}`);
  });

  test("show into a pipe is the stored file, byte for byte", async () => {
    const id = await create("Bytes", "-d", "One\u001b[31m\n\n---\nid: x\n", "--acceptance-test", "first");
    const shown = await repository.wiggum(["ticket", "show", id]);
    expect(shown.stdout).toBe(readFileSync(join(repository.root, ".wiggum", "tickets", `${id}.md`), "utf8"));
    expect(shown.stdout).toBe(`${repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)}\n`);
    expect(shown.stdout).toContain("One\u001b[31m\n");
    expect(shown.stderr).toBe("");
  });

  test("all flags reach the ticket; partial ids are taken, --dep too", async () => {
    const base = await create("Base");
    const id = await create(
      "Full",
      ...[
        "--type",
        "bug",
        "--priority",
        "0",
        "--dep",
        base.slice(3),
        "--parent",
        base,
        "--label",
        "b",
        "--label",
        "a",
      ],
      ...["--risk", "data-loss", "--readiness", "draft", "--needs-preflight", "--reference", "file:src/a.ts"],
    );
    const shown = await repository.json<Record<string, unknown>>(["ticket", "show", id.slice(3)]);
    expect(shown).toMatchObject({
      id,
      type: "bug",
      priority: 0,
      state: "ready",
      dependsOn: [base],
      parent: base,
      labels: ["a", "b"],
      riskFlags: ["data-loss"],
      readiness: "draft",
      needsPreflight: true,
      references: [{ kind: "file", target: "src/a.ts" }],
      createdBy: "manual",
    });
  });

  test("a description from standard input, whatever it contains", async () => {
    const text = "$(rm -rf /) `x` \"quotes\" 'single' \\n\n| a | b |\n";
    const id = await repository.succeed(["ticket", "create", "Stdin", "--description", "-"], { input: text });
    const { description } = await repository.json<{ description: string }>(["ticket", "show", id]);
    expect(description.trim()).toBe(text.trim());
  });

  test("standard input that is no text is refused, nothing is created", async () => {
    const before = await repository.json<{ tickets: object[] }>(["ticket", "list"]);
    const ran = await repository.wiggum(["ticket", "create", "Binary", "-d", "-"], {
      input: Buffer.from([0xff, 0xfe, 0x00]),
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    const after = await repository.json<{ tickets: object[] }>(["ticket", "list"]);
    expect(after.tickets).toHaveLength(before.tickets.length);
  });

  test.each([
    [["ticket", "create"], 2],
    [["ticket", "create", ""], 2],
    [["ticket", "create", "red \u001b[31m"], 2],
    [["ticket", "create", "T", "--type", "nonsense"], 2],
    [["ticket", "create", "T", "--dep", "tk-ffff0000"], 5],
    [["ticket", "show"], 2],
    [["ticket", "show", "tk-ffff0000"], 5],
    [["ticket", "show", "../x"], 5],
    [["ticket", "tree", "../../etc/passwd"], 5],
  ])("%j is exit %i with one sentence and the next step", async (typed, exitCode) => {
    const ran = await repository.wiggum(typed);
    expect(ran).toMatchObject({ exitCode, stdout: "" });
    expect(ran.stderr).toMatch(/^\[error\] .+\n( {8}.+\n)* {8}next: .+\n$/);
    expect(ran.stderr).not.toContain("\u001b");
  });

  test("an ambiguous id is exit 5 with the candidates; reading takes a middle part, writing does not", async () => {
    const ambiguous = await repository.wiggum(["ticket", "show", "tk-"]);
    expect(ambiguous.exitCode).toBe(5);
    expect(ambiguous.stderr).toMatch(/Ambiguous ticket ID 'tk-'\. Matches: tk-/);
    const lonely = await createRepository();
    try {
      const id = await lonely.succeed(["ticket", "create", "Only"]);
      const middle = id.slice(4);
      expect((await lonely.wiggum(["ticket", "show", middle])).exitCode).toBe(0);
      expect((await lonely.wiggum(["ticket", "unassign", middle])).exitCode).toBe(5);
    } finally {
      await lonely.remove();
    }
  });
});

describe("writing", () => {
  test("assign and unassign: message, fields, state unchanged", async () => {
    const id = await create("Assign me");
    const assigned = await repository.wiggum(["ticket", "assign", id, "worker-9"]);
    expect(assigned).toEqual({ exitCode: 0, stdout: "", stderr: `[ok] Assigned worker-9 to ${id}\n` });
    const shown = await repository.json<Record<string, unknown>>(["ticket", "show", id]);
    expect(shown).toMatchObject({ assignedAgentId: "worker-9", state: "ready" });
    const unassigned = await repository.wiggum(["ticket", "unassign", id]);
    expect(unassigned.stderr).toBe(`[ok] Unassigned worker-9 from ${id}\n`);
    const cleared = await repository.wiggum(["ticket", "unassign", id]);
    expect(cleared.stderr).toBe(`[ok] Cleared assignment on ${id}\n`);
  });

  test("feedback and comment: two sections, in order, any text, from arguments and standard input", async () => {
    const id = await create("Talk");
    await repository.succeed(["ticket", "feedback", id, "Review", "use", "$HOME", "`id`"]);
    await repository.succeed(["ticket", "comment", id, "worker-0", "--stdin"], { input: "two\n\nlines\n" });
    const ran = await repository.wiggum(["ticket", "feedback", id, "QA", "-"], {
      input: "## Not a heading\n",
    });
    expect(ran).toEqual({ exitCode: 0, stdout: "", stderr: `[ok] Added feedback to ${id}\n` });
    const { events } = await repository.json<{ events: { kind: string; source: string; text: string }[] }>([
      "ticket",
      "show",
      id,
    ]);
    expect(events.map(({ kind, source, text }) => [kind, source, text.trim()])).toEqual(
      expect.arrayContaining([
        ["feedback", "Review", "use $HOME `id`"],
        ["feedback", "QA", "## Not a heading"],
        ["comment", "worker-0", "two\n\nlines"],
      ]),
    );
    const text = await repository.succeed(["ticket", "show", id]);
    expect(text).toMatch(/### From Review \(\d{4}-\d\d-\d\d \d\d:\d\d\)/);
    expect(text.indexOf("From Review")).toBeLessThan(text.indexOf("From QA"));
    expect((await repository.wiggum(["ticket", "feedback", id, "me"])).exitCode).toBe(2);
  });

  // P17: exit 0 means that it is in the history; the same operation id has one effect.
  test("--operation-id: the same write twice has one effect; outcome tells", async () => {
    const id = await create("Once");
    const typed = ["ticket", "comment", id, "me", "only once", "--operation-id", "01JONCE"];
    await repository.succeed(typed);
    await repository.succeed(typed);
    const text = await repository.succeed(["ticket", "show", id]);
    expect(text.split("only once")).toHaveLength(2);
    expect(await repository.succeed(["ticket", "outcome", "01JONCE"])).toBe("committed");
    const told = await repository.wiggum(["ticket", "outcome", "01JONCE"]);
    expect(told.stderr).toBe(`[info] That operation left ${id} in state 'ready'\n`);
    const absent = await repository.wiggum(["ticket", "outcome", "01JNEVER"]);
    expect(absent).toMatchObject({ exitCode: 1, stdout: "" });
    expect(absent.stderr).toContain("Nothing was written by operation 01JNEVER");
    const again = ["ticket", "transition", id, "closed", "--operation-id", "01JCLOSE"];
    await repository.succeed(again);
    const repeated = await repository.wiggum(again);
    expect(repeated.exitCode).toBe(0);
    expect(repeated.stderr).toContain("This operation had been done before: 01JCLOSE");
  });

  test("a title that is refused names no ticket: there is none", async () => {
    const ran = await repository.wiggum(["ticket", "create", "x".repeat(501)]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stderr).toMatch(/^\[error\] The new ticket: title is longer than 500 characters\n/);
  });

  test("dep add and remove; a cycle is refused and shown", async () => {
    const [a, b] = [await create("A"), await create("B")];
    expect((await repository.wiggum(["ticket", "dep", "add", a, b])).stderr).toBe(
      `[ok] ${a} depends on: ${b}\n`,
    );
    const cycle = await repository.wiggum(["ticket", "dep", "add", b, a]);
    expect(cycle).toMatchObject({ exitCode: 1, stdout: "" });
    expect(cycle.stderr).toContain("->");
    expect(cycle.stderr).toContain("wiggum ticket dep remove");
    expect((await repository.wiggum(["ticket", "dep", "remove", a, b])).stderr).toBe(
      `[ok] ${a} depends on: nothing\n`,
    );
  });

  test("a dependency that was closed or is gone is explained with the command that helps", async () => {
    const [a, b] = [await create("Waits"), await create("Closed")];
    await repository.succeed(["ticket", "dep", "add", a, b]);
    await repository.succeed(["ticket", "close", b, "not needed"]);
    const blocked = await repository.wiggum(["ticket", "blocked"]);
    expect(blocked.stdout).toContain(`${a} blocked by: ${b}\n`);
    expect(blocked.stderr).toContain(`dependency ${b} is 'closed'`);
    expect(blocked.stderr).toContain(`wiggum ticket dep remove ${a} ${b}`);
  });

  test("criterion: list, tick, untick, add; a number that does not exist is exit 2", async () => {
    const id = await create("Criteria", "--acceptance-test", "one", "--acceptance-test", "two");
    await repository.succeed(["ticket", "criterion", "tick", id, "2"]);
    await repository.succeed(["ticket", "criterion", "add", id, "and", "three"]);
    expect(await repository.succeed(["ticket", "criterion", "list", id])).toBe(
      "1 [ ] one\n2 [x] two\n3 [ ] and three",
    );
    await repository.succeed(["ticket", "criterion", "untick", id, "2"]);
    const criteria = await repository.json<{ checked: boolean }[]>(["ticket", "criterion", "list", id]);
    expect(criteria.map(({ checked }) => checked)).toEqual([false, false, false]);
    expect((await repository.wiggum(["ticket", "criterion", "tick", id, "4"])).exitCode).toBe(2);
    expect((await repository.wiggum(["ticket", "criterion", "tick", id, "0"])).exitCode).toBe(2);
  });

  test("action: a ticket that waits for a person is not ready until it is cleared", async () => {
    const id = await create("Ask", "--priority", "0");
    await repository.succeed(["ticket", "action", "require", id, "Which", "licence?"]);
    expect(await repository.succeed(["ticket", "ready"])).not.toContain(id);
    expect(await repository.succeed(["status"])).toContain(`${id}: Which licence?`);
    const blocked = await repository.wiggum(["ticket", "blocked"]);
    expect(blocked.stdout).toContain(`${id} blocked by: action-required\n`);
    await repository.succeed(["ticket", "action", "clear", id]);
    expect(await repository.succeed(["ticket", "ready"])).toContain(id);
  });
});
