// Every ticket command of the built program: results, messages, exit codes.
import { existsSync, readFileSync } from "node:fs";
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

describe("reading", () => {
  let store: Repository;
  let first: string;
  let second: string;
  let third: string;
  beforeAll(async () => {
    store = await createRepository();
    const add = (...typed: readonly string[]) => store.succeed(["ticket", "create", ...typed]);
    const emptyList = await store.succeed(["ticket", "list"]);
    expect(emptyList).toBe(
      `\nID         STATE      TYPE       PRI TITLE${" ".repeat(35)}\n${"-".repeat(79)}\n`,
    );
    first = await add("First", "--priority", "3");
    second = await add(`${"Very long title ".repeat(4)}`, "--dep", first, "--type", "feature");
    third = await add("Third", "--priority", "0");
  });
  afterAll(() => store.remove());

  test("list: header, rule, rows by id, long titles cut", async () => {
    const { stdout, stderr } = await store.wiggum(["ticket", "list"]);
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[2]).toBe("-".repeat(79));
    expect(lines.slice(3, 6).map((line) => line.split(" ")[0])).toEqual([first, second, third].toSorted());
    expect(stdout).toContain(
      `${second.padEnd(10)} ready      feature    2   Very long title Very long title Ver...`,
    );
  });

  test("list: filters, and filters that can match nothing are refused", async () => {
    expect(await store.succeed(["ticket", "list", "--state", "ready,review", "--type", "feature"])).toContain(
      second,
    );
    expect(await store.succeed(["ticket", "list", "--state", "done"])).not.toContain("tk-");
    expect((await store.wiggum(["ticket", "list", "--state", "nonsense"])).exitCode).toBe(2);
    expect((await store.wiggum(["ticket", "list", "--type", "nonsense"])).exitCode).toBe(2);
  });

  test("ready: only what can be claimed, best first, ids and nothing else", async () => {
    expect(await store.wiggum(["ticket", "ready"])).toEqual({
      exitCode: 0,
      stdout: `${third}\n${first}\n`,
      stderr: "",
    });
    expect(await store.succeed(["ticket", "ready", "--limit", "1"])).toBe(third);
  });

  test("blocked: what waits for what", async () => {
    expect(await store.succeed(["ticket", "blocked"])).toBe(`${second} blocked by: ${first}`);
    const [blocked] = await store.json<{ id: string; reasons: object[] }[]>(["ticket", "blocked"]);
    expect(blocked).toMatchObject({
      id: second,
      reasons: [{ kind: "dependency", id: first, state: "ready" }],
    });
  });

  test("tree: two spaces a level, missing ones named", async () => {
    const top = await store.succeed(["ticket", "create", "Top", "--dep", second]);
    const tree = await store.succeed(["ticket", "tree", top]);
    expect(tree).toMatch(
      new RegExp(
        `^${top} \\[ready\\] Top\n {2}└── ${second} \\[ready\\] Very.*\n {4}└── ${first} \\[ready\\] First$`,
      ),
    );
    const data = await store.json<{ dependencies: { id: string }[] }>(["ticket", "tree", top]);
    expect(data.dependencies[0]?.id).toBe(second);
  });

  // P19: each output can say which store and which point of its history it is from.
  test("--json: one line, versioned, with store and point in history that moves with writes", async () => {
    const read = async () => JSON.parse(await store.succeed(["ticket", "list", "--json"]));
    const before = await read();
    expect(before).toMatchObject({
      schemaVersion: 1,
      command: "ticket list",
      store: { backend: "git", project: store.root },
    });
    expect(await read()).toMatchObject({ asOf: before.asOf });
    await store.succeed(["ticket", "comment", first, "me", "hello"]);
    expect((await read()).asOf).not.toBe(before.asOf);
  });

  test("history: who, when, what, oldest first", async () => {
    await store.succeed(["ticket", "assign", first, "worker-7"]);
    const lines = (await store.succeed(["ticket", "history", first])).split("\n");
    expect(lines[0]).toMatch(/^\d{4}-.+Z? +manual +Create ticket: /);
    expect(lines.at(-1)).toContain(`Assign worker-7 to ${first}`);
    const data = await store.json<{ operationId: string; to: string }[]>(["ticket", "history", first]);
    expect(data.length).toBe(lines.length);
    expect(data.every(({ operationId, to }) => operationId !== "" && to === "ready")).toBe(true);
  });

  test("an unreadable ticket is named and hides no other", async () => {
    const hurt = await createRepository();
    try {
      const good = await hurt.succeed(["ticket", "create", "Good"]);
      const bad = await hurt.succeed(["ticket", "create", "Bad"]);
      pushRaw(hurt, bad, "---\nid: x\nid: y\n<<<<<<< ours\n---\n# Bad\n");
      const list = await hurt.wiggum(["ticket", "list"]);
      expect(list.exitCode).toBe(0);
      expect(list.stdout).toContain(good);
      const doctor = await hurt.wiggum(["ticket", "doctor"]);
      expect(doctor.stdout + doctor.stderr + list.stderr).toContain(bad);
      expect((await hurt.wiggum(["ticket", "comment", good, "me", "still works"])).exitCode).toBe(0);
    } finally {
      await hurt.remove();
    }
  });

  test("doctor: clean is exit 0 with nothing on standard output", async () => {
    expect(await store.wiggum(["ticket", "doctor"])).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "[ok] Nothing wrong found\n",
    });
  });
});

/** A commit that somebody pushed with plain git. */
function pushRaw(store: Repository, id: string, text: string): void {
  const clone = join(store.programs, "raw");
  store.git("clone", "-q", join(store.root, ".wiggum", "tickets.git"), clone);
  store.write(`../programs/raw/${id}.md`, text);
  const inClone = ["-C", clone, "-c", "user.name=Raw", "-c", "user.email=raw@example.org"];
  store.git(...inClone, "commit", "-qam", "Raw edit");
  store.git(...inClone, "push", "-q", "origin", "HEAD:main");
}

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
    const absent = await repository.wiggum(["ticket", "outcome", "01JNEVER"]);
    expect(absent).toMatchObject({ exitCode: 1, stdout: "" });
    expect(absent.stderr).toContain("Nothing was written by operation 01JNEVER");
    const again = ["ticket", "transition", id, "closed", "--operation-id", "01JCLOSE"];
    await repository.succeed(again);
    const repeated = await repository.wiggum(again);
    expect(repeated.exitCode).toBe(0);
    expect(repeated.stderr).toContain("This operation had been done before: 01JCLOSE");
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

describe("edit", () => {
  const editor = (script: string) => {
    repository.write("../programs/editor.sh", `${script}\n`, 0o755);
    return { environment: { WIGGUM_EDITOR: `sh ${join(repository.programs, "editor.sh")}` } };
  };

  test("opens the file in the editor and submits what was saved", async () => {
    const id = await create("Before");
    const ran = await repository.wiggum(["ticket", "edit", id], editor('sed -i "s/^# Before/# After/" "$1"'));
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(ran.stderr).toContain(`[ok] Updated ${id}\n`);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# After\n");
    expect(repository.git("-C", ".wiggum/tickets.git", "log", "-1", "--format=%s", "main")).toBe(
      "Ticket update",
    );
  });

  test("nothing changed: nothing written", async () => {
    const id = await create("Same");
    const ran = await repository.wiggum(["ticket", "edit", id], editor(":"));
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain(`[info] No changes in ${id}\n`);
  });

  test("an editor that fails or is not there: exit 1, nothing submitted", async () => {
    const id = await create("Editor fails");
    expect(await repository.wiggum(["ticket", "edit", id], editor("exit 3"))).toMatchObject({
      exitCode: 1,
      stdout: "",
    });
    const missing = { environment: { WIGGUM_EDITOR: "no-such-editor --wait" } };
    const ran = await repository.wiggum(["ticket", "edit", id], missing);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("The editor 'no-such-editor --wait' could not be started");
    expect(ran.stderr).toMatch(/ {8}next: Set WIGGUM_EDITOR/);
  });

  test("a text that is no ticket any more is refused and kept; put right, the next edit takes it", async () => {
    const id = await create("Broken edit");
    const ran = await repository.wiggum(["ticket", "edit", id], editor('printf "no front matter\\n" > "$1"'));
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain(`        next: Put it right, then: wiggum ticket edit ${id}\n`);
    const kept = / {8}(\S+) stays as you left it/.exec(ran.stderr)?.[1] ?? "";
    expect(readFileSync(kept, "utf8")).toBe("no front matter\n");
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Broken edit");
    const file = join(repository.root, ".wiggum", "tickets", `${id}.md`);
    const mending = editor(
      `grep -q "no front matter" "$1" && sed "s/^# Broken edit/# Mended/" "${file}" > "$1"`,
    );
    await repository.succeed(["ticket", "edit", id], mending);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Mended\n");
  });

  test("fields by flags, for callers without an editor", async () => {
    const id = await create("Flags", "--label", "old");
    const flags = ["--title", "New title", "--priority", "4", "--add-label", "new", "--remove-label", "old"];
    const ran = await repository.wiggum(["ticket", "edit", id, ...flags, "--description", "-"], {
      input: "Text\n",
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "", stderr: `[ok] Updated ${id}\n` });
    expect(await repository.json(["ticket", "show", id])).toMatchObject({
      title: "New title",
      priority: 4,
      labels: ["new"],
      description: expect.stringContaining("Text"),
    });
  });
});

describe("--no-sync and sync", () => {
  test("a write changes only the file; sync submits it", async () => {
    const id = await create("Later");
    const ran = await repository.wiggum(["ticket", "assign", id, "worker-4", "--no-sync"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain("wiggum ticket sync");
    expect(repository.read(`.wiggum/tickets/${id}.md`)).toContain("worker-4");
    expect(repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)).not.toContain("worker-4");
    const synced = await repository.wiggum(["ticket", "sync"]);
    expect(synced).toMatchObject({ exitCode: 0, stdout: "" });
    expect(synced.stderr).toContain("[ok] Synced tickets\n");
    expect(repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)).toContain("worker-4");
  });

  test("WIGGUM_AUTO_SYNC=false is --no-sync everywhere; create and feedback, too", async () => {
    const environment = { WIGGUM_AUTO_SYNC: "false" };
    const id = await repository.succeed(["ticket", "create", "Only a file"], { environment });
    expect(existsSync(join(repository.root, ".wiggum", "tickets", `${id}.md`))).toBe(true);
    await repository.succeed(["ticket", "feedback", id, "me", "noted"], { environment });
    const pushed = await repository.wiggum(["ticket", "sync", "--push"]);
    expect(pushed.stderr).toContain("[ok] Pushed ticket changes\n");
    const shown = await repository.json<Record<string, unknown>>(["ticket", "show", id]);
    expect(shown).toMatchObject({ title: "Only a file" });
    expect(JSON.stringify(shown)).toContain("noted");
  });

  test("--pull only brings files up to date; edits wait and are named", async () => {
    const id = await create("Mine");
    const text = repository.read(`.wiggum/tickets/${id}.md`);
    repository.write(`.wiggum/tickets/${id}.md`, text.replace("# Mine", "# Edited by hand"));
    const pulled = await repository.wiggum(["ticket", "sync", "--pull"]);
    expect(pulled.exitCode).toBe(0);
    expect(pulled.stderr).toContain("[ok] Pulled latest tickets\n");
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Mine");
    await repository.succeed(["ticket", "sync"]);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Edited by hand");
  });
});
